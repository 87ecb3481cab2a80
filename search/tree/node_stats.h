// Statistics of a node (spec/05 section 2), readable without a lock while one thread writes.
#pragma once
#include <atomic>
#include <cstdint>

#include "search/sync/spin_lock.h"

namespace hayago::search {

// Averages are White's view.
struct NodeStats {
  std::int64_t visits = 0;
  double weight = 0, weight_sq = 0;
  double win_loss = 0, no_result = 0, score_mean = 0, score_sq = 0, lead = 0;
  double utility = 0, utility_sq = 0;
};

// Adds averages with that weight to `sum`; visits are left alone.
inline void merge_stats(NodeStats& sum, const NodeStats& s, double weight, double weight_sq) {
  const double total = sum.weight + weight;
  const auto blend = [&](double& average, double value) {
    average = (average * sum.weight + value * weight) / total;
  };
  blend(sum.win_loss, s.win_loss);
  blend(sum.no_result, s.no_result);
  blend(sum.score_mean, s.score_mean);
  blend(sum.score_sq, s.score_sq);
  blend(sum.lead, s.lead);
  blend(sum.utility, s.utility);
  blend(sum.utility_sq, s.utility_sq);
  sum.weight = total;
  sum.weight_sq += weight_sq;
}

// A sequence lock made of atomics only, so that readers see a consistent set and no data race
// exists in the language's sense. Writers must hold the node's lock.
class SharedStats {
 public:
  NodeStats read() const {
    NodeStats out;
    for (ShortWait wait;; wait.pause()) {
      const std::uint32_t before = sequence_.load(std::memory_order_acquire);
      if ((before & 1) == 0) {
        out.visits = visits_.load(std::memory_order_acquire);
        double* fields[] = {&out.weight,    &out.weight_sq,  &out.win_loss,
                            &out.no_result, &out.score_mean, &out.score_sq,
                            &out.lead,      &out.utility,    &out.utility_sq};
        for (int i = 0; i < kFields; ++i) *fields[i] = fields_[i].load(std::memory_order_acquire);
        // The acquire loads above keep this load behind them.
        if (sequence_.load(std::memory_order_relaxed) == before) return out;
      }
    }
  }

  // The part that selection needs.
  struct Brief {
    std::int64_t visits;
    double weight, utility;
  };
  Brief read_brief() const {
    for (ShortWait wait;; wait.pause()) {
      const std::uint32_t before = sequence_.load(std::memory_order_acquire);
      if ((before & 1) == 0) {
        const Brief out{visits_.load(std::memory_order_acquire),
                        fields_[kWeight].load(std::memory_order_acquire),
                        fields_[kUtility].load(std::memory_order_acquire)};
        if (sequence_.load(std::memory_order_relaxed) == before) return out;
      }
    }
  }

  std::int64_t visits() const { return visits_.load(std::memory_order_acquire); }

  void write(const NodeStats& in) {
    const std::uint32_t before = sequence_.load(std::memory_order_relaxed);
    sequence_.store(before + 1, std::memory_order_relaxed);
    // Release stores stay behind the odd sequence number.
    visits_.store(in.visits, std::memory_order_release);
    const double fields[] = {in.weight,   in.weight_sq, in.win_loss, in.no_result, in.score_mean,
                             in.score_sq, in.lead,      in.utility,  in.utility_sq};
    for (int i = 0; i < kFields; ++i) fields_[i].store(fields[i], std::memory_order_release);
    sequence_.store(before + 2, std::memory_order_release);
  }

 private:
  static constexpr int kFields = 9;
  static constexpr int kWeight = 0, kUtility = 7;  // their places in fields_
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<std::int64_t> visits_{0};
  std::atomic<double> fields_[kFields]{};
};

}  // namespace hayago::search
