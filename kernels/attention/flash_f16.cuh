// Attention in binary16 on matrix units: o = softmax(q k' / sqrt(kQuery)) v for one position and
// head, 128 queries to a block, 16 to a warp. All keys and values of the head lie in shared memory
// (a board has few); scores never leave the registers. Keys are taken 64 at a time with a running
// maximum and sum, in a fixed order.
#pragma once
#include <cmath>

#include "kernels/cuda/activation.cuh"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
namespace {

constexpr int kFlashThreads = 256, kFlashQueries = 128, kFlashKeys = 64;

constexpr int flash_key_rows(int pixels) {
  return (pixels + kFlashKeys - 1) / kFlashKeys * kFlashKeys;
}
// Bytes of a row in shared memory: 16 more than it holds, so that eight rows lie in different
// banks.
template <int kDim>
constexpr int flash_pitch() {
  return kDim * 2 + 16;
}
template <int kQuery, int kValue>
constexpr int flash_shared_bytes(int pixels) {
  return flash_key_rows(pixels) * (flash_pitch<kQuery>() + flash_pitch<kValue>() + 1);
}

// One head's rows of keys or values, (P, kDim) at a stride, into shared memory; zeros off the
// board, where nothing is read, and behind the last row.
template <int kDim>
HAYAGO_DEVICE void flash_load(const Half* from, int stride, int pixels, const std::uint8_t* mask,
                              unsigned char* to) {
  constexpr int kChunks = kDim / 8;
  for (int i = static_cast<int>(threadIdx.x); i < flash_key_rows(pixels) * kChunks;
       i += kFlashThreads) {
    const int row = i / kChunks, chunk = i % kChunks;
    const bool valid = row < pixels && (mask == nullptr || mask[row] != 0);
    cp_async_16(to + row * flash_pitch<kDim>() + chunk * 16,
                from + static_cast<std::size_t>(valid ? row : 0) * stride + chunk * 8, valid);
  }
}

// The state of a warp's 16 queries: index 0 for row g, 1 for row g + 8 of the fragment.
template <int kValue>
struct FlashState {
  float largest[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0.0f, 0.0f};
  float out[kValue / 8][4] = {};
};

HAYAGO_DEVICE float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, 2));
}
HAYAGO_DEVICE float quad_sum(float x) {
  x += __shfl_xor_sync(0xFFFFFFFFu, x, 1);
  return x + __shfl_xor_sync(0xFFFFFFFFu, x, 2);
}

// s: scores of 16 queries and 64 keys as fragments. keys: the first of them in shared memory.
template <int kQuery>
HAYAGO_DEVICE void flash_scores(const std::uint32_t (&q)[kQuery / 16][4], const unsigned char* keys,
                                float (&s)[8][4]) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int pair = 0; pair < 4; ++pair) {  // of groups of eight keys
#pragma unroll
    for (int i = 0; i < 4; ++i) s[2 * pair][i] = s[2 * pair + 1][i] = 0.0f;
#pragma unroll
    for (int k = 0; k < kQuery / 16; ++k) {
      std::uint32_t b[4];
      const int row = pair * 16 + lane / 16 * 8 + lane % 8, chunk = k * 2 + lane / 8 % 2;
      ldmatrix_x4(b, keys + row * flash_pitch<kQuery>() + chunk * 16);
      mma_f16(s[2 * pair], q[k], b[0], b[1]);
      mma_f16(s[2 * pair + 1], q[k], b[2], b[3]);
    }
  }
}

// Turns scores into weights relative to the running maximum (base 2) and rescales what there is.
template <int kValue>
HAYAGO_DEVICE void flash_weigh(FlashState<kValue>& state, const unsigned char* open, float scale,
                               float (&s)[8][4]) {
  const int t = static_cast<int>(threadIdx.x) % 4;
  float largest[2] = {state.largest[0], state.largest[1]};
#pragma unroll
  for (int j = 0; j < 8; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      s[j][i] = open[j * 8 + 2 * t + i % 2] != 0 ? s[j][i] * scale : -INFINITY;
      largest[i / 2] = fmaxf(largest[i / 2], s[j][i]);
    }
  }
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    largest[r] = quad_max(largest[r]);
    const float base = largest[r] == -INFINITY ? 0.0f : largest[r];  // no open key so far
    const float shrink = approximate_exp2(state.largest[r] - base);
    state.largest[r] = largest[r];
    state.sum[r] *= shrink;
#pragma unroll
    for (int j = 0; j < kValue / 8; ++j) {
      state.out[j][2 * r] *= shrink;
      state.out[j][2 * r + 1] *= shrink;
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) {
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        s[j][2 * r + e] = approximate_exp2(s[j][2 * r + e] - base);
        state.sum[r] += s[j][2 * r + e];
      }
    }
  }
}

// out += weights (16, 64) * values (64, kValue).
template <int kValue>
HAYAGO_DEVICE void flash_accumulate(FlashState<kValue>& state, const float (&s)[8][4],
                                    const unsigned char* values) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int k = 0; k < kFlashKeys / 16; ++k) {
    std::uint32_t a[4];
    a[0] = pack_halves(s[2 * k][0], s[2 * k][1]);
    a[1] = pack_halves(s[2 * k][2], s[2 * k][3]);
    a[2] = pack_halves(s[2 * k + 1][0], s[2 * k + 1][1]);
    a[3] = pack_halves(s[2 * k + 1][2], s[2 * k + 1][3]);
#pragma unroll
    for (int pair = 0; pair < kValue / 16; ++pair) {
      std::uint32_t b[4];  // two groups of eight columns, two halves of k each
      const int row = k * 16 + lane / 8 % 2 * 8 + lane % 8, chunk = pair * 2 + lane / 16;
      ldmatrix_x4_transposed(b, values + row * flash_pitch<kValue>() + chunk * 16);
      mma_f16(state.out[2 * pair], a, b[0], b[1]);
      mma_f16(state.out[2 * pair + 1], a, b[2], b[3]);
    }
  }
}

template <int kQuery>
HAYAGO_DEVICE void flash_queries(const GpuAttention& p, const Half* q, int stride, int query0,
                                 std::uint32_t (&fragment)[kQuery / 16][4]) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int k = 0; k < kQuery / 16; ++k) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int query = query0 + lane / 4 + i % 2 * 8, d = k * 16 + i / 2 * 8 + lane % 4 * 2;
      const Half* at = q + static_cast<std::size_t>(query < p.pixels ? query : 0) * stride + d;
      fragment[k][i] = *reinterpret_cast<const std::uint32_t*>(at);
    }
  }
}

template <int kValue>
HAYAGO_DEVICE void flash_store(const GpuAttention& p, const FlashState<kValue>& state, int n,
                               int head, int query0) {
  const int lane = static_cast<int>(threadIdx.x) % 32, stride = gpu_padded(p.heads * kValue);
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const float sum = quad_sum(state.sum[r]);
    const int query = query0 + lane / 4 + r * 8;
    if (query >= p.pixels) continue;
    const std::size_t row = static_cast<std::size_t>(n) * p.pixels + query;
    const bool on_board = p.mask == nullptr || p.mask[row] != 0;
    const float factor = 1.0f / sum;
    Half* const out = static_cast<Half*>(p.out) + row * stride + head * kValue + lane % 4 * 2;
#pragma unroll
    for (int j = 0; j < kValue / 8; ++j) {
      const std::uint32_t pair =
          pack_halves(state.out[j][2 * r] * factor, state.out[j][2 * r + 1] * factor);
      *reinterpret_cast<std::uint32_t*>(out + j * 8) = on_board ? pair : 0u;
    }
    // The last head also clears the padding channels.
    if (head != p.heads - 1) continue;
    for (int c = p.heads * kValue + lane % 4; c < stride; c += 4) {
      static_cast<Half*>(p.out)[row * stride + c] = to_half(0.0f);
    }
  }
}

// Grid: (blocks of queries, heads, positions).
template <int kQuery, int kValue>
HAYAGO_GPU_KERNEL(kFlashThreads, 1)
attention_flash_f16(GpuAttention p) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int n = static_cast<int>(blockIdx.z), head = static_cast<int>(blockIdx.y);
  const int rows = flash_key_rows(p.pixels), kv_head = head * p.kv_heads / p.heads;
  unsigned char* const keys = dynamic_shared();
  unsigned char* const values = keys + rows * flash_pitch<kQuery>();
  unsigned char* const open = values + rows * flash_pitch<kValue>();
  const std::size_t first = static_cast<std::size_t>(n) * p.pixels;
  const int q_stride = gpu_padded(p.heads * kQuery), k_stride = gpu_padded(p.kv_heads * kQuery);
  const int v_stride = gpu_padded(p.kv_heads * kValue);
  const std::uint8_t* const mask = p.mask == nullptr ? nullptr : p.mask + first;
  flash_load<kQuery>(static_cast<const Half*>(p.k) + first * k_stride + kv_head * kQuery, k_stride,
                     p.pixels, mask, keys);
  flash_load<kValue>(static_cast<const Half*>(p.v) + first * v_stride + kv_head * kValue, v_stride,
                     p.pixels, mask, values);
  for (int i = static_cast<int>(threadIdx.x); i < rows; i += kFlashThreads) {
    open[i] = i < p.pixels && (mask == nullptr || mask[i] != 0) ? 1 : 0;
  }
  cp_async_commit();
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int query0 = static_cast<int>(blockIdx.x) * kFlashQueries + warp * 16;
  std::uint32_t q[kQuery / 16][4];
  flash_queries<kQuery>(p, static_cast<const Half*>(p.q) + first * q_stride + head * kQuery,
                        q_stride, query0, q);
  cp_async_wait<0>();
  __syncthreads();
  if (query0 >= p.pixels) return;
  const float scale = 1.44269504089f / sqrtf(static_cast<float>(kQuery));
  FlashState<kValue> state;
  for (int key = 0; key < rows; key += kFlashKeys) {
    float s[8][4];
    flash_scores<kQuery>(q, keys + key * flash_pitch<kQuery>(), s);
    flash_weigh(state, open + key, scale, s);
    flash_accumulate(state, s, values + key * flash_pitch<kValue>());
  }
  flash_store(p, state, n, head, query0);
}

}  // namespace
}  // namespace hayago::kernels
