// The target that files named sse2_*.cc instantiate the kernel templates for.
#pragma once
#include <xsimd/xsimd.hpp>

#include "kernels/blocking.h"
#include "kernels/cpu/micro.h"

namespace hayago::kernels {

struct Sse2 {
  using Vec = xsimd::batch<float, xsimd::sse2>;
  // Register tiles of the micro-kernel: kRows[v] rows by v vectors, for v up to kMaxVectors.
  // 16 registers, no FMA: a product needs one more.
  static constexpr int kMaxVectors = 2;
  static constexpr RegisterTile kTile = {4, kMaxVectors};
  static constexpr int kRows[] = {0, 6, 6};
  // The function for `rows` rows (1..kRows[vectors]) and a panel of `vectors` vectors.
  static MicroFn micro(int vectors, int rows, bool accumulate) noexcept;
};

}  // namespace hayago::kernels
