// Winograd F(m x m, 3 x 3) of bytes (narrow.h), for blocks of tiles that stay in a core's caches:
//   1. input transform in 16-bit integers; the words of product t become bytes again, one row of
//      the matrix U[t] (tiles, pixel_bytes);
//   2. per panel of output channels: M[t] (tiles, kPanel) = U[t] * W[t][panel], 32-bit sums;
//   3. output transform of the panel's M in float, with the epilogue and the narrow output.
// Threads share the tiles. Scratch of each: U, M. Their matrices are a cache line further apart
// than their size, so that the a*a streams do not fall into the same cache sets.
#pragma once
#include "kernels/narrow/narrow_body.h"
#include "kernels/narrow/winograd_forms.h"

namespace hayago::kernels {

template <class Target, class Tile>
struct NarrowWinogradBody {
  using V = typename Target::Vec;
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  using Words = typename Target::Words;
  static constexpr int kOut = Tile::kOut, kIn = Tile::kIn, kProducts = kIn * kIn;
  static constexpr int kWords = sizeof(Words) / sizeof(std::int16_t);
  static constexpr int kPanel = Target::kPanel;
  static constexpr NarrowPacking kPacking = {kPanel, Target::kGroupAlign};
  // From 12 to 48 made no difference that could be measured (avx512vnni, 96 and 192 channels).
  static constexpr int kBlockTiles = 36;
  static constexpr WinogradForm kForm = {kOut, kIn, Tile::kPoints};

  HAYAGO_INLINE static NarrowShape product_shape(const NarrowShape& s) {
    return {s.type, 1, s.c_in, s.c_out};
  }
  HAYAGO_INLINE static std::size_t matrix_bytes(const NarrowShape& s) {
    return kPacking.panels(s) * kPacking.panel_bytes(product_shape(s));
  }
  static std::size_t packed_bytes(const NarrowShape& s) { return kProducts * matrix_bytes(s); }
  static void pack(const NarrowShape& s, const void* weights, void* packed) {
    const std::size_t matrix = static_cast<std::size_t>(s.c_in) * s.c_out;
    for (int t = 0; t < kProducts; ++t) {
      pack_narrow(product_shape(s), kPacking, static_cast<const char*>(weights) + t * matrix,
                  static_cast<char*>(packed) + t * matrix_bytes(s));
    }
  }

  static constexpr std::size_t kLineBytes = kByteAlign;
  HAYAGO_INLINE static std::size_t u_stride(const NarrowShape& s) {
    return static_cast<std::size_t>(kBlockTiles) *
               NarrowLayout{s.type, s.c_in, 1, 1}.pixel_bytes() +
           kLineBytes;
  }
  static constexpr std::size_t kMStride = kBlockTiles * kPanel * 4 + kLineBytes;
  HAYAGO_INLINE static std::size_t part_bytes(const NarrowShape& s) {
    return kProducts * (u_stride(s) + kMStride);
  }
  static std::size_t scratch_bytes(const NarrowShape& s, int parts) {
    return static_cast<std::size_t>(parts) * part_bytes(s);
  }

  struct Task {
    const NarrowShape& shape;
    const NarrowRun& run;
    const Epilogue& epilogue;
    NarrowLayout in;
    NarrowWriter<Target> writer;
    int tiles_x, position_tiles;
    std::size_t u_stride;
    char *u, *m;

    HAYAGO_INLINE Task(const NarrowShape& s, const NarrowRun& r, const Epilogue& e)
        : shape(s),
          run(r),
          epilogue(e),
          in{s.type, s.c_in, r.h, r.w},
          writer({r.narrow_out.type, s.c_out + r.narrow_out.as.fine_count, r.h, r.w},
                 r.narrow_out.as, r.narrow_out.data),
          tiles_x((r.w + kOut - 1) / kOut),
          position_tiles((r.h + kOut - 1) / kOut * tiles_x),
          u_stride(NarrowWinogradBody::u_stride(s)),
          u(static_cast<char*>(r.scratch) + r.share.part * part_bytes(s)),
          m(u + kProducts * u_stride) {}
  };

  // One of all tiles of the batch.
  struct Place {
    int position, top, left;
    HAYAGO_INLINE Place(const Task& task, int tile)
        : position(tile / task.position_tiles),
          top(tile % task.position_tiles / task.tiles_x * kOut),
          left(tile % task.tiles_x * kOut) {}
  };

  // Pixels beyond the tensor's border are taken from the border, which stands for zeros.
  HAYAGO_INLINE static void find_pixels(const Task& task, const Place& at,
                                        const char* (&pixel)[kIn][kIn]) {
    const char* const base =
        static_cast<const char*>(task.run.in) + at.position * task.in.position_bytes();
    for (int i = 0; i < kIn; ++i) {
      for (int j = 0; j < kIn; ++j) {
        const int y = at.top + i - 1, x = at.left + j - 1;
        const bool inside = y < task.run.h && x < task.run.w;
        const int index = inside ? task.in.pixel(y, x) : 0;
        pixel[i][j] = base + static_cast<std::ptrdiff_t>(index) * task.in.pixel_bytes();
      }
    }
  }

  static void transform_input(const Task& task, const Place& at, char* u) {
    const char* pixel[kIn][kIn];
    find_pixels(task, at, pixel);
    const WinogradBytes& bytes = task.run.winograd;
    const auto constant = static_cast<std::int16_t>(Tile::kOfConstant * bytes.input_zero);
    for (int c = 0; c < task.in.pixel_bytes(); c += kWords) {
      Words half[kIn][kIn];  // transformed along x
#pragma GCC unroll 8
      for (int i = 0; i < kIn; ++i) {
        Words d[kIn];
#pragma GCC unroll 8
        for (int j = 0; j < kIn; ++j) d[j] = Target::load_words(pixel[i][j] + c);
        Tile::input(d, half[i]);
      }
#pragma GCC unroll 8
      for (int j = 0; j < kIn; ++j) {
        Words d[kIn], out[kIn];
#pragma GCC unroll 8
        for (int i = 0; i < kIn; ++i) d[i] = half[i][j];
        Tile::input(d, out);
#pragma GCC unroll 8
        for (int i = 0; i < kIn; ++i) {
          const int t = i * kIn + j;
          if (t == kConstantProduct<Tile>) out[i] = out[i] - constant;
          const Words scaled = Target::scaled(out[i], Words{} + bytes.factors[t]);
          Target::store_words(scaled + bytes.zeros[t], u + t * task.u_stride + c);
        }
      }
    }
  }

  // M of the block's tiles for one panel.
  static void multiply(const Task& task, int tiles, int panel) {
    const NarrowShape shape = product_shape(task.shape);
    const NarrowProduct product = {1, 0, kPacking.groups(shape), task.in.pixel_bytes()};
    const std::size_t panel_bytes = kPacking.panel_bytes(shape), matrix = matrix_bytes(task.shape);
    const char* weights = static_cast<const char*>(task.run.packed) + panel * panel_bytes;
    const Split chunks = split_evenly(tiles, Target::kChunk);
    NarrowChunk<Target::kChunk> chunk;
    for (int t = 0; t < kProducts; ++t, weights += matrix) {
      for (int i = 0; i < chunks.parts; ++i) {
        const char* const first =
            task.u + t * task.u_stride +
            static_cast<std::ptrdiff_t>(chunks.begin(i)) * task.in.pixel_bytes();
        chunk.rows = chunks.size(i);
        for (int r = 0; r < chunk.rows; ++r) chunk.a[r] = first + r * task.in.pixel_bytes();
        Target::product(product, chunk, weights,
                        task.m + t * kMStride + chunks.begin(i) * kPanel * 4);
      }
    }
  }

  // Fine channels [begin, end) of the narrow output, those of a vector of channels.
  struct Fine {
    int begin = 0, end = 0;
  };

  // Channels [c, c + lanes) of one tile's outputs; m is that of product 0.
  template <Act kAct>
  HAYAGO_INLINE static void transform_output(const Task& task, const Place& at, const char* m,
                                             int c, const Fine& fine, bool last) {
    const std::size_t stride = padded(task.shape.c_out);
    V half[kOut][kIn];  // transformed along y
#pragma GCC unroll 8
    for (int j = 0; j < kIn; ++j) {
      V d[kIn], out[kOut];
#pragma GCC unroll 8
      for (int i = 0; i < kIn; ++i) {
        const int t = i * kIn + j;
        const Int sum =
            Int::load_unaligned(reinterpret_cast<const std::int32_t*>(m + t * kMStride)) +
            Int::load_unaligned(task.run.correction + t * stride + c);
        d[i] = xsimd::to_float(sum) * load<V>(task.run.multiplier + t * stride + c);
      }
      Tile::output(d, out);
#pragma GCC unroll 8
      for (int i = 0; i < kOut; ++i) half[i][j] = out[i];
    }
    const Epilogue& e = task.epilogue;
    const float* row_bias = e.row_bias != nullptr ? e.row_bias + at.position * stride + c : nullptr;
    alignas(64) char left[kLanes<V>];
    const bool split = task.writer.fine_count > 0;
    for (int i = 0; i < kOut && at.top + i < task.run.h; ++i) {
      V out[kOut];
      Tile::output(half[i], out);
      for (int j = 0; j < kOut && at.left + j < task.run.w; ++j) {
        const int y = at.top + i, x = at.left + j;
        const std::size_t row =
            (static_cast<std::size_t>(at.position) * task.run.h + y) * task.run.w + x;
        char* const to = task.run.narrow_out.data != nullptr
                             ? task.writer.pixel(at.position, task.writer.layout.pixel(y, x))
                             : nullptr;
        finish_narrow<Target, kAct>(e, task.writer, to, row * stride + c, c, row_bias,
                                    e.mask != nullptr ? e.mask[row] : 1.0f, out[j],
                                    split ? left : nullptr);
        if (to != nullptr && split) task.writer.store_fine(to, fine.begin, fine.end, left, c);
        if (to != nullptr && last) task.writer.fill_rest(to);
      }
    }
  }

  template <Act kAct>
  static void finish(const Task& task, int first, int tiles, int panel) {
    const int channels = padded(task.shape.c_out), begin = panel * kPanel;
    const int end = begin + kPanel < channels ? begin + kPanel : channels;
    Fine fine[kPanel / kLanes<V>];
    for (int c = begin, v = 0; c < end; c += kLanes<V>, ++v) {
      fine[v] = {task.writer.first_fine(c), task.writer.first_fine(c + kLanes<V>)};
    }
    for (int i = 0; i < tiles; ++i) {
      const Place at(task, first + i);
      const char* const m = task.m + i * kPanel * 4;
      for (int c = begin, v = 0; c < end; c += kLanes<V>, ++v) {
        transform_output<kAct>(task, at, m + (c - begin) * 4, c, fine[v],
                               c + kLanes<V> == channels);
      }
    }
  }

  template <Act kAct>
  static void run_act(const Task& task) {
    const Share& share = task.run.share;
    if (share.is_first() && task.run.narrow_out.data != nullptr) {
      for (int b = 0; b < task.run.n; ++b) task.writer.fill_border(b);
    }
    const int tiles = task.run.n * task.position_tiles, begin = share.begin(tiles);
    if (share.end(tiles) == begin) return;
    const Split blocks = split_evenly(share.end(tiles) - begin, kBlockTiles);
    for (int block = 0; block < blocks.parts; ++block) {
      const int first = begin + blocks.begin(block), count = blocks.size(block);
      for (int i = 0; i < count; ++i) {
        transform_input(task, Place(task, first + i), task.u + i * task.in.pixel_bytes());
      }
      for (int panel = 0; panel < kPacking.panels(task.shape); ++panel) {
        multiply(task, count, panel);
        finish<kAct>(task, first, count, panel);
      }
    }
  }

  static void run(const NarrowShape& shape, const NarrowRun& run,
                  const Epilogue& epilogue) noexcept {
    using Run = void (*)(const Task&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(epilogue.act)](Task(shape, run, epilogue));
  }

  static constexpr NarrowKernel kKernel = {Tile::kName,          NarrowType::kU8,
                                           Target::kInputOffset, &kForm,
                                           packed_bytes,         pack,
                                           scratch_bytes,        run,
                                           to_narrow<Target>};
};

}  // namespace hayago::kernels
