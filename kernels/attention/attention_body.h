// softmax(Q K^T / sqrt(d)) V per head, on the shared matrix micro-kernel.
// For one position and key/value head the board's keys (off-board ones are left out, so nothing is
// masked later) are packed: K transposed to panels (q_dim, width) of keys, V to panels (keys,
// width) of value channels. Then for chunks of query rows: scores (rows, keys), softmax, weights
// times V.
#pragma once
#include "kernels/attention/kernel.h"
#include "kernels/cpu/math.h"
#include "kernels/cpu/micro.h"
#include "kernels/cpu/panels.h"

namespace hayago::kernels {

template <class Target>
struct AttentionBody {
  using V = typename Target::Vec;

  // One position and key/value head. Pointers are to the head's first channel.
  struct Head {
    const float* mask;  // (P) or null
    int keys;
    std::size_t key_stride;    // keys rounded up to kChannelAlign
    std::size_t value_stride;  // padded(v_dim)
    float* packed_k;           // (q_dim, key_stride) in panels
    float* packed_v;           // (keys, value_stride) in panels
    float* scores;             // (kAttentionRows, key_stride)
    float* sums;               // (kAttentionRows, value_stride)
  };

  static bool on_board(const Head& head, int p) {
    return head.mask == nullptr || head.mask[p] != 0;
  }

  // k: (P, q_dim) with row stride `stride`.
  static void pack_keys(const Head& head, const AttentionArgs& args, const float* k,
                        std::size_t stride) {
    const Split panels =
        split_evenly(static_cast<int>(head.key_stride) / kLanes<V>, Target::kMaxVectors);
    int panel = 0, column = 0, p = 0;
    for (int key = 0; key < static_cast<int>(head.key_stride); ++key, ++p) {
      while (p < args.pixels && !on_board(head, p)) ++p;
      const int width = panels.size(panel) * kLanes<V>;
      float* to = head.packed_k +
                  static_cast<std::size_t>(panels.begin(panel)) * kLanes<V> * args.q_dim + column;
      for (int d = 0; d < args.q_dim; ++d)
        to[d * width] = key < head.keys ? k[p * stride + d] : 0.0f;
      if (++column == width) {
        column = 0;
        ++panel;
      }
    }
  }

  // v: (P, v_dim) with row stride `stride`.
  static void pack_values(const Head& head, const AttentionArgs& args, const float* v,
                          std::size_t stride) {
    const Split panels =
        split_evenly(static_cast<int>(head.value_stride) / kLanes<V>, Target::kMaxVectors);
    float* to = head.packed_v;
    for (int panel = 0; panel < panels.parts; ++panel) {
      const int first = panels.begin(panel) * kLanes<V>, width = panels.size(panel) * kLanes<V>;
      for (int p = 0; p < args.pixels; ++p) {
        if (!on_board(head, p)) continue;
        for (int c = first; c < first + width; ++c)
          *to++ = c < args.v_dim ? v[p * stride + c] : 0.0f;
      }
    }
  }

  // c (rows, stride) = a (rows, k) times panels packed for `stride` columns.
  static void multiply(const float* const* a, int rows, int k, const float* packed,
                       std::size_t stride, float* c) {
    const Split panels = split_evenly(static_cast<int>(stride) / kLanes<V>, Target::kMaxVectors);
    for (int panel = 0; panel < panels.parts; ++panel) {
      const int vectors = panels.size(panel), first = panels.begin(panel) * kLanes<V>;
      const float* weights = packed + static_cast<std::size_t>(first) * k;
      const Split chunks = split_evenly(rows, Target::kRows[vectors]);
      for (int i = 0; i < chunks.parts; ++i) {
        Target::micro(vectors, chunks.size(i), false)({a + chunks.begin(i), 1, k, weights, 0,
                                                       c + chunks.begin(i) * stride + first,
                                                       static_cast<std::ptrdiff_t>(stride)});
      }
    }
  }

  // Turns one row of raw scores into unnormalised weights; returns 1 / their sum. Columns past the
  // last key are set to 0.
  static float soften(float* scores, const Head& head, float scale) {
    for (std::size_t i = head.keys; i < head.key_stride; ++i) scores[i] = scores[0];
    V largest = load<V>(scores);
    for (std::size_t i = kLanes<V>; i < head.key_stride; i += kLanes<V>) {
      largest = xsimd::max(largest, load<V>(scores + i));
    }
    // In powers of 2. That the product with the maximum is rounded is a factor common to all keys.
    const V factor(scale * 1.44269504f);
    const V offset = V(-horizontal_max(largest)) * factor;
    V sum(0.0f);
    const std::size_t last = head.key_stride - kChannelAlign;
    for (std::size_t i = 0; i < head.key_stride; i += kLanes<V>) {
      const V weight = exp2_of_negative(mul_add(load<V>(scores + i), factor, offset));
      weight.store_unaligned(scores + i);
      if (i < last) sum = sum + weight;
    }
    for (std::size_t i = head.keys; i < head.key_stride; ++i) scores[i] = 0.0f;
    for (std::size_t i = last; i < head.key_stride; i += kLanes<V>) sum = sum + load<V>(scores + i);
    return 1.0f / horizontal_sum(sum);
  }

  // Query rows `query[0..rows)` of one head to `out[0..rows)`.
  static void attend(const Head& head, const AttentionArgs& args, const float* const* query,
                     float* const* out, int rows) {
    multiply(query, rows, args.q_dim, head.packed_k, head.key_stride, head.scores);
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(args.q_dim));
    float inverse[kAttentionRows];
    const float* weights[kAttentionRows];
    for (int r = 0; r < rows; ++r) {
      float* row = head.scores + r * head.key_stride;
      inverse[r] = soften(row, head, scale);
      weights[r] = row;
    }
    multiply(weights, rows, head.keys, head.packed_v, head.value_stride, head.sums);
    for (int r = 0; r < rows; ++r) {
      const float* sums = head.sums + r * head.value_stride;
      for (int d = 0; d < args.v_dim; ++d) out[r][d] = sums[d] * inverse[r];
    }
  }

  // The share's board rows of one query head. q and out point at the head's channels of pixel 0.
  static void run_head(const Head& head, const AttentionArgs& args, const float* q, float* out) {
    const std::size_t q_stride = padded(args.heads * args.q_dim);
    const std::size_t out_stride = padded(args.heads * args.v_dim);
    const float* query[kAttentionRows];
    float* to[kAttentionRows];
    int rows = 0;
    for (int p = args.share.begin(args.pixels); p < args.share.end(args.pixels); ++p) {
      if (!on_board(head, p)) continue;
      query[rows] = q + p * q_stride;
      to[rows] = out + p * out_stride;
      if (++rows < kAttentionRows) continue;
      attend(head, args, query, to, rows);
      rows = 0;
    }
    if (rows > 0) attend(head, args, query, to, rows);
  }

  static Head make_head(const AttentionArgs& args, int position, float* scratch) {
    Head head;
    head.mask = args.mask != nullptr ? args.mask + static_cast<std::size_t>(position) * args.pixels
                                     : nullptr;
    head.keys = 0;
    for (int p = 0; p < args.pixels; ++p) head.keys += on_board(head, p) ? 1 : 0;
    head.key_stride = padded(head.keys);
    head.value_stride = padded(args.v_dim);
    head.packed_k = scratch;
    head.packed_v = head.packed_k + args.q_dim * head.key_stride;
    head.scores = head.packed_v + head.keys * head.value_stride;
    head.sums = head.scores + kAttentionRows * head.key_stride;
    return head;
  }

  static void attention(const float* q, const float* k, const float* v, const AttentionArgs& args,
                        float* out, void* scratch) noexcept {
    const std::size_t q_stride = padded(args.heads * args.q_dim);
    const std::size_t k_stride = padded(args.kv_heads * args.q_dim);
    const std::size_t v_stride = padded(args.kv_heads * args.v_dim);
    const std::size_t out_stride = padded(args.heads * args.v_dim);
    const int begin = args.share.begin(args.pixels), end = args.share.end(args.pixels);
    char* const own = static_cast<char*>(scratch) +
                      attention_scratch_bytes(args) / args.share.parts * args.share.part;
    for (int b = 0; b < args.n; ++b) {
      const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
      for (std::size_t i = (first + begin) * out_stride; i < (first + end) * out_stride; ++i) {
        out[i] = 0.0f;
      }
      const Head head = make_head(args, b, reinterpret_cast<float*>(own));
      if (head.keys == 0) continue;
      for (int kv = 0; kv < args.kv_heads; ++kv) {
        pack_keys(head, args, k + first * k_stride + kv * args.q_dim, k_stride);
        pack_values(head, args, v + first * v_stride + kv * args.v_dim, v_stride);
        for (int h = 0; h < args.heads; ++h) {
          if (h * args.kv_heads / args.heads != kv) continue;
          run_head(head, args, q + first * q_stride + h * args.q_dim,
                   out + first * out_stride + h * args.v_dim);
        }
      }
    }
  }

  static void rope_head(float* head, const float* cosine, const float* sine, int pairs) {
    for (int j = 0; j < pairs; ++j) {
      const float first = head[2 * j], second = head[2 * j + 1];
      head[2 * j] = first * cosine[j] - second * sine[j];
      head[2 * j + 1] = first * sine[j] + second * cosine[j];
    }
  }

  static void rope(float* x, const RopeArgs& args) noexcept {
    const std::size_t stride = padded(args.heads * args.dim);
    const int pairs = args.dim / 2;
    for (int b = 0; b < args.n; ++b) {
      for (int p = 0; p < args.pixels; ++p, x += stride) {
        for (int h = 0; h < args.heads; ++h) {
          const int kv = h * args.kv_heads / args.heads;
          const std::size_t table = (static_cast<std::size_t>(p) * args.kv_heads + kv) * pairs;
          rope_head(x + h * args.dim, args.cos_table + table, args.sin_table + table, pairs);
        }
      }
    }
  }

  static constexpr AttentionKernel kKernel = {rope, attention};
};

}  // namespace hayago::kernels
