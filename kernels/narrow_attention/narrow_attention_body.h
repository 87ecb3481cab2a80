// narrow_attention.h on tiles of dot products (kernels/narrow/dot_body.h). Off-board keys are left
// out. For one position and key/value head, keys and values are rounded and packed as the weights of
// two products; then for as many query rows as a tile has: scores, softmax, and weights times
// values. Weights have 16 bits: their upper and lower bytes are rows of the same product.
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
  static constexpr int kPanel = Tile::kPanel, kRows = Simd::kRows;
  // Keys whose weights are stored at once, so that packing them takes few instructions.
  static constexpr int kBlock = 4 * kLanes<V>;
  static_assert(kRows <= kNarrowAttentionRows && kRows % 2 == 0);

  // One position and key/value head. Pointers to activations are to the head's first channel.
  struct Head {
    const AttentionArgs& args;
    const float* mask;  // (P) or null
    int keys, key_groups, q_groups;
    std::size_t q_stride, key_stride, value_stride;
    float *mean, *copy;                             // (q_stride), (4 * value_stride or q_stride)
    float *key_scale, *key_addend;                  // (key_stride)
    float *value_scale, *value_inverse, *scores;    // (value_stride), (kRows, key_stride)
    std::int32_t *key_offset, *value_offset;        // what to add to the sums
    char *packed_k, *packed_v, *queries, *weights;  // weights: (2 * kRows, key_stride)
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
    Head head{args, nullptr, 0, 0, (args.q_dim + 3) / 4, layout.q_stride, layout.key_stride,
              layout.value_stride, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
              nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
    if (args.mask != nullptr) {
      head.mask = args.mask + static_cast<std::size_t>(position) * args.pixels;
    }
    for (int p = 0; p < args.pixels; ++p) head.keys += on_board(head, p) ? 1 : 0;
    head.key_groups = (head.keys + kBlock - 1) / kBlock * (kBlock / 4);
    head.mean = take<float>(at, head.q_stride);
    head.copy = take<float>(at, head.q_stride + 4 * head.value_stride);
    head.key_scale = take<float>(at, head.key_stride);
    head.key_addend = take<float>(at, head.key_stride);
    head.value_scale = take<float>(at, head.value_stride);
    head.value_inverse = take<float>(at, head.value_stride);
    head.scores = take<float>(at, kNarrowAttentionRows * head.key_stride);
    head.key_offset = take<std::int32_t>(at, head.key_stride);
    head.value_offset = take<std::int32_t>(at, head.value_stride);
    head.packed_k = take<char>(at, head.key_stride * head.q_stride);
    head.packed_v = take<char>(at, head.key_stride * head.value_stride);
    head.queries = take<char>(at, kNarrowAttentionRows * head.q_stride);
    head.weights = take<char>(at, 2 * kNarrowAttentionRows * head.key_stride);
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

  // row - mean (null = 0) as 128 + an integer of -127..127; returns what the integer's step is.
  // sum: of the bytes.
  HAYAGO_INLINE static float round_row(const float* row, const float* mean, int dim, char* to,
                                       Int& sum) {
    const auto value = [&](int d) {
      return mean == nullptr ? load<V>(row + d) : load<V>(row + d) - load<V>(mean + d);
    };
    V largest(0.0f);
    for (int d = 0; d < dim; d += kLanes<V>) largest = xsimd::max(largest, xsimd::abs(value(d)));
    const float most = horizontal_max(largest);
    const V inverse(most > 0 ? 127.0f / most : 0.0f);
    for (int d = 0; d < dim; d += kLanes<V>) {
      const auto bytes = u8_values<Simd>(value(d), inverse, V(128.0f));
      sum = sum + Int(bytes);
      Simd::store_bytes(bytes, to + d);
    }
    return most > 0 ? most / 127.0f : 0.0f;
  }

  // Panels of (q_groups, kPanel, 4 bytes).
  static void pack_keys(const Head& head, const float* k, std::size_t stride) {
    find_mean(head, k, stride);
    const std::size_t panel_bytes = static_cast<std::size_t>(head.q_groups) * kPanel * 4;
    char* const row = head.queries;  // not in use yet
    const int dim = head.args.q_dim, whole = (dim + kLanes<V> - 1) / kLanes<V> * kLanes<V>;
    for (std::size_t d = 0; d < head.q_stride; ++d) row[d] = static_cast<char>(128);
    int key = 0;
    for (int p = 0; p < head.args.pixels; ++p) {
      if (!on_board(head, p)) continue;
      Int sum(0);
      head.key_scale[key] = round_row(whole_vectors(k + p * stride, dim, head.copy), head.mean, dim,
                                      row, sum);
      head.key_addend[key] = 0.0f;
      char* to = head.packed_k + key / kPanel * panel_bytes + key % kPanel * 4;
      for (int g = 0; g < head.q_groups; ++g, to += kPanel * 4) {
        std::uint32_t group;
        __builtin_memcpy(&group, row + 4 * g, 4);
        group ^= 0x80808080u;  // to two's complement
        __builtin_memcpy(to, &group, 4);
      }
      const auto bytes = static_cast<std::int32_t>(horizontal_sum(xsimd::to_float(sum)));
      head.key_offset[key++] = (bytes - 128 * whole) * (Simd::kInputOffset - 128);
    }
    // Keys that fill the last block: weight 0 whatever the query.
    for (; key % kBlock != 0; ++key) {
      char* to = head.packed_k + key / kPanel * panel_bytes + key % kPanel * 4;
      for (int g = 0; g < head.q_groups; ++g, to += kPanel * 4) __builtin_memset(to, 0, 4);
      head.key_scale[key] = 0.0f;
      head.key_addend[key] = -1e30f;
      head.key_offset[key] = 0;
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
    for (std::size_t c = 0; c < head.value_stride; ++c) {
      const float most = head.value_scale[c];
      head.value_inverse[c] = most > 0 ? 127.0f / most : 0.0f;
      head.value_scale[c] = most / 127.0f;
    }
  }

  // Where a group of four keys is in the order of store_groups(): those of the block's first vector
  // are 0, 4, 8..., those of the second 1, 5, 9...
  static int place_of(int group) {
    constexpr int kPerVector = kLanes<V> / 4;
    const int block = group / kLanes<V> * kLanes<V>, in_block = group % kLanes<V>;
    return block + in_block % kPerVector * 4 + in_block / kPerVector;
  }

  // Panels of (key_groups, kPanel, 4 bytes).
  static void pack_values(const Head& head, const float* v, std::size_t stride) {
    find_value_scales(head, v, stride);
    const std::size_t panel_bytes = static_cast<std::size_t>(head.key_groups) * kPanel * 4;
    const int dim = head.args.v_dim;
    for (std::size_t c = 0; c < head.value_stride; c += kLanes<V>) {
      Int(0).store_unaligned(head.value_offset + c);
    }
    int p = 0;
    for (int group = 0; group < head.key_groups; ++group) {
      const float* rows[4];
      int count = 0;
      for (; count < 4 && p < head.args.pixels; ++p) {
        if (!on_board(head, p)) continue;
        rows[count] = whole_vectors(v + p * stride, dim, head.copy + count * head.value_stride);
        ++count;
      }
      for (int c = 0; c < static_cast<int>(head.value_stride); c += kLanes<V>) {
        Int word(0), sum = Int::load_unaligned(head.value_offset + c);
        for (int i = 0; i < count && c < dim; ++i) {
          const Int q =
              xsimd::nearbyint_as_int(load<V>(rows[i] + c) * load<V>(head.value_inverse + c));
          sum = sum + q;
          word = word | ((q & Int(255)) << (8 * i));
        }
        sum.store_unaligned(head.value_offset + c);
        char* const to = head.packed_v + c / kPanel * panel_bytes +
                         (static_cast<std::size_t>(place_of(group)) * kPanel + c % kPanel) * 4;
        word.store_unaligned(reinterpret_cast<std::int32_t*>(to));
      }
    }
    for (std::size_t c = 0; c < head.value_stride; ++c) head.value_offset[c] *= Simd::kInputOffset;
  }

  // Scores of the rows in units of their queries' steps, and the largest of each.
  static void score(const Head& head, int rows, float* largest) {
    alignas(64) std::int32_t tile[kRows * kPanel];
    NarrowChunk<Tile::kChunk> chunk;
    chunk.rows = rows;
    V most[kRows];
    for (int r = 0; r < rows; ++r) {
      chunk.a[r] = head.queries + r * head.q_stride;
      most[r] = V(-1e30f);
    }
    const NarrowProduct product{1, 0, head.q_groups, 0};
    const char* panel = head.packed_k;
    for (int key = 0; key < 4 * head.key_groups; key += kPanel, panel += head.q_groups * kPanel * 4) {
      Tile::product(product, chunk, panel, tile);
      for (int half = 0; half < 2; ++half) {
        const int at = key + half * kLanes<V>;
        const V scale = load<V>(head.key_scale + at), addend = load<V>(head.key_addend + at);
        const Int offset = Int::load_unaligned(head.key_offset + at);
        for (int r = 0; r < rows; ++r) {
          const Int sum = Int::load_unaligned(tile + r * kPanel + half * kLanes<V>) + offset;
          const V value = mul_add(xsimd::to_float(sum), scale, addend);
          value.store_unaligned(head.scores + r * head.key_stride + at);
          most[r] = xsimd::max(most[r], value);
        }
      }
    }
    for (int r = 0; r < rows; ++r) largest[r] = horizontal_max(most[r]);
  }

  // One row of scores to both bytes of its weights; returns the weights' sum.
  static float soften(const Head& head, int row, float largest, float factor) {
    const float* const scores = head.scores + row * head.key_stride;
    char* const upper = head.weights + 2 * row * head.key_stride;
    char* const lower = upper + head.key_stride;
    const V scale(factor), offset(kLog2OfWeightSteps - largest * factor);
    V sum(0.0f);
    for (int key = 0; key < head.keys; key += kBlock) {
      Int steps[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        const V score = load<V>(scores + key + i * kLanes<V>);
        const V weight = quick_exp2(mul_add(score, scale, offset));
        sum = sum + weight;
        steps[i] = xsimd::nearbyint_as_int(weight);
      }
      Simd::store_groups(steps[0] >> 8, steps[1] >> 8, steps[2] >> 8, steps[3] >> 8, upper + key);
      const Int low(255);
      Simd::store_groups(steps[0] & low, steps[1] & low, steps[2] & low, steps[3] & low,
                         lower + key);
    }
    return horizontal_sum(sum);
  }

  // Sums of weights times values, for `rows` rows with the upper and lower bytes of two kRows / 2.
  static void add_up(const Head& head, int rows, const float* inverse, float* const* out) {
    alignas(64) std::int32_t tile[kRows * kPanel];
    alignas(64) float vector[kLanes<V>];
    const int dim = head.args.v_dim;
    const NarrowProduct product{1, 0, head.key_groups, 0};
    NarrowChunk<Tile::kChunk> chunk;
    for (int first = 0; first < rows; first += kRows / 2) {
      const int count = rows - first < kRows / 2 ? rows - first : kRows / 2;
      chunk.rows = 2 * count;
      for (int r = 0; r < chunk.rows; ++r) {
        chunk.a[r] = head.weights + (2 * first + r) * head.key_stride;
      }
      const char* panel = head.packed_v;
      for (int begin = 0; begin < dim; begin += kPanel, panel += head.key_groups * kPanel * 4) {
        Tile::product(product, chunk, panel, tile);
        for (int c = begin; c < begin + kPanel && c < dim; c += kLanes<V>) {
          const Int offset = Int::load_unaligned(head.value_offset + c);
          const V scale = load<V>(head.value_scale + c);
          for (int r = 0; r < count; ++r) {
            const std::int32_t* const sums = tile + 2 * r * kPanel + c - begin;
            const V upper = xsimd::to_float(Int::load_unaligned(sums) + offset);
            const V lower = xsimd::to_float(Int::load_unaligned(sums + kPanel) + offset);
            const V value = mul_add(upper, V(256.0f), lower) * (scale * V(inverse[first + r]));
            float* const to = out[first + r] + c;
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
  }

  static void attend(const Head& head, const float* const* query, float* const* out, int rows) {
    // In powers of 2.
    const float scale = 1.44269504f / __builtin_sqrtf(static_cast<float>(head.args.q_dim));
    float step[kRows], largest[kRows], inverse[kRows];
    for (int r = 0; r < rows; ++r) {
      const float* const row = whole_vectors(query[r], head.args.q_dim, head.copy);
      Int sum(0);
      step[r] = round_row(row, nullptr, head.args.q_dim, head.queries + r * head.q_stride, sum);
      // Not 0, so that keys that are padding stay below the others.
      if (step[r] < 1e-20f) step[r] = 1e-20f;
    }
    score(head, rows, largest);
    for (int r = 0; r < rows; ++r) {
      inverse[r] = 1.0f / soften(head, r, largest[r], step[r] * scale);
    }
    add_up(head, rows, inverse, out);
  }

  // The share's board rows of one query head.
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
