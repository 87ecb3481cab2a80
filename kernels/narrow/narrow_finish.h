// From a tile of sums to the outputs of its pixels: the epilogue of kernels/types.h and the
// rounding of narrow outputs. Loops: vector of channels > pixel, so that what belongs to a channel
// is loaded once for all pixels of the tile.
#pragma once
#include "kernels/cpu/epilogue.h"
#include "kernels/narrow/to_narrow_body.h"

namespace hayago::kernels {

// A chunk of pixels: where its rows begin in the input, and where its results belong.
template <int kMax>
struct NarrowChunk {
  int rows = 0;
  const char* first = nullptr;  // under the first kernel row
  const char* a[kMax];          // of every row; not filled for raster chunks
  int dense[kMax];              // index on the board, -1 for an empty pixel
  int bordered[kMax];
};

template <class Target>
struct NarrowFinish {
  using V = typename Target::Vec;
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  using Chunk = NarrowChunk<Target::kChunk>;
  using Writer = NarrowWriter<Target>;
  static constexpr int kPanel = Target::kPanel;
  static constexpr bool kBytes = Target::kType == NarrowType::kU8;

  Epilogue e;
  Writer writer;
  const std::int32_t* correction;
  const float* multiplier;
  bool narrow, split;
  int pixels;
  std::size_t stride;

  HAYAGO_INLINE NarrowFinish(const NarrowShape& shape, const NarrowRun& run,
                             const Epilogue& epilogue)
      : e(epilogue),
        writer({run.narrow_out.type, shape.c_out + run.narrow_out.as.fine_count, run.h, run.w},
               run.narrow_out.as, run.narrow_out.data),
        correction(run.correction),
        multiplier(run.multiplier),
        narrow(run.narrow_out.data != nullptr),
        split(narrow && writer.fine_count > 0),
        pixels(run.h * run.w),
        stride(padded(shape.c_out)) {}

  // The pixels of a chunk that are on the board.
  struct Rows {
    int count = 0;
    const std::int32_t* tile[Target::kChunk];
    std::size_t at[Target::kChunk];  // of the first channel, in tensors of floats
    float mask[Target::kChunk];
    char* to[Target::kChunk];  // narrow pixels
  };

  HAYAGO_INLINE Rows rows_of(const Chunk& chunk, int position, const std::int32_t* tile) const {
    Rows rows;
    for (int r = 0; r < chunk.rows; ++r) {
      if (chunk.dense[r] < 0) continue;
      const std::size_t row = static_cast<std::size_t>(position) * pixels + chunk.dense[r];
      rows.tile[rows.count] = tile + r * kPanel;
      rows.at[rows.count] = row * stride;
      rows.mask[rows.count] = e.mask != nullptr ? e.mask[row] : 1.0f;
      rows.to[rows.count] = narrow ? writer.pixel(position, chunk.bordered[r]) : nullptr;
      ++rows.count;
    }
    return rows;
  }

  HAYAGO_INLINE static V load_or(const float* p, int c, float otherwise) {
    return p != nullptr ? load<V>(p + c) : V(otherwise);
  }

  // Channels [c, c + lanes) of all rows, the tile's from `column` on. kPlain: nobody adds to or
  // reads the raw sums. left: for the rests of fine channels, (rows, kPanel).
  template <Act kAct, bool kPlain>
  HAYAGO_INLINE void vector(const Rows& rows, int position, int c, int column, char* left) const {
    const float* const row_bias = e.row_bias != nullptr ? e.row_bias + position * stride : nullptr;
    const V factor = load_or(kBytes ? multiplier : nullptr, c, 1.0f);
    const V bias = load_or(e.bias, c, 0.0f) + load_or(row_bias, c, 0.0f);
    const V scale = load_or(e.scale, c, 1.0f), shift = load_or(e.shift, c, 0.0f);
    const V inverse = writer.inverse_of(c);
    const V addend = split ? load<V>(writer.addend + c) : writer.zero;
    Int offset(0);
    if constexpr (kBytes) offset = Int::load_unaligned(correction + c);
    for (int r = 0; r < rows.count; ++r) {
      V v;
      if constexpr (kBytes) {
        v = xsimd::to_float(Int::load_unaligned(rows.tile[r] + column) + offset) * factor;
      } else {
        v = load<V>(reinterpret_cast<const float*>(rows.tile[r]) + column);
      }
      const float mask = rows.mask[r];
      const std::size_t at = rows.at[r] + c;
      if constexpr (!kPlain) {
        if (e.mask_acc) v = v * V(mask);
      }
      v = v + bias;
      if constexpr (!kPlain) {
        if (e.residual != nullptr) v = v + load<V>(e.residual + at);
        if (e.raw_out != nullptr) v.store_unaligned(e.raw_out + at);
        if (e.act_out == nullptr && !narrow) continue;
      }
      v = mask == 0.0f ? V(0.0f) : quick_activate<V, kAct>(mul_add(scale, v, shift));
      if (e.act_out != nullptr) v.store_unaligned(e.act_out + at);
      if (split) {
        writer.store_split(rows.to[r], c, v, inverse, addend, left + r * kPanel + column);
      } else if (narrow) {
        writer.store(rows.to[r], c, v, inverse);
      }
    }
  }

  // Channels [first, end), a panel of them. By value: as far as the compiler knows, stores of bytes
  // could change anything that others see.
  template <Act kAct>
  static void run(NarrowFinish finish, const Chunk& chunk, int position, const std::int32_t* tile,
                  int first, int end) {
    finish.panel<kAct>(chunk, position, tile, first, end);
  }

 private:
  template <Act kAct>
  HAYAGO_INLINE void panel(const Chunk& chunk, int position, const std::int32_t* tile, int first,
                           int end) const {
    const Rows rows = rows_of(chunk, position, tile);
    alignas(64) char left[Target::kChunk * kPanel];
    const bool plain = !e.mask_acc && e.residual == nullptr && e.raw_out == nullptr;
    for (int c = first; c < end; c += kLanes<V>) {
      if (plain) {
        vector<kAct, true>(rows, position, c, c - first, left);
      } else {
        vector<kAct, false>(rows, position, c, c - first, left);
      }
    }
    const int fine_begin = split ? writer.first_fine(first) : 0;
    const int fine_end = split ? writer.first_fine(end) : 0;
    for (int r = 0; r < rows.count; ++r) {
      writer.store_fine(rows.to[r], fine_begin, fine_end, left + r * kPanel, first);
      if (narrow && end == static_cast<int>(stride)) writer.fill_rest(rows.to[r]);
    }
  }
};

// One vector of channels of one pixel: the epilogue, stores, and bytes or halves where `to`, the
// pixel of the narrow output, is not null. `left`: of a tensor with fine channels, else null.
template <class Target, Act kAct, class V>
HAYAGO_INLINE void finish_narrow(const Epilogue& e, const NarrowWriter<Target>& writer, char* to,
                                 std::size_t at, int c, const float* row_bias, float mask, V v,
                                 char* left) {
  v = finish_raw(e, at, c, row_bias, mask, v);
  if (e.act_out == nullptr && to == nullptr) return;
  v = mask == 0.0f ? V(0.0f) : quick_activate<V, kAct>(finish_norm(e, c, v));
  if (e.act_out != nullptr) v.store_unaligned(e.act_out + at);
  if (to == nullptr) return;
  const V factor = writer.inverse_of(c);
  if (left != nullptr) {
    writer.store_split(to, c, v, factor, load<V>(writer.addend + c), left);
  } else {
    writer.store(to, c, v, factor);
  }
}

}  // namespace hayago::kernels
