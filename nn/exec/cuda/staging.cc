#include "nn/exec/cuda/staging.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/cuda/gpu.h"
#include "nn/exec/cuda/gpu_op.h"

namespace hayago::nn {
namespace {

constexpr std::uint32_t kOne = std::bit_cast<std::uint32_t>(1.0f);
constexpr int kMaxBits = 32;
constexpr int kShift = std::countr_zero(kOne);  // of the bit that tells 1 from 0
static_assert(std::endian::native == std::endian::little);

std::size_t size(int n) { return static_cast<std::size_t>(n); }

std::size_t row_bytes(int channels) { return size(kernels::gpu_padded(channels)) * sizeof(float); }

bool all_finite(const float* values, std::size_t count) {
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) finite &= std::isfinite(values[i]);
  return finite;
}

// (n, channels) to rows of gpu_padded(channels); null counts as zeros.
void load_row(const float* from, int channels, std::byte* block, int slot) {
  auto* const to = reinterpret_cast<float*>(block + size(slot) * row_bytes(channels));
  if (from != nullptr) std::copy_n(from, channels, to);
  std::fill(to + (from != nullptr ? channels : 0), to + kernels::gpu_padded(channels), 0.0f);
}

}  // namespace

InputLayout input_layout(const BusShape& shape, int n, bool dense) {
  InputLayout layout;
  const std::size_t points = size(n) * size(shape.pixels);
  const std::size_t spatial =
      dense ? points * size(shape.c_spatial) * sizeof(float) : points * sizeof(std::uint32_t);
  layout.global = gpu_aligned(spatial);
  layout.meta = gpu_aligned(layout.global + size(n) * row_bytes(shape.c_global));
  layout.bytes = layout.meta + size(n) * row_bytes(shape.c_meta);
  return layout;
}

OutputLayout output_layout(const BusShape& shape, int n) {
  constexpr std::size_t kAlign = kGpuAlign / sizeof(float);
  OutputLayout layout;
  std::size_t at = 0;
  const auto take = [&](int floats_per_position) {
    const std::size_t begin = at;
    at = (at + size(n) * size(floats_per_position) + kAlign - 1) / kAlign * kAlign;
    return begin;
  };
  layout.policy = take(shape.pixels * shape.policy_channels);
  layout.ownership = take(shape.pixels);
  layout.pass = take(shape.policy_channels);
  layout.value = take(3);
  layout.score = take(shape.score_channels);
  layout.floats = at;
  return layout;
}

namespace {

PackedPlanes copy_planes(const std::uint32_t* planes, int pixels, std::uint32_t* words) {
  std::uint32_t on_board = 1;
  for (int p = 0; p < pixels; ++p) on_board &= words[p] = planes[p];
  return {true, on_board != 0};
}

// Two planes at a time, in the halves of a 64-bit word: even planes gather in the lower half, odd
// ones in the upper.
PackedPlanes gather_planes(const float* spatial, int pixels, int planes, std::uint32_t* words) {
  constexpr std::uint64_t kBoth = 0x100000001u;
  std::uint64_t strange = 0;
  std::uint32_t on_board = 1;
  for (int p = 0; p < pixels; ++p, spatial += planes) {
    std::uint64_t halves = 0;
    const auto gather = [&](std::uint64_t values, int plane) {
      const std::uint64_t ones = values >> kShift & kBoth;
      strange |= values ^ ones * kOne;
      halves |= ones << plane;
    };
    int i = 0;
    for (; i + 1 < planes; i += 2) {
      std::uint64_t values;
      std::memcpy(&values, spatial + i, sizeof(values));
      gather(values, i);
    }
    if (i < planes) gather(std::bit_cast<std::uint32_t>(spatial[i]), i);
    words[p] = static_cast<std::uint32_t>(halves | halves >> 32 << 1);
    on_board &= words[p];
  }
  return {strange == 0, on_board != 0};
}

// All planes of a position as floats.
void write_dense(const PositionInput& input, int pixels, int planes, float* to) {
  for (int p = 0; p < pixels; ++p) {
    for (int i = 0; i < planes; ++i) *to++ = input.plane(i, p, planes);
  }
}

}  // namespace

PackedPlanes pack_planes(const PositionInput& input, int pixels, int planes, std::uint32_t* words) {
  if (planes > kMaxBits) return {};
  if (input.planes != nullptr) return copy_planes(input.planes, pixels, words);
  return gather_planes(input.spatial, pixels, planes, words);
}

bool board_fills_buffer(const PositionInput& input, int pixels, int planes) {
  for (int p = 0; p < pixels; ++p) {
    if (!input.on_board(p, planes)) return false;
  }
  return true;
}

void load_rows(const BusShape& shape, std::span<const PositionInput> inputs, int n, bool dense,
               std::byte* block) {
  const InputLayout layout = input_layout(shape, n, dense);
  for (int slot = 0; slot < n; ++slot) {
    const PositionInput& input = inputs[std::min(size(slot), inputs.size() - 1)];
    if (dense) {
      const std::size_t floats = size(shape.pixels) * size(shape.c_spatial);
      std::byte* const place = block + layout.spatial + size(slot) * floats * sizeof(float);
      write_dense(input, shape.pixels, shape.c_spatial, reinterpret_cast<float*>(place));
    }
    load_row(input.global, shape.c_global, block + layout.global, slot);
    if (shape.c_meta > 0) load_row(input.meta, shape.c_meta, block + layout.meta, slot);
  }
}

bool store_output(const BusShape& shape, const float* block, int n, int slot,
                  const RawOutput& output) {
  const OutputLayout layout = output_layout(shape, n);
  const std::size_t pixels = size(shape.pixels), channels = size(shape.policy_channels);
  bool finite = true;
  const auto part = [&](std::size_t offset, std::size_t count) {
    const float* const values = block + offset + size(slot) * count;
    finite &= all_finite(values, count);
    return values;
  };
  const float* const policy = part(layout.policy, pixels * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t p = 0; p < pixels; ++p)
      output.policy[c * pixels + p] = policy[p * channels + c];
  }
  const float* const ownership = part(layout.ownership, pixels);
  if (output.ownership != nullptr) std::copy_n(ownership, pixels, output.ownership);
  std::copy_n(part(layout.pass, channels), channels, output.pass);
  std::copy_n(part(layout.value, 3), 3, output.value);
  std::copy_n(part(layout.score, size(shape.score_channels)), shape.score_channels, output.score);
  return finite;
}

}  // namespace hayago::nn
