// Winograd F(m x m, r x r), winograd_tiles.h. For a group of positions:
//   1. input transform: every tile of a*a pixels becomes one row of the a*a matrices U[t]
//      (tiles, c_in);
//   2. per panel of output channels: M[t] (tiles, width) = U[t] * W[panel][t], the weights being
//      streamed once per group;
//   3. output transform of the panel's M with the whole epilogue.
// Scratch: pointers of one tile, zeros (c_in), U, M of one panel. The matrices are one cache line
// further apart than their size, so that the a*a streams do not fall into the same cache sets.
#pragma once
#include "kernels/conv/kernel.h"
#include "kernels/conv/winograd_pack.h"
#include "kernels/conv/winograd_tiles.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/micro.h"
#include "kernels/cpu/panels.h"

namespace hayago::kernels {

template <class Target, class Tile>
struct WinogradBody {
  using V = typename Target::Vec;
  static constexpr int kOut = Tile::kOut, kIn = Tile::kIn, kProducts = kIn * kIn;
  static constexpr int kMaxRows = 12;
  // Weights of large layers come from memory once per group, so that U of a group may well fall out
  // of L2: 4 MB of it were faster than groups of one position at 96 and at 192 channels.
  static constexpr std::size_t kGroupFloats = 1024 * 1024;

  static bool supports(const ConvShape& s) {
    return s.ky == Tile::kKernel && s.kx == Tile::kKernel && s.c_in >= 8;
  }
  static std::size_t packed_size(const ConvShape& s) {
    return packed_panel_floats(kProducts, s.c_in, s.c_out);
  }
  static void pack(const BlockedConv& s, const float* weights, float* packed) {
    pack_winograd(s, weights, {kIn, Tile::kKernel, Tile::kPoints, kLanes<V>, panels_of(s)}, packed);
  }

  HAYAGO_INLINE static Split panels_of(const BlockedConv& s) {
    return split_panels(s.c_out, Target::kTile, s.blocking);
  }

  // Sizes of one call.
  struct Plan {
    int h, w, tiles_x, position_tiles;
    int group;                       // positions
    std::size_t in_stride;           // floats of a pixel
    std::size_t u_stride, m_stride;  // floats of a matrix

    HAYAGO_INLINE Plan(const BlockedConv& s, int n, int rows, int columns)
        : h(rows), w(columns), tiles_x((columns + kOut - 1) / kOut) {
      position_tiles = (rows + kOut - 1) / kOut * tiles_x;
      in_stride = padded(s.c_in);
      const std::size_t floats = kProducts * in_stride * position_tiles;
      group = floats >= kGroupFloats ? 1 : static_cast<int>(kGroupFloats / floats);
      if (s.blocking.positions > 0) group = s.blocking.positions;
      if (group > n) group = n;
      const std::size_t tiles = static_cast<std::size_t>(group) * position_tiles;
      const Split panels = panels_of(s);
      u_stride = tiles * in_stride + kChannelAlign;
      m_stride = tiles * panels.size(0) * kLanes<V> + kChannelAlign;
    }
  };

  // Zeros and U of one thread.
  static std::size_t part_floats(const Plan& plan) {
    return plan.in_stride + kProducts * plan.u_stride;
  }
  // Several threads keep the M of all panels.
  static std::size_t scratch_bytes(const BlockedConv& s, int n, int h, int w, int parts) {
    const Plan plan(s, n, h, w);
    const std::size_t panels = parts == 1 ? 1 : panels_of(s).parts;
    return (parts * part_floats(plan) + panels * kProducts * plan.m_stride) * sizeof(float);
  }

  // One tile whose first output pixel is (top, left): row `u` of every matrix.
  static void transform_input(const Plan& plan, const float* position, int top, int left,
                              const float* zeros, float* u) {
    const float* pixel[kIn][kIn];
    for (int i = 0; i < kIn; ++i) {
      for (int j = 0; j < kIn; ++j) {
        const int y = top + i - Tile::kKernel / 2, x = left + j - Tile::kKernel / 2;
        const bool inside = y >= 0 && y < plan.h && x >= 0 && x < plan.w;
        pixel[i][j] = inside ? position + (y * plan.w + x) * plan.in_stride : zeros;
      }
    }
    for (std::size_t c = 0; c < plan.in_stride; c += kLanes<V>) {
      V half[kIn][kIn];  // transformed along x
#pragma GCC unroll 8
      for (int i = 0; i < kIn; ++i) {
        V d[kIn];
#pragma GCC unroll 8
        for (int j = 0; j < kIn; ++j) d[j] = load<V>(pixel[i][j] + c);
        Tile::input(d, half[i]);
      }
#pragma GCC unroll 8
      for (int j = 0; j < kIn; ++j) {
        V d[kIn], out[kIn];
#pragma GCC unroll 8
        for (int i = 0; i < kIn; ++i) d[i] = half[i][j];
        Tile::input(d, out);
#pragma GCC unroll 8
        for (int i = 0; i < kIn; ++i) out[i].store_unaligned(u + (i * kIn + j) * plan.u_stride + c);
      }
    }
  }

  // M[t] = U[t] * W[t] for `count` t of one panel of `vectors` vectors. While a block
  // of weights is in use, the one after the next is on its way to L2 and the next rows are on their
  // way to L1.
  static void multiply(const ConvShape& s, const Plan& plan, int tiles, int count, const float* u,
                       const float* weights, int vectors, float* m) {
    const int width = vectors * kLanes<V>;
    const Split chunks = split_evenly(tiles, Target::kRows[vectors]);
    const Split blocks = split_evenly(s.c_in, kReductionBlock);
    const int step = (width + chunks.parts - 1) / chunks.parts;
    const auto in_stride = static_cast<std::ptrdiff_t>(plan.in_stride);
    for (int t = 0; t < count; ++t, u += plan.u_stride, m += plan.m_stride) {
      for (int k = 0; k < blocks.parts; ++k) {
        const int block = blocks.begin(k), depth = blocks.size(k);
        const std::ptrdiff_t last_chunk = chunks.begin(chunks.parts - 1) * in_stride;
        const std::ptrdiff_t after_block =
            (k + 1 < blocks.parts ? depth : static_cast<std::ptrdiff_t>(plan.u_stride) - block) -
            last_chunk;
        for (int i = 0; i < chunks.parts; ++i) {
          const int rows = chunks.size(i), first = chunks.begin(i);
          const float* a[kMaxRows];
          for (int r = 0; r < rows; ++r) a[r] = u + (first + r) * plan.in_stride + block;
          MicroArgs args = {a,    1, depth, weights, 0, m + static_cast<std::size_t>(first) * width,
                            width};
          args.weights_ahead = {weights + static_cast<std::size_t>(depth) * (2 * width + i * step),
                                step};
          args.rows_ahead = i + 1 < chunks.parts ? rows * in_stride : after_block;
          Target::micro(vectors, rows, k > 0)(args);
        }
        weights += static_cast<std::size_t>(depth) * width;
      }
    }
  }

  // Where one tile's outputs go.
  struct Target2d {
    std::size_t row;     // of its first pixel
    int rows, columns;   // pixels inside the board
    std::size_t stride;  // floats of an output pixel
    int c;               // first channel of the vector
    const float* row_bias;
  };

  template <Act kAct>
  HAYAGO_INLINE static void transform_output(const Plan& plan, const float* m, const Target2d& to,
                                             const Epilogue& e) {
    V half[kOut][kIn];  // transformed along y
#pragma GCC unroll 8
    for (int j = 0; j < kIn; ++j) {
      V d[kIn], out[kOut];
#pragma GCC unroll 8
      for (int i = 0; i < kIn; ++i) d[i] = load<V>(m + (i * kIn + j) * plan.m_stride);
      Tile::output(d, out);
#pragma GCC unroll 8
      for (int i = 0; i < kOut; ++i) half[i][j] = out[i];
    }
    for (int i = 0; i < to.rows; ++i) {
      V out[kOut];
      Tile::output(half[i], out);
      for (int j = 0; j < to.columns; ++j) {
        const std::size_t row = to.row + i * plan.w + j;
        finish<V, kAct>(e, row * to.stride + to.c, to.c, to.row_bias,
                        e.mask != nullptr ? e.mask[row] : 1.0f, out[j]);
      }
    }
  }

  // Tiles [begin, end) of the positions from `first` on, one panel beginning at channel c; m is
  // that of the first of them.
  template <Act kAct>
  static void finish_panel(const ConvShape& s, const Plan& plan, int first, int begin, int end,
                           int c, int vectors, const float* m, const Epilogue& e) {
    const int width = vectors * kLanes<V>;
    const std::size_t stride = padded(s.c_out);
    for (int i = begin; i < end; ++i, m += width) {
      const int b = first + i / plan.position_tiles, tile = i % plan.position_tiles;
      const int top = tile / plan.tiles_x * kOut, left = tile % plan.tiles_x * kOut;
      Target2d to;
      to.row = (static_cast<std::size_t>(b) * plan.h + top) * plan.w + left;
      to.rows = plan.h - top < kOut ? plan.h - top : kOut;
      to.columns = plan.w - left < kOut ? plan.w - left : kOut;
      to.stride = stride;
      for (int v = 0; v < vectors; ++v) {
        to.c = c + v * kLanes<V>;
        to.row_bias = e.row_bias != nullptr ? e.row_bias + b * stride + to.c : nullptr;
        transform_output<kAct>(plan, m + v * kLanes<V>, to, e);
      }
    }
  }

  // What all parts of one call share.
  struct Task {
    const BlockedConv& shape;
    const float* packed;
    const float* in;
    const Epilogue& epilogue;
    Plan plan;
    Split panels;

    HAYAGO_INLINE const float* panel_weights(int panel) const {
      return packed + static_cast<std::size_t>(kProducts) * shape.c_in * channel(panel);
    }
    HAYAGO_INLINE int channel(int panel) const { return panels.begin(panel) * kLanes<V>; }
  };

  // The first `tiles` tiles of the positions from `first` on.
  static void transform_tiles(const Task& task, int first, int tiles, const float* zeros,
                              float* u) {
    const Plan& plan = task.plan;
    for (int tile = 0; tile < tiles; ++tile) {
      const int b = first + tile / plan.position_tiles, i = tile % plan.position_tiles;
      transform_input(
          plan, task.in + static_cast<std::size_t>(b) * plan.h * plan.w * plan.in_stride,
          i / plan.tiles_x * kOut, i % plan.tiles_x * kOut, zeros, u + tile * plan.in_stride);
    }
  }

  template <Act kAct>
  static void run_alone(const Task& task, int n, float* zeros) {
    const Plan& plan = task.plan;
    float* const u = zeros + plan.in_stride;
    float* const m = zeros + part_floats(plan);
    for (std::size_t i = 0; i < plan.in_stride; ++i) zeros[i] = 0.0f;
    for (int first = 0; first < n; first += plan.group) {
      const int count = n - first < plan.group ? n - first : plan.group;
      const int tiles = count * plan.position_tiles;
      transform_tiles(task, first, tiles, zeros, u);
      for (int p = 0; p < task.panels.parts; ++p) {
        multiply(task.shape, plan, tiles, kProducts, u, task.panel_weights(p), task.panels.size(p),
                 m);
        finish_panel<kAct>(task.shape, plan, first, 0, tiles, task.channel(p), task.panels.size(p),
                           m, task.epilogue);
      }
    }
  }

  // Calls use(panel, begin, count) for this thread's part of all (panel, i), i < each.
  template <class Use>
  static void for_share(const Share& share, int panels, int each, const Use& use) {
    const int end = share.end(panels * each);
    for (int unit = share.begin(panels * each); unit < end;) {
      const int begin = unit % each, left = end - unit;
      const int some = each - begin < left ? each - begin : left;
      use(unit / each, begin, some);
      unit += some;
    }
  }

  // For every group of positions one phase for the products and one for what follows. Products are
  // shared out by panel and t, so that every weight goes to one core, and the finish by panel and
  // tile, mostly what the part has multiplied itself. Every part transforms all inputs: fetching
  // them from the cache of another core takes longer.
  template <Act kAct>
  static void run_share(const Task& task, int n, float* zeros, float* m, const Share& share) {
    const Plan& plan = task.plan;
    float* const u = zeros + plan.in_stride;
    const std::size_t panel_m = kProducts * plan.m_stride;
    const int panels = task.panels.parts, first = share.phase / 2 * plan.group;
    const int positions = n - first < plan.group ? n - first : plan.group;
    const int tiles = positions * plan.position_tiles;
    if (share.phase % 2 == 0) {
      for (std::size_t i = 0; i < plan.in_stride; ++i) zeros[i] = 0.0f;
      transform_tiles(task, first, tiles, zeros, u);
      for_share(share, panels, kProducts, [&](int p, int t, int count) {
        const std::size_t at = static_cast<std::size_t>(t) * task.shape.c_in * task.panels.size(p);
        multiply(task.shape, plan, tiles, count, u + t * plan.u_stride,
                 task.panel_weights(p) + at * kLanes<V>, task.panels.size(p),
                 m + p * panel_m + t * plan.m_stride);
      });
      return;
    }
    for_share(share, panels, tiles, [&](int p, int tile, int count) {
      const int vectors = task.panels.size(p);
      finish_panel<kAct>(task.shape, plan, first, tile, tile + count, task.channel(p), vectors,
                         m + p * panel_m + static_cast<std::size_t>(tile) * vectors * kLanes<V>,
                         task.epilogue);
    });
  }
  static int phases(const BlockedConv& s, int n, int h, int w, int parts) {
    if (parts == 1) return 1;
    const Plan plan(s, n, h, w);
    return 2 * ((n + plan.group - 1) / plan.group);
  }

  template <Act kAct>
  static void run_act(const Task& task, int n, float* scratch, const Share& share) {
    float* const zeros = scratch + share.part * part_floats(task.plan);
    if (share.parts == 1) {
      run_alone<kAct>(task, n, zeros);
    } else {
      run_share<kAct>(task, n, zeros, scratch + share.parts * part_floats(task.plan), share);
    }
  }

  static void run(const BlockedConv& shape, const float* packed, const float* in, int n, int h,
                  int w, const Epilogue& epilogue, void* scratch, const Share& share) noexcept {
    const Task task = {shape, packed, in, epilogue, Plan(shape, n, h, w), panels_of(shape)};
    using Run = void (*)(const Task&, int, float*, const Share&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(epilogue.act)](task, n, static_cast<float*>(scratch), share);
  }

  static constexpr ConvKernel kKernel = {Tile::kName, Target::kTile, supports, packed_size,
                                         pack,        scratch_bytes, phases,   run};
};

}  // namespace hayago::kernels
