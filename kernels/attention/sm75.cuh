// Attention on plain cores, in float (attention.h). A block owns 16 queries of one head of one
// position, a warp four of them. Keys and values pass through shared memory 32 at a time:
//   scores: lane = key, every key value read once for four queries;
//   softmax over the finished row of scores in shared memory, with maximum subtraction;
//   sums: lane = value channel.
// Points off the board enter as keys of weight 0 and are never read.
#pragma once
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/half.cuh"
#include "kernels/cuda/ptx.cuh"
#include "kernels/cuda/reduce.cuh"

namespace hayago::kernels {
namespace {

constexpr int kWarps = 4, kThreads = 32 * kWarps, kPerWarp = 4, kQueries = kWarps * kPerWarp;
constexpr int kKeys = 32;       // at a time
constexpr int kMostValues = 4;  // value channels of a lane
constexpr int kMostValueDim = 32 * kMostValues;

// Odd, so that lanes that read one channel of 32 keys meet 32 banks.
constexpr int tile_pitch(int q_dim, int v_dim) { return (q_dim > v_dim ? q_dim : v_dim) | 1; }
constexpr int score_pitch(int pixels) { return (pixels + kKeys - 1) / kKeys * kKeys; }

struct AttentionStrides {
  int q, k, v, out;
};

// The block's shared memory.
struct AttentionTiles {
  float* queries;  // (kQueries, q_dim)
  float* tile;     // (kKeys, pitch): keys, later values
  float* scores;   // (kQueries, score_pitch)
  int pitch, score_pitch;
};

constexpr int attention_shared_bytes(const GpuAttention& args) {
  return (kQueries * (args.q_dim + score_pitch(args.pixels)) +
          kKeys * tile_pitch(args.q_dim, args.v_dim)) *
         static_cast<int>(sizeof(float));
}

HAYAGO_DEVICE AttentionTiles attention_tiles(const GpuAttention& args) {
  AttentionTiles tiles;
  tiles.pitch = tile_pitch(args.q_dim, args.v_dim);
  tiles.score_pitch = score_pitch(args.pixels);
  tiles.queries = reinterpret_cast<float*>(dynamic_shared());
  tiles.tile = tiles.queries + kQueries * args.q_dim;
  tiles.scores = tiles.tile + kKeys * tiles.pitch;
  return tiles;
}

// Rows `first_pixel` and on of (pixels, stride) at `from`, which points at the head's first
// channel, to (rows, pitch); zeros for what is off the board.
template <class T>
HAYAGO_DEVICE void load_rows(const GpuAttention& args, const std::uint8_t* mask, const T* from,
                             int stride, int first_pixel, int rows, int channels, float* to,
                             int pitch) {
  for (int i = static_cast<int>(threadIdx.x); i < rows * channels; i += kThreads) {
    const int row = i / channels, c = i % channels, pixel = first_pixel + row;
    const bool read = pixel < args.pixels && (mask == nullptr || mask[pixel] != 0);
    to[row * pitch + c] =
        read ? to_float(from[static_cast<std::size_t>(pixel) * stride + c]) : 0.0f;
  }
}

// Scores of this warp's queries against the 32 keys from `first_key` on.
HAYAGO_DEVICE void score_tile(const GpuAttention& args, const std::uint8_t* mask,
                              const AttentionTiles& tiles, int query, int first_key, float scale) {
  const int lane = static_cast<int>(threadIdx.x) % 32, key = first_key + lane;
  float sum[kPerWarp] = {};
  for (int d = 0; d < args.q_dim; ++d) {
    const float k = tiles.tile[lane * tiles.pitch + d];
#pragma unroll
    for (int i = 0; i < kPerWarp; ++i) {
      sum[i] = fmaf(tiles.queries[(query + i) * args.q_dim + d], k, sum[i]);
    }
  }
  const bool counts = key < args.pixels && (mask == nullptr || mask[key] != 0);
#pragma unroll
  for (int i = 0; i < kPerWarp; ++i) {
    tiles.scores[(query + i) * tiles.score_pitch + key] = counts ? sum[i] * scale : -INFINITY;
  }
}

// Turns a row of scores into weights that are not normalised; 1 / their sum. A warp per row.
HAYAGO_DEVICE float soften_row(float* scores, int keys) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  float largest = -INFINITY;
  for (int key = lane; key < keys; key += 32) largest = fmaxf(largest, scores[key]);
  largest = warp_max(largest);
  float sum = 0.0f;
  for (int key = lane; key < keys; key += 32) {
    const float weight = scores[key] == -INFINITY ? 0.0f : expf(scores[key] - largest);
    scores[key] = weight;
    sum += weight;
  }
  return 1.0f / warp_sum(sum);
}

HAYAGO_DEVICE void sum_tile(const GpuAttention& args, const AttentionTiles& tiles, int query,
                            int first_key, float (&sum)[kPerWarp][kMostValues]) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  for (int key = 0; key < kKeys; ++key) {
#pragma unroll
    for (int j = 0; j < kMostValues; ++j) {
      const int c = lane + 32 * j;
      if (c >= args.v_dim) continue;
      const float v = tiles.tile[key * tiles.pitch + c];
#pragma unroll
      for (int i = 0; i < kPerWarp; ++i) {
        const float weight = tiles.scores[(query + i) * tiles.score_pitch + first_key + key];
        sum[i][j] = fmaf(weight, v, sum[i][j]);
      }
    }
  }
}

template <class T>
HAYAGO_GPU_KERNEL(kThreads, 4)
attention(GpuAttention args, AttentionStrides strides) {
  wait_for_previous_kernel();
  let_next_kernel_start();
  const int head = static_cast<int>(blockIdx.y),
            first_query = static_cast<int>(blockIdx.x) * kQueries;
  const int kv = head * args.kv_heads / args.heads;
  const std::size_t first = std::size_t{blockIdx.z} * args.pixels;
  const std::uint8_t* const mask = args.mask != nullptr ? args.mask + first : nullptr;
  const T* const q = static_cast<const T*>(args.q) + first * strides.q + head * args.q_dim;
  const T* const k = static_cast<const T*>(args.k) + first * strides.k + kv * args.q_dim;
  const T* const v = static_cast<const T*>(args.v) + first * strides.v + kv * args.v_dim;
  const AttentionTiles tiles = attention_tiles(args);
  const int query = static_cast<int>(threadIdx.x) / 32 * kPerWarp;  // this warp's first
  const float scale = 1.0f / sqrtf(static_cast<float>(args.q_dim));

  load_rows(args, mask, q, strides.q, first_query, kQueries, args.q_dim, tiles.queries, args.q_dim);
  for (int key = 0; key < args.pixels; key += kKeys) {
    load_rows(args, mask, k, strides.k, key, kKeys, args.q_dim, tiles.tile, tiles.pitch);
    __syncthreads();
    score_tile(args, mask, tiles, query, key, scale);
    __syncthreads();
  }
  float inverse[kPerWarp], sum[kPerWarp][kMostValues] = {};
#pragma unroll
  for (int i = 0; i < kPerWarp; ++i) {
    inverse[i] = soften_row(tiles.scores + (query + i) * tiles.score_pitch, tiles.score_pitch);
  }
  for (int key = 0; key < args.pixels; key += kKeys) {
    load_rows(args, mask, v, strides.v, key, kKeys, args.v_dim, tiles.tile, tiles.pitch);
    __syncthreads();
    sum_tile(args, tiles, query, key, sum);
    __syncthreads();
  }
  const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
  for (int i = 0; i < kPerWarp; ++i) {
    const int pixel = first_query + query + i;
    if (pixel >= args.pixels) return;
    const bool on_board = mask == nullptr || mask[pixel] != 0;
    T* const out = static_cast<T*>(args.out) + (first + pixel) * strides.out;
#pragma unroll
    for (int j = 0; j < kMostValues; ++j) {
      const int c = lane + 32 * j;
      if (c >= args.v_dim) continue;
      out[head * args.v_dim + c] = from_float<T>(on_board ? sum[i][j] * inverse[i] : 0.0f);
    }
    const int padding = args.heads * args.v_dim + lane;  // at most 31 channels
    if (head == 0 && padding < strides.out) out[padding] = from_float<T>(0.0f);
  }
}

}  // namespace
}  // namespace hayago::kernels
