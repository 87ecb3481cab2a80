// The loops around a tile of narrow products, for any target that provides
//   Vec, kType, kChunk rows, kPanel outputs, kGroupAlign, kInputOffset,
//   kRaster: whether a chunk is consecutive bordered pixels (empty ones are thrown away) or only
//            pixels of the board,
//   begin(), end() around a call, kStoresF16 and the stores of narrow elements,
//   product(): one chunk times one panel into a tile of 4-byte sums (kChunk, kPanel).
// Loops: group of panels whose weights stay in L2 > position > chunk of pixels > panel; the inputs
// of a chunk stay in L1.
#pragma once
#include "kernels/cpu/panels.h"
#include "kernels/narrow/kernel.h"
#include "kernels/narrow/narrow_finish.h"
#include "kernels/narrow/narrow_pack.h"

namespace hayago::kernels {

// The matrices that a tile function multiplies.
struct NarrowProduct {
  int taps;                  // kernel rows
  std::ptrdiff_t tap_bytes;  // from one kernel row's inputs to the next one's
  int groups;                // under a kernel row (narrow_pack.h)
  std::ptrdiff_t pixel_bytes;
};

template <class Target>
struct NarrowBody {
  using V = typename Target::Vec;
  using Int = xsimd::batch<std::int32_t, typename V::arch_type>;
  using Chunk = NarrowChunk<Target::kChunk>;
  static constexpr NarrowPacking kPacking = {Target::kPanel, Target::kGroupAlign};
  static constexpr std::size_t kPanelGroupBytes = 768 * 1024;

  static std::size_t packed_bytes(const NarrowShape& s) {
    return static_cast<std::size_t>(kPacking.panels(s)) * kPacking.panel_bytes(s);
  }
  static void pack(const NarrowShape& s, const void* weights, void* packed) {
    pack_narrow(s, kPacking, weights, packed);
  }

  static std::size_t scratch_bytes(const NarrowShape&, int) { return 0; }

  struct Task {
    const NarrowShape& shape;
    const NarrowRun& run;
    NarrowLayout in;
    NarrowProduct product;
    NarrowFinish<Target> finish;

    HAYAGO_INLINE Task(const NarrowShape& s, const NarrowRun& r, const Epilogue& e)
        : shape(s),
          run(r),
          in{s.type, s.c_in, r.h, r.w},
          product{s.k, static_cast<std::ptrdiff_t>(in.row_pixels()) * in.pixel_bytes(),
                  kPacking.groups(s), in.pixel_bytes()},
          finish(s, r, e) {}
    // Pixels that chunks count.
    HAYAGO_INLINE int pixels() const { return run.h * (Target::kRaster ? run.w + 1 : run.w); }
  };

  static void fill_chunk(const Task& task, int position, int begin, int rows, Chunk& chunk) {
    const int width = Target::kRaster ? task.run.w + 1 : task.run.w;
    const int corner = task.shape.k / 2;
    const char* const base =
        static_cast<const char*>(task.run.in) + position * task.in.position_bytes();
    chunk.rows = rows;
    int y = begin / width, x = begin % width;
    for (int r = 0; r < rows; ++r) {
      chunk.dense[r] = x < task.run.w && y < task.run.h ? y * task.run.w + x : -1;
      chunk.bordered[r] = task.in.pixel(y, x);
      const char* const a =
          base + static_cast<std::ptrdiff_t>(task.in.pixel(y - corner, x - corner)) *
                     task.in.pixel_bytes();
      if (r == 0) chunk.first = a;
      if constexpr (!Target::kRaster) chunk.a[r] = a;
      if (++x < width) continue;
      x = 0;
      ++y;
    }
  }

  template <Act kAct>
  static void run_panels(const Task& task, int begin, int end, int position) {
    alignas(64) std::int32_t tile[Target::kChunk * Target::kPanel];
    const int channels = padded(task.shape.c_out), pixels = task.pixels();
    const char* const packed = static_cast<const char*>(task.run.packed);
    Chunk chunk;
    // Whole tiles for matrix units, equal pieces for registers.
    const Split chunks =
        Target::kRaster ? Split{(pixels + Target::kChunk - 1) / Target::kChunk, Target::kChunk, 0}
                        : split_evenly(pixels, Target::kChunk);
    const Share& share = task.run.share;
    for (int i = share.begin(chunks.parts); i < share.end(chunks.parts); ++i) {
      fill_chunk(task, position, chunks.begin(i), chunks.size(i), chunk);
      for (int panel = begin; panel < end; ++panel) {
        const int first = panel * Target::kPanel;
        const int last = first + Target::kPanel < channels ? first + Target::kPanel : channels;
        Target::product(task.product, chunk, packed + panel * kPacking.panel_bytes(task.shape),
                        tile);
        NarrowFinish<Target>::template run<kAct>(task.finish, chunk, position, tile, first, last);
      }
    }
  }

  template <Act kAct>
  static void run_act(const Task& task) {
    const int panels = kPacking.panels(task.shape);
    const int fitting = static_cast<int>(kPanelGroupBytes / kPacking.panel_bytes(task.shape));
    const Split groups = split_evenly(panels, fitting < 1 ? 1 : fitting);
    for (int g = 0; g < groups.parts; ++g) {
      for (int b = 0; b < task.run.n; ++b) {
        const bool borders = g == 0 && task.run.share.is_first();
        if (borders && task.run.narrow_out.data != nullptr) task.finish.writer.fill_border(b);
        run_panels<kAct>(task, groups.begin(g), groups.begin(g) + groups.size(g), b);
      }
    }
  }

  static void run(const NarrowShape& shape, const NarrowRun& run,
                  const Epilogue& epilogue) noexcept {
    using Run = void (*)(const Task&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    const Task task(shape, run, epilogue);
    Target::begin();
    kByAct[static_cast<int>(epilogue.act)](task);
    Target::end();
  }

  static constexpr NarrowKernel kKernel = {
      Target::kAlgorithm, Target::kType, Target::kInputOffset, nullptr, packed_bytes, pack,
      scratch_bytes,      run,           to_narrow<Target>};
};

}  // namespace hayago::kernels
