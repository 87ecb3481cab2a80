#include "nn/plan/memory.h"

#include <algorithm>
#include <numeric>

namespace hayago::nn {
namespace {

std::size_t index(int id) { return static_cast<std::size_t>(id); }

std::vector<int> last_uses(const Plan& plan) {
  std::vector<int> last(plan.tensors.size(), -1);
  const int count = static_cast<int>(plan.ops.size());
  for (int i = 0; i < count; ++i) {
    for (const TensorId id : reads(plan.ops[index(i)])) last[index(id)] = i;
  }
  for (const TensorId id : plan.outputs()) last[index(id)] = count;
  return last;
}

class LifetimeFinder {
 public:
  explicit LifetimeFinder(const Plan& plan) : plan_(plan), last_use_(last_uses(plan)) {
    result_.buffer_of.assign(plan.tensors.size(), -1);
  }

  Lifetimes run() {
    for (const TensorId id : plan_.inputs()) add_buffer(id, -1);
    for (int i = 0; i < static_cast<int>(plan_.ops.size()); ++i) {
      const Op& op = plan_.ops[index(i)];
      for (const InPlace& pair : in_place_candidates(op)) try_in_place(op, pair, i);
      for (const TensorId id : writes(op)) {
        if (buffer_of(id) < 0) add_buffer(id, i);
      }
    }
    return std::move(result_);
  }

 private:
  int& buffer_of(TensorId id) { return result_.buffer_of[index(id)]; }

  void add_buffer(TensorId id, int first) {
    const Tensor& tensor = plan_.tensor(id);
    buffer_of(id) = static_cast<int>(result_.buffers.size());
    // A result nobody reads still needs its memory while it is written.
    const int last = std::max(first, last_use_[index(id)]);
    result_.buffers.push_back(buffer_for(tensor, first, last));
  }

  void try_in_place(const Op& op, const InPlace& pair, int now) {
    const Tensor& in = plan_.tensor(pair.in);
    const Tensor& out = plan_.tensor(pair.out);
    const int b = buffer_of(pair.in);
    Buffer& buffer = result_.buffers[index(b)];
    const bool same_shape =
        in.channels == out.channels && in.per_pixel == out.per_pixel && in.narrow == out.narrow;
    const auto all = reads(op);
    const auto shared =
        std::count_if(all.begin(), all.end(), [&](TensorId id) { return buffer_of(id) == b; });
    if (!same_shape || buffer.last != now || shared != 1) return;
    buffer.last = std::max(now, last_use_[index(pair.out)]);
    buffer_of(pair.out) = b;
  }

  const Plan& plan_;
  std::vector<int> last_use_;
  Lifetimes result_;
};

}  // namespace

Buffer buffer_for(const Tensor& tensor, int first, int last) {
  Buffer buffer = {tensor.channels, tensor.per_pixel, std::nullopt, first, last};
  if (tensor.narrow) {
    buffer.narrow = tensor.narrow->type;
    buffer.channels += static_cast<int>(tensor.narrow->fine.size());
  }
  return buffer;
}

Lifetimes find_lifetimes(const Plan& plan) { return LifetimeFinder(plan).run(); }

std::size_t buffer_floats(const Buffer& buffer, int n, int h, int w) {
  if (buffer.narrow) {
    constexpr std::size_t kLine = kernels::kByteAlign;
    const kernels::NarrowLayout layout{*buffer.narrow, buffer.channels, h, w};
    return (layout.bytes(n) + kLine - 1) / kLine * (kLine / sizeof(float));
  }
  const std::size_t rows = index(n) * index(buffer.per_pixel ? h * w : 1);
  return rows * index(kernels::padded(buffer.channels));
}

// Largest first, each at the lowest offset that is free during its whole life.
ArenaLayout lay_out(const Lifetimes& lifetimes, const BufferSize& size_of) {
  const auto& buffers = lifetimes.buffers;
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = [&](std::size_t b) { return size_of(buffers[b]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return size(a) > size(b); });

  ArenaLayout layout;
  layout.offsets.assign(buffers.size(), 0);
  struct Range {
    std::size_t begin, end;
  };
  std::vector<std::size_t> placed;
  for (const std::size_t b : order) {
    std::vector<Range> taken;
    for (const std::size_t other : placed) {
      if (buffers[other].first <= buffers[b].last && buffers[b].first <= buffers[other].last) {
        taken.push_back({layout.offsets[other], layout.offsets[other] + size(other)});
      }
    }
    std::sort(taken.begin(), taken.end(), [](Range x, Range y) { return x.begin < y.begin; });
    std::size_t offset = 0;
    for (const Range& range : taken) {
      if (offset + size(b) <= range.begin) break;
      offset = std::max(offset, range.end);
    }
    layout.offsets[b] = offset;
    layout.size = std::max(layout.size, offset + size(b));
    placed.push_back(b);
  }
  return layout;
}

ArenaLayout lay_out(const Lifetimes& lifetimes, int n, int h, int w) {
  return lay_out(lifetimes, [=](const Buffer& b) { return buffer_floats(b, n, h, w); });
}

}  // namespace hayago::nn
