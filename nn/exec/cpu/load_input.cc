#include "nn/exec/cpu/load_input.h"

#include <algorithm>

namespace hayago::nn {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// One bit per plane to one float per padded channel.
void expand_planes(const std::uint32_t* words, int pixels, int planes, float* to) {
  for (int p = 0; p < pixels; ++p) {
    for (int i = 0; i < kernels::padded(planes); ++i) {
      *to++ = i < planes ? static_cast<float>(words[p] >> i & 1u) : 0.0f;
    }
  }
}

}  // namespace

float load_input(const Plan& plan, const PositionInput& input, int slot, int pixels,
                 float* const* tensors, float* mask) {
  const auto copy_rows = [&](TensorId id, const float* from, int rows) {
    const int c = plan.tensor(id).channels, stride = kernels::padded(c);
    float* to = tensors[index(id)] + index(slot * rows) * index(stride);
    for (int r = 0; r < rows; ++r, from += c, to += stride) {
      std::copy_n(from, c, to);
      std::fill(to + c, to + stride, 0.0f);
    }
  };
  const int planes = plan.tensor(plan.spatial).channels;
  if (input.planes != nullptr) {
    const std::size_t floats = index(pixels) * index(kernels::padded(planes));
    expand_planes(input.planes, pixels, planes,
                  tensors[index(plan.spatial)] + index(slot) * floats);
  } else {
    copy_rows(plan.spatial, input.spatial, pixels);
  }
  copy_rows(plan.global, input.global, 1);
  if (plan.meta != kNoTensor) {
    static constexpr float kNoMetadata[kMetaValues] = {};
    copy_rows(plan.meta, input.meta != nullptr ? input.meta : kNoMetadata, 1);
  }
  float area = 0;
  for (int p = 0; p < pixels; ++p) area += mask[p] = input.on_board(p, planes) ? 1.0f : 0.0f;
  return area;
}

}  // namespace hayago::nn
