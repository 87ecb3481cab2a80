// Which tensors share memory: lifetimes of a plan's tensors and their places in one arena.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "nn/plan/plan.h"

namespace hayago::nn {

// A piece of memory for one tensor or for several that follow each other in place. Alive from
// operation `first` to operation `last`, both included; -1 = written before the first operation,
// number of operations = read after the last.
struct Buffer {
  int channels = 0;
  bool per_pixel = true;
  std::optional<kernels::NarrowType> narrow;
  int first = 0, last = 0;
};
// Of one tensor, alive from `first` to `last`.
Buffer buffer_for(const Tensor& tensor, int first, int last);

struct Lifetimes {
  std::vector<Buffer> buffers;
  std::vector<int> buffer_of;  // per tensor; -1 for tensors that no operation touches
};
Lifetimes find_lifetimes(const Plan& plan);

// The place of every buffer in one arena. Buffers that are alive together do not overlap.
struct ArenaLayout {
  std::vector<std::size_t> offsets;
  std::size_t size = 0;
};
// In the unit of `size`, the length of a buffer: offsets are sums of lengths.
using BufferSize = std::function<std::size_t(const Buffer&)>;
ArenaLayout lay_out(const Lifetimes& lifetimes, const BufferSize& size);

// In floats, multiples of 16, for n positions of h x w points in the layouts of kernels/types.h and
// kernels/narrow/layout.h.
std::size_t buffer_floats(const Buffer& buffer, int n, int h, int w);
ArenaLayout lay_out(const Lifetimes& lifetimes, int n, int h, int w);

}  // namespace hayago::nn
