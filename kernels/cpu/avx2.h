// The target that files named avx2_*.cc instantiate the kernel templates for.
#pragma once
#include <xsimd/xsimd.hpp>

#include "kernels/blocking.h"
#include "kernels/cpu/micro.h"

namespace hayago::kernels {

struct Avx2 {
  using Vec = xsimd::batch<float, xsimd::fma3<xsimd::avx2>>;
  // Register tiles of the micro-kernel: kRows[v] rows by v vectors, for v up to kMaxVectors.
  // 16 registers.
  static constexpr int kMaxVectors = 3;
  static constexpr RegisterTile kTile = {8, kMaxVectors};
  static constexpr int kRows[] = {0, 8, 6, 4};
  // The function for `rows` rows (1..kRows[vectors]) and a panel of `vectors` vectors.
  static MicroFn micro(int vectors, int rows, bool accumulate) noexcept;
};

}  // namespace hayago::kernels
