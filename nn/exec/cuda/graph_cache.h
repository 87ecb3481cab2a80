// Recorded passes by shape of the batch; the least recently used ones make room for new ones.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "nn/exec/cuda/device_resources.h"

namespace hayago::nn {

struct PassShape {
  int n = 0;
  bool masked = false;  // some board is smaller than the buffer
  bool dense = false;   // planes travel as floats
  bool operator==(const PassShape&) const = default;
};

class GraphCache {
 public:
  static constexpr std::size_t kMost = 64;

  explicit GraphCache(RuntimePtr runtime) : runtime_(std::move(runtime)) {
    entries_.reserve(kMost);
  }
  ~GraphCache() {
    for (const Entry& entry : entries_) runtime_->destroy_graph(entry.graph);
  }
  GraphCache(const GraphCache&) = delete;
  GraphCache& operator=(const GraphCache&) = delete;

  // The graph of this shape; the first time, what record() returns.
  template <class Record>
  kernels::GpuGraph get(const PassShape& shape, const Record& record) {
    for (Entry& entry : entries_) {
      if (entry.shape == shape) {
        entry.used = ++clock_;
        return entry.graph;
      }
    }
    const kernels::GpuGraph graph = record();
    if (entries_.size() == kMost) drop_oldest();
    entries_.push_back({shape, graph, ++clock_});
    return graph;
  }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    PassShape shape;
    kernels::GpuGraph graph;
    std::uint64_t used;
  };
  void drop_oldest() {
    const auto oldest =
        std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.used < b.used; });
    runtime_->destroy_graph(oldest->graph);
    *oldest = entries_.back();
    entries_.pop_back();
  }

  RuntimePtr runtime_;
  std::vector<Entry> entries_;
  std::uint64_t clock_ = 0;
};

}  // namespace hayago::nn
