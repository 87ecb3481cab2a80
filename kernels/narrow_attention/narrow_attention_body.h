// narrow_attention.h on tiles of dot products of pairs (kernels/narrow/dot_body.h). Off-board keys
// are left out. For one position and key/value head, keys and values are rounded and packed as the
// weights of two products; then for as many query rows as a tile has: scores, softmax, and weights
// times values.
#pragma once
#include "kernels/cpu/math.h"
#include "kernels/narrow/dot_body.h"
#include "kernels/narrow_attention/kernel.h"

namespace hayago::kernels {

template <class Simd>
struct NarrowAttentionBody {
  using V = typename Simd::Vec;
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  using Tile = DotTarget<Simd>;
  using Half = std::int16_t;
  static constexpr int kPanel = Tile::kPanel, kRows = Simd::kRows;
  static_assert(kRows <= kNarrowAttentionRows);
  // Keys whose weights are stored at once, so that packing them takes few instructions.
  static constexpr int kBlock = 2 * kLanes<V>;
  static_assert(kBlock == kPanel && NarrowAttentionLayout::kAlign % kBlock == 0);

  // One position and key/value head.
  struct Head {
    const AttentionArgs& args;
    const float* mask = nullptr;             // (P) or null
    int keys = 0, key_pairs = 0, pairs = 0;  // pairs: of keys, in whole blocks; of q_dim
    std::size_t q_stride = 0, key_stride = 0, value_stride = 0;
    float *mean = nullptr, *copy = nullptr;             // (q_stride), (q_stride + 2 * value_stride)
    float *key_scale = nullptr, *key_addend = nullptr;  // (key_stride)
    float *value_scale = nullptr, *value_inverse = nullptr;  // (value_stride)
    float* scores = nullptr;                                 // (kRows, key_stride)
    char *packed_k = nullptr, *packed_v = nullptr;
    Half *queries = nullptr, *weights = nullptr;  // (kRows, q_stride), (kRows, key_stride)
  };

  static bool on_board(const Head& head, int p) {
    return head.mask == nullptr || head.mask[p] != 0;
  }

  template <class T>
  static T* take(char*& at, std::size_t count) {
    T* const begin = reinterpret_cast<T*>(at);
    at += count * sizeof(T);
    return begin;
  }

  static Head make_head(const AttentionArgs& args, int position, char* at) {
    const NarrowAttentionLayout layout(args);
    Head head{args};
    if (args.mask != nullptr) {
      head.mask = args.mask + static_cast<std::size_t>(position) * args.pixels;
    }
    for (int p = 0; p < args.pixels; ++p) head.keys += on_board(head, p) ? 1 : 0;
    head.key_pairs = (head.keys + kBlock - 1) / kBlock * (kBlock / 2);
    head.pairs = (args.q_dim + 1) / 2;
    head.q_stride = layout.q_stride;
    head.key_stride = layout.key_stride;
    head.value_stride = layout.value_stride;
    head.mean = take<float>(at, head.q_stride);
    head.copy = take<float>(at, head.q_stride + 2 * head.value_stride);
    head.key_scale = take<float>(at, head.key_stride);
    head.key_addend = take<float>(at, head.key_stride);
    head.value_scale = take<float>(at, head.value_stride);
    head.value_inverse = take<float>(at, head.value_stride);
    head.scores = take<float>(at, kNarrowAttentionRows * head.key_stride);
    head.packed_k = take<char>(at, head.key_stride * head.q_stride * sizeof(Half));
    head.packed_v = take<char>(at, head.key_stride * head.value_stride * sizeof(Half));
    head.queries = take<Half>(at, kNarrowAttentionRows * head.q_stride);
    head.weights = take<Half>(at, kNarrowAttentionRows * head.key_stride);
    return head;
  }

  // The row in whole vectors, with zeros behind its channels.
  HAYAGO_INLINE static const float* whole_vectors(const float* row, int channels, float* copy) {
    if (channels % kLanes<V> == 0) return row;
    int c = 0;
    for (; c < channels; ++c) copy[c] = row[c];
    for (; c % kLanes<V> != 0; ++c) copy[c] = 0.0f;
    return copy;
  }

  static void find_mean(const Head& head, const float* k, std::size_t stride) {
    const int dim = head.args.q_dim;
    for (int d = 0; d < dim; d += kLanes<V>) V(0.0f).store_unaligned(head.mean + d);
    for (int p = 0; p < head.args.pixels; ++p) {
      if (!on_board(head, p)) continue;
      const float* const row = whole_vectors(k + p * stride, dim, head.copy);
      for (int d = 0; d < dim; d += kLanes<V>) {
        (load<V>(head.mean + d) + load<V>(row + d)).store_unaligned(head.mean + d);
      }
    }
    const V factor(1.0f / static_cast<float>(head.keys));
    for (int d = 0; d < dim; d += kLanes<V>) {
      (load<V>(head.mean + d) * factor).store_unaligned(head.mean + d);
    }
  }

  // row - mean (null = 0) as integers of at most largest_factor(); returns their step.
  HAYAGO_INLINE static float round_row(const float* row, const float* mean, int dim, Half* to) {
    const auto value = [&](int d) {
      return mean == nullptr ? load<V>(row + d) : load<V>(row + d) - load<V>(mean + d);
    };
    V largest(0.0f);
    for (int d = 0; d < dim; d += kLanes<V>) largest = xsimd::max(largest, xsimd::abs(value(d)));
    const float most = horizontal_max(largest), limit = static_cast<float>(largest_factor(dim));
    const V inverse(most > 0 ? limit / most : 0.0f);
    for (int d = 0; d < dim; d += kLanes<V>) {
      const Int q = xsimd::nearbyint_as_int(value(d) * inverse);
      Simd::store_halves(q & Int(0xffff), reinterpret_cast<char*>(to + d));
    }
    return most > 0 ? most / limit : 0.0f;
  }

  // Panels of (pairs, kPanel, 4 bytes).
  static void pack_keys(const Head& head, const float* k, std::size_t stride) {
    find_mean(head, k, stride);
    const int dim = head.args.q_dim;
    const std::size_t panel_bytes = static_cast<std::size_t>(head.pairs) * kPanel * 4;
    const auto place = [&](int key) {
      return head.packed_k + key / kPanel * panel_bytes + key % kPanel * 4;
    };
    Half* const row = head.queries;  // not in use yet
    int key = 0;
    for (int p = 0; p < head.args.pixels; ++p) {
      if (!on_board(head, p)) continue;
      head.key_scale[key] =
          round_row(whole_vectors(k + p * stride, dim, head.copy), head.mean, dim, row);
      head.key_addend[key] = 0.0f;
      char* to = place(key++);
      for (int i = 0; i < head.pairs; ++i, to += kPanel * 4) __builtin_memcpy(to, row + 2 * i, 4);
    }
    // Keys that fill the last block: weight 0 whatever the query.
    for (; key % kBlock != 0; ++key) {
      char* to = place(key);
      for (int i = 0; i < head.pairs; ++i, to += kPanel * 4) __builtin_memset(to, 0, 4);
      head.key_scale[key] = 0.0f;
      head.key_addend[key] = -1e30f;
    }
  }

  static void find_value_scales(const Head& head, const float* v, std::size_t stride) {
    const int dim = head.args.v_dim;
    for (std::size_t c = 0; c < head.value_stride; c += kLanes<V>) {
      V(0.0f).store_unaligned(head.value_scale + c);
    }
    for (int p = 0; p < head.args.pixels; ++p) {
      if (!on_board(head, p)) continue;
      const float* const row = whole_vectors(v + p * stride, dim, head.copy);
      for (int c = 0; c < dim; c += kLanes<V>) {
        const V largest = xsimd::max(load<V>(head.value_scale + c), xsimd::abs(load<V>(row + c)));
        largest.store_unaligned(head.value_scale + c);
      }
    }
    const float limit = static_cast<float>(largest_value(head.keys));
    for (std::size_t c = 0; c < head.value_stride; ++c) {
      const float most = head.value_scale[c];
      head.value_inverse[c] = most > 0 ? limit / most : 0.0f;
      head.value_scale[c] = most / limit;
    }
  }

  // Where a pair of keys is in the order of store_pairs().
  static int place_of(int pair) {
    constexpr int kPerVector = kLanes<V> / 2;
    const int first = pair / (2 * kPerVector) * (2 * kPerVector), in_block = pair - first;
    const int vector = in_block / kPerVector, in_vector = in_block % kPerVector;
    return first + in_vector / 2 * 4 + vector * 2 + in_vector % 2;
  }

  // Panels of (key_pairs, kPanel, 4 bytes).
  static void pack_values(const Head& head, const float* v, std::size_t stride) {
    find_value_scales(head, v, stride);
    const std::size_t panel_bytes = static_cast<std::size_t>(head.key_pairs) * kPanel * 4;
    const int dim = head.args.v_dim;
    int p = 0;
    for (int pair = 0; pair < head.key_pairs; ++pair) {
      const float* rows[2];
      int count = 0;
      for (; count < 2 && p < head.args.pixels; ++p) {
        if (!on_board(head, p)) continue;
        rows[count] = whole_vectors(v + p * stride, dim, head.copy + count * head.value_stride);
        ++count;
      }
      const std::size_t place = static_cast<std::size_t>(place_of(pair)) * kPanel;
      for (int c = 0; c < static_cast<int>(head.value_stride); c += kLanes<V>) {
        Int word(0);
        for (int i = 0; i < count && c < dim; ++i) {
          const V q = load<V>(rows[i] + c) * load<V>(head.value_inverse + c);
          const Int half = xsimd::nearbyint_as_int(q);
          word = i == 0 ? half & Int(0xffff) : word | (half << 16);
        }
        char* const to = head.packed_v + c / kPanel * panel_bytes + (place + c % kPanel) * 4;
        word.store_unaligned(reinterpret_cast<std::int32_t*>(to));
      }
    }
  }

  // Scores of the rows in units of their queries' steps, and the largest of each.
  static void score(const Head& head, int rows, float* largest) {
    alignas(64) std::int32_t tile[kRows * kPanel];
    NarrowChunk<Tile::kChunk> chunk;
    chunk.rows = rows;
    V most[kRows];
    for (int r = 0; r < rows; ++r) {
      chunk.a[r] = reinterpret_cast<const char*>(head.queries + r * head.q_stride);
      most[r] = V(-1e30f);
    }
    const NarrowProduct product{1, 0, head.pairs, 0};
    const char* panel = head.packed_k;
    for (int key = 0; key < head.keys; key += kPanel, panel += head.pairs * kPanel * 4) {
      Tile::product(product, chunk, panel, tile);
      for (int half = 0; half < 2; ++half) {
        const int at = key + half * kLanes<V>;
        const V scale = load<V>(head.key_scale + at), addend = load<V>(head.key_addend + at);
        for (int r = 0; r < rows; ++r) {
          const Int sum = Int::load_unaligned(tile + r * kPanel + half * kLanes<V>);
          const V value = mul_add(xsimd::to_float(sum), scale, addend);
          value.store_unaligned(head.scores + r * head.key_stride + at);
          most[r] = xsimd::max(most[r], value);
        }
      }
    }
    for (int r = 0; r < rows; ++r) largest[r] = horizontal_max(most[r]);
  }

  // One row of scores to its weights; returns their sum.
  static float soften(const Head& head, int row, float largest, float factor) {
    const float* const scores = head.scores + row * head.key_stride;
    Half* const weights = head.weights + row * head.key_stride;
    const V scale(factor), offset(kLog2OfWeightSteps - largest * factor);
    V sum(0.0f);
    for (int key = 0; key < head.keys; key += kBlock) {
      const V first = quick_exp2(mul_add(load<V>(scores + key), scale, offset));
      const V second = quick_exp2(mul_add(load<V>(scores + key + kLanes<V>), scale, offset));
      sum = sum + (first + second);
      Simd::store_pairs(xsimd::nearbyint_as_int(first), xsimd::nearbyint_as_int(second),
                        reinterpret_cast<char*>(weights + key));
    }
    return horizontal_sum(sum);
  }

  // The rows' weights times the values, and that times `inverse`.
  static void add_up(const Head& head, int rows, const float* inverse, float* const* out) {
    alignas(64) std::int32_t tile[kRows * kPanel];
    alignas(64) float vector[kLanes<V>];
    const int dim = head.args.v_dim;
    const NarrowProduct product{1, 0, head.key_pairs, 0};
    NarrowChunk<Tile::kChunk> chunk;
    chunk.rows = rows;
    for (int r = 0; r < rows; ++r) {
      chunk.a[r] = reinterpret_cast<const char*>(head.weights + r * head.key_stride);
    }
    const char* panel = head.packed_v;
    for (int begin = 0; begin < dim; begin += kPanel, panel += head.key_pairs * kPanel * 4) {
      Tile::product(product, chunk, panel, tile);
      for (int c = begin; c < begin + kPanel && c < dim; c += kLanes<V>) {
        const V scale = load<V>(head.value_scale + c);
        for (int r = 0; r < rows; ++r) {
          const Int sum = Int::load_unaligned(tile + r * kPanel + c - begin);
          const V value = xsimd::to_float(sum) * (scale * V(inverse[r]));
          float* const to = out[r] + c;
          if (c + kLanes<V> <= dim) {
            value.store_unaligned(to);
            continue;
          }
          value.store_aligned(vector);
          for (int i = 0; c + i < dim; ++i) to[i] = vector[i];
        }
      }
    }
  }

  static void attend(const Head& head, const float* const* query, float* const* out, int rows) {
    // In powers of 2.
    const float scale = 1.44269504f / __builtin_sqrtf(static_cast<float>(head.args.q_dim));
    float step[kRows], largest[kRows], inverse[kRows];
    for (int r = 0; r < rows; ++r) {
      const float* const row = whole_vectors(query[r], head.args.q_dim, head.copy);
      step[r] = round_row(row, nullptr, head.args.q_dim, head.queries + r * head.q_stride);
      // Not 0, so that keys that are padding stay below the others.
      if (step[r] < 1e-20f) step[r] = 1e-20f;
    }
    score(head, rows, largest);
    for (int r = 0; r < rows; ++r) {
      inverse[r] = 1.0f / soften(head, r, largest[r], step[r] * scale);
    }
    add_up(head, rows, inverse, out);
  }

  // The share's board rows of one query head. q and out point at the head's channels of pixel 0.
  static void run_head(const Head& head, const float* q, float* out) {
    const AttentionArgs& args = head.args;
    const std::size_t q_stride = padded(args.heads * args.q_dim);
    const std::size_t out_stride = padded(args.heads * args.v_dim);
    const float* query[kRows];
    float* to[kRows];
    int rows = 0;
    for (int p = args.share.begin(args.pixels); p < args.share.end(args.pixels); ++p) {
      if (!on_board(head, p)) continue;
      query[rows] = q + p * q_stride;
      to[rows] = out + p * out_stride;
      if (++rows < kRows) continue;
      attend(head, query, to, rows);
      rows = 0;
    }
    if (rows > 0) attend(head, query, to, rows);
  }

  static void attention(const float* q, const float* k, const float* v, const AttentionArgs& args,
                        float* out, void* scratch) noexcept {
    const std::size_t q_stride = padded(args.heads * args.q_dim);
    const std::size_t k_stride = padded(args.kv_heads * args.q_dim);
    const std::size_t v_stride = padded(args.kv_heads * args.v_dim);
    const std::size_t out_stride = padded(args.heads * args.v_dim);
    const int begin = args.share.begin(args.pixels), end = args.share.end(args.pixels);
    char* const own =
        static_cast<char*>(scratch) + NarrowAttentionLayout(args).total() * args.share.part;
    for (int b = 0; b < args.n; ++b) {
      const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
      __builtin_memset(out + (first + begin) * out_stride, 0,
                       (end - begin) * out_stride * sizeof(float));
      const Head head = make_head(args, b, own);
      if (head.keys == 0) continue;
      for (int kv = 0; kv < args.kv_heads; ++kv) {
        pack_keys(head, k + first * k_stride + kv * args.q_dim, k_stride);
        pack_values(head, v + first * v_stride + kv * args.v_dim, v_stride);
        for (int h = 0; h < args.heads; ++h) {
          if (h * args.kv_heads / args.heads != kv) continue;
          run_head(head, q + first * q_stride + h * args.q_dim,
                   out + first * out_stride + h * args.v_dim);
        }
      }
    }
  }

  static constexpr NarrowAttentionKernel kKernel = {attention};
};

}  // namespace hayago::kernels
