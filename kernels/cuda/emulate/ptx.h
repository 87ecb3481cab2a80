// The emulated side of ptx.cuh, with the lane layouts of the PTX manual.
#pragma once
#include <cstdint>
#include <cstring>

#include "kernels/cuda/emulate/block.h"
#include "kernels/cuda/half_bits.h"

namespace hayago::kernels {
inline namespace emulated {

// --- ldmatrix -----------------------------------------------------------------------------------
struct MatrixArgument {
  const void* row;
  std::uint32_t result[4];
};

template <bool kTransposed>
void load_matrices(void* const* arguments) {
  for (int m = 0; m < 4; ++m) {
    std::uint16_t matrix[8][8];
    for (int row = 0; row < 8; ++row) {
      std::memcpy(matrix[row], static_cast<MatrixArgument*>(arguments[m * 8 + row])->row, 16);
    }
    for (int lane = 0; lane < 32; ++lane) {
      const int a = lane / 4, b = lane % 4 * 2;
      const std::uint32_t low = kTransposed ? matrix[b][a] : matrix[a][b];
      const std::uint32_t high = kTransposed ? matrix[b + 1][a] : matrix[a][b + 1];
      static_cast<MatrixArgument*>(arguments[lane])->result[m] = low | high << 16;
    }
  }
}

template <bool kTransposed>
void ldmatrix(std::uint32_t (&r)[4], const void* row, const Place& where) {
  if (!is_shared(row, 16)) fail("ldmatrix of what is not shared memory");
  if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0) fail("ldmatrix of a row off 16 bytes");
  MatrixArgument argument = {row, {}};
  meet_warp(load_matrices<kTransposed>, &argument, where);
  std::memcpy(r, argument.result, sizeof r);
}

inline void ldmatrix_x4(std::uint32_t (&r)[4], const void* row, const char* file = __builtin_FILE(),
                        int line = __builtin_LINE()) {
  ldmatrix<false>(r, row, Place{file, line});
}
inline void ldmatrix_x4_transposed(std::uint32_t (&r)[4], const void* row,
                                   const char* file = __builtin_FILE(),
                                   int line = __builtin_LINE()) {
  ldmatrix<true>(r, row, Place{file, line});
}

// --- mma ----------------------------------------------------------------------------------------
template <class D>
struct MmaArgument {
  D* d;
  const std::uint32_t* a;
  std::uint32_t b[2];
};

// Elements of a 32-bit register as numbers: two halves or four signed bytes.
inline void unpack(std::uint32_t bits, float (&to)[2]) {
  to[0] = half_to_float(static_cast<std::uint16_t>(bits));
  to[1] = half_to_float(static_cast<std::uint16_t>(bits >> 16));
}
inline void unpack(std::uint32_t bits, int (&to)[4]) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::int8_t>(bits >> (8 * i));
}

// d (16, 8) += a (16, 8*kPack) * b (8*kPack, 8), kPack elements to a register, k in increasing
// order. Products of halves are exact in float.
template <class D, int kPack>
void multiply_matrices(void* const* arguments) {
  constexpr int kDepth = 8 * kPack;
  D a[16][kDepth], b[kDepth][8], d[16][8];
  for (int lane = 0; lane < 32; ++lane) {
    const auto& argument = *static_cast<const MmaArgument<D>*>(arguments[lane]);
    const int g = lane / 4, t = lane % 4;
    for (int half = 0; half < 2; ++half) {
      D low[kPack], high[kPack], column[kPack];
      unpack(argument.a[2 * half], low);
      unpack(argument.a[2 * half + 1], high);
      unpack(argument.b[half], column);
      for (int i = 0; i < kPack; ++i) {
        const int k = half * 4 * kPack + t * kPack + i;
        a[g][k] = low[i], a[g + 8][k] = high[i], b[k][g] = column[i];
      }
    }
    for (int i = 0; i < 4; ++i) d[g + i / 2 * 8][2 * t + i % 2] = argument.d[i];
  }
  for (int row = 0; row < 16; ++row) {
    for (int k = 0; k < kDepth; ++k) {
      for (int column = 0; column < 8; ++column) d[row][column] += a[row][k] * b[k][column];
    }
  }
  for (int lane = 0; lane < 32; ++lane) {
    const auto& argument = *static_cast<const MmaArgument<D>*>(arguments[lane]);
    for (int i = 0; i < 4; ++i) argument.d[i] = d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
  }
}

inline void mma_f16(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                    const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  MmaArgument<float> argument = {d, a, {b0, b1}};
  meet_warp(multiply_matrices<float, 2>, &argument, Place{file, line});
}
inline void mma_s8(int (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                   const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  MmaArgument<int> argument = {d, a, {b0, b1}};
  meet_warp(multiply_matrices<int, 4>, &argument, Place{file, line});
}

// --- cp.async, griddepcontrol -------------------------------------------------------------------
inline void cp_async_16(void* to, const void* from, bool valid) { copy_later(to, from, valid); }
inline void cp_async_commit() { close_copy_group(); }
template <int kPending>
void cp_async_wait() {
  finish_copies(kPending);
}

inline void wait_for_previous_kernel() { note_wait_for_previous_kernel(); }
inline void let_next_kernel_start() {}

}  // namespace emulated
}  // namespace hayago::kernels
