// The fused end of a product (gpu.h, GpuEpilogue) for the part of a tile that one thread holds:
// some rows, and of every 32 channels eight consecutive ones.
#pragma once
#include <bit>

#include "kernels/cuda/activation.cuh"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/half.cuh"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

struct EpilogueRow {
  int row;
  int position;
  bool inside;  // of the product; nothing is written for other rows
  bool on_board;
};

HAYAGO_DEVICE EpilogueRow epilogue_row(const GpuProduct& p, int row) {
  const bool inside = row < p.rows();
  const int at = inside ? row : 0;
  const bool on_board = p.epilogue.mask == nullptr || p.epilogue.mask[at] != 0;
  return {at, at / (p.h * p.w), inside, on_board};
}

// Of a row's results, in elements; 32 bits because registers are scarce (launch_product() checks).
HAYAGO_DEVICE std::uint32_t row_offset(const EpilogueRow& row, int stride) {
  return static_cast<std::uint32_t>(row.row) * static_cast<std::uint32_t>(stride);
}

// What the epilogue needs to know of eight channels; the same for every row.
struct ChannelTerms {
  float bias[8], scale[8], shift[8];
};

HAYAGO_DEVICE void load_or(const float* from, int c, float otherwise, float (&to)[8]) {
  if (from != nullptr) {
    load8(from + c, to);
  } else {
#pragma unroll
    for (int i = 0; i < 8; ++i) to[i] = otherwise;
  }
}

HAYAGO_DEVICE ChannelTerms load_terms(const GpuEpilogue& e, int c) {
  ChannelTerms terms;
  load_or(e.bias, c, 0.0f, terms.bias);
  load_or(e.scale, c, 1.0f, terms.scale);
  load_or(e.shift, c, 0.0f, terms.shift);
  return terms;
}

HAYAGO_DEVICE void add8(const float (&other)[8], float* v) {
#pragma unroll
  for (int i = 0; i < 8; ++i) v[i] += other[i];
}

template <class T>
HAYAGO_DEVICE void store_row(T* to, std::uint32_t at, const float* v) {
  float values[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) values[i] = v[i];
  store8(to + at, values);
}

// The sum of an 8-bit product as a number. The multiplication must not be fused with an addition,
// which would round differently.
HAYAGO_DEVICE float dequantized(int sum, float acc_scale) {
#ifdef HAYAGO_CUDA_EMULATE
  return static_cast<float>(sum) * acc_scale;
#else
  return __fmul_rn(static_cast<float>(sum), acc_scale);
#endif
}

// x rounded half to even and saturated to +-127, in the lowest byte.
HAYAGO_DEVICE std::uint32_t quantized(float x) {
  // At 1.5 * 2^23 floats are whole numbers, and the lowest bits of the significand count them.
  return std::bit_cast<std::uint32_t>(fminf(fmaxf(x, -127.0f), 127.0f) + 0x1.8p23f);
}

HAYAGO_DEVICE std::uint32_t quantize4(const float* v, float per_step) {
  std::uint32_t bytes = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) bytes |= (quantized(v[i] * per_step) & 0xFFu) << (8 * i);
  return bytes;
}

struct alignas(8) EightBytes {
  std::uint32_t low, high;
};

HAYAGO_DEVICE void store_quantized(void* to, std::uint32_t at, const float* v, float per_step) {
  *reinterpret_cast<EightBytes*>(static_cast<unsigned char*>(to) + at) = {
      quantize4(v, per_step), quantize4(v + 4, per_step)};
}

HAYAGO_DEVICE void store_compact(float* to, int channels, int c, const float* v) {
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    if (c + i < channels) to[c + i] = v[i];
  }
}

// v: sums of channels c to c+7 of all kRows rows; residual: what lies there in e.residual. Every
// choice is made once for all rows, which leaves long stretches of straight code.
template <class T, int kRows, class Terms>
HAYAGO_DEVICE void finish_group(const GpuProduct& p, const EpilogueRow (&rows)[kRows],
                                const Terms& terms_of, int group, int c,
                                const Vector8<T> (&residual)[kRows], float (&v)[8 * kRows]) {
  const GpuEpilogue& e = p.epilogue;
  const int stride = gpu_padded(p.c_out);
  if (e.mask_acc) {
#pragma unroll
    for (int i = 0; i < 8 * kRows; ++i) v[i] = rows[i / 8].on_board ? v[i] : 0.0f;
  }
  const ChannelTerms before = terms_of(group);
#pragma unroll
  for (int i = 0; i < kRows; ++i) add8(before.bias, v + 8 * i);
  float other[8];
  if (e.row_bias != nullptr) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      load8(e.row_bias + static_cast<std::size_t>(rows[i].position) * stride + c, other);
      add8(other, v + 8 * i);
    }
  }
  if (e.residual != nullptr) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      unpack(residual[i], other);
      add8(other, v + 8 * i);
    }
  }
  if (e.raw_out != nullptr) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      const std::uint32_t at = row_offset(rows[i], stride) + c;
      if (rows[i].inside) store_row(static_cast<T*>(e.raw_out), at, v + 8 * i);
    }
  }
  if (e.f32_out != nullptr) {
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      float* const to = e.f32_out + static_cast<std::size_t>(rows[i].row) * p.c_out;
      if (rows[i].inside) store_compact(to, p.c_out, c, v + 8 * i);
    }
  }
  if (e.act_out == nullptr) return;
  const ChannelTerms terms = terms_of(group);  // only now: registers are scarce before
#pragma unroll
  for (int i = 0; i < 8 * kRows; ++i) v[i] = fmaf(terms.scale[i % 8], v[i], terms.shift[i % 8]);
  activate<T>(e.act, v);
  if (e.mask != nullptr) {
#pragma unroll
    for (int i = 0; i < 8 * kRows; ++i) v[i] = rows[i / 8].on_board ? v[i] : 0.0f;
  }
  if (e.act_step > 0.0f) {
    const float per_step = 1.0f / e.act_step;
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      const std::uint32_t at = row_offset(rows[i], stride) + c;
      if (rows[i].inside) store_quantized(e.act_out, at, v + 8 * i, per_step);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < kRows; ++i) {
    const std::uint32_t at = row_offset(rows[i], stride) + c;
    if (rows[i].inside) store_row(static_cast<T*>(e.act_out), at, v + 8 * i);
  }
}

// sum(row index, group, v) hands out the sums of channels c0 + 32 * group to + 7 of rows[row
// index]; terms_of(group) the terms of those channels. The residual of the next group is on its way
// while one group is finished; the compiler cannot arrange that, because raw_out may be the same
// memory.
template <class T, int kRows, int kGroups, class Terms, class Sum>
HAYAGO_DEVICE void finish_tile(const GpuProduct& p, const EpilogueRow (&rows)[kRows], int c0,
                               const Terms& terms_of, const Sum& sum) {
  const int stride = gpu_padded(p.c_out);
  const auto* const residual = static_cast<const T*>(p.epilogue.residual);
  Vector8<T> fetched[2][kRows] = {};
  const auto fetch = [&](int group) {
    if (residual == nullptr || c0 + 32 * group >= stride) return;
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      const std::uint32_t at = row_offset(rows[i], stride) + c0 + 32 * group;
      fetched[group % 2][i] = load_vector(residual + at);
    }
  };
  fetch(0);
#pragma unroll
  for (int group = 0; group < kGroups; ++group) {
    const int c = c0 + 32 * group;
    if (c >= stride) return;
    if (group + 1 < kGroups) fetch(group + 1);
    float v[8 * kRows];
#pragma unroll
    for (int i = 0; i < kRows; ++i) sum(i, group, v + 8 * i);
    finish_group<T, kRows>(p, rows, terms_of, group, c, fetched[group % 2], v);
  }
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
