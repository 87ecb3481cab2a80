// Float arrays aligned for the kernels.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/aligned_memory.h"

namespace hayago::nn {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t size) : lines_((size + kLine - 1) / kLine), size_(size) {}

  // A copy with zeros up to padded(values.size()); empty stays empty.
  static AlignedFloats padded_copy(std::span<const float> values) {
    AlignedFloats copy(static_cast<std::size_t>(kernels::padded(static_cast<int>(values.size()))));
    std::copy(values.begin(), values.end(), copy.data());
    return copy;
  }

  // Null when empty.
  float* data() { return lines_.empty() ? nullptr : lines_.data()->values; }
  const float* data() const { return lines_.empty() ? nullptr : lines_.data()->values; }
  std::size_t size() const { return size_; }
  std::span<float> span() { return {data(), size_}; }

 private:
  static constexpr std::size_t kLine = kernels::kByteAlign / sizeof(float);
  struct alignas(kernels::kByteAlign) Line {
    float values[kLine] = {};
  };
  std::vector<Line, kernels::AlignedAllocator<Line>> lines_;
  std::size_t size_ = 0;
};

}  // namespace hayago::nn
