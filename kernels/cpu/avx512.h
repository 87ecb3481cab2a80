// The target that files named avx512_*.cc instantiate the kernel templates for.
#pragma once
#include <xsimd/xsimd.hpp>

#include "kernels/blocking.h"
#include "kernels/cpu/micro.h"

namespace hayago::kernels {

struct Avx512 {
  using Vec = xsimd::batch<float, xsimd::avx512f>;
  // Register tiles of the micro-kernel: kRows[v] rows by v vectors, for v up to kMaxVectors.
  // 32 registers.
  static constexpr int kMaxVectors = 4;
  static constexpr RegisterTile kTile = {16, kMaxVectors, 3};
  static constexpr int kRows[] = {0, 12, 12, 9, 6};
  // The function for `rows` rows (1..kRows[vectors]) and a panel of `vectors` vectors.
  static MicroFn micro(int vectors, int rows, bool accumulate) noexcept;
};

}  // namespace hayago::kernels
