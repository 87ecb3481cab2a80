// acc(row, o) = sum_i in[row][i] * w[i][o], then the epilogue.
// Loops: panel of output channels > group of rows > block of c_in > chunk of rows. A block of the
// panel's weights (at most 32 KB) stays in L1 while the group's chunks pass by; the group's
// sums (27 KB) wait between blocks in a buffer on the stack, or where they belong if nothing else
// is done to them.
#pragma once
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/micro.h"
#include "kernels/cpu/panels.h"
#include "kernels/gemm/kernel.h"

namespace hayago::kernels {

template <class Target>
struct GemmBody {
  using V = typename Target::Vec;
  // Whole chunks of 12, 9, 6 and 4 rows. Half as many cost 2 % of the speed.
  static constexpr int kGroupRows = 108;
  static constexpr int kMaxRows = 12;
  static constexpr int kMaxWidth = Target::kMaxVectors * kLanes<V>;

  static std::size_t packed_size(const GemmShape& s) {
    return packed_panel_floats(1, s.c_in, s.c_out);
  }
  static void pack(const GemmShape& s, const float* weights, float* packed) {
    pack_panels(weights, 1, s.c_in, s.c_out, kLanes<V>,
                split_panels(s.c_out, Target::kTile, s.blocking), packed);
  }

  struct Panel {
    const float* weights;  // (c_in, width)
    int first, vectors;    // first output channel
  };

  // What all parts of one call share.
  struct Task {
    const float* in;
    int c_in, c_out, rows_per_position;
    Split panels;
    const Epilogue& epilogue;
  };

  // The part of what finish_rows() will touch that is due in block k of `blocks`.
  static void fetch_outputs(const Task& task, int first_row, int rows, const Panel& panel, int k,
                            int blocks) {
    const std::size_t stride = padded(task.c_out);
    for (int r = first_row; r < first_row + rows; ++r) {
      for (int v = k; v < panel.vectors; v += blocks) {
        fetch_ahead(task.epilogue, r * stride + panel.first + v * kLanes<V>);
      }
    }
  }

  // Nothing happens to a sum on its way to raw_out, so it needs no place to wait.
  static bool is_plain(const Epilogue& e) {
    return e.raw_out != nullptr && e.bias == nullptr && e.row_bias == nullptr &&
           e.residual == nullptr && e.act_out == nullptr && !e.mask_acc;
  }

  template <Act kAct>
  static void finish_rows(const Task& task, const float* tile, int begin, int rows,
                          const Panel& panel) {
    const Epilogue& e = task.epilogue;
    const std::size_t stride = padded(task.c_out);
    for (int row = begin; row < begin + rows; ++row) {
      const float* bias = e.row_bias != nullptr
                              ? e.row_bias + row / task.rows_per_position * stride + panel.first
                              : nullptr;
      const float mask = e.mask != nullptr ? e.mask[row] : 1.0f;
      for (int v = 0; v < panel.vectors; ++v, tile += kLanes<V>) {
        const int c = panel.first + v * kLanes<V>;
        finish<V, kAct>(e, row * stride + c, c, bias != nullptr ? bias + v * kLanes<V> : nullptr,
                        mask, load<V>(tile));
      }
    }
  }

  // Rows [begin, end), at most kGroupRows of them, times one panel. `tile` (rows, width) keeps
  // sums of blocks. A chunk is finished at once, so that its stores drain beside the next products.
  template <Act kAct>
  static void group(const Task& task, int begin, int end, const Panel& panel, float* tile) {
    const int width = panel.vectors * kLanes<V>;
    const Split chunks = split_evenly(end - begin, Target::kRows[panel.vectors]);
    const std::ptrdiff_t stride = padded(task.c_in), outputs = padded(task.c_out);
    const bool plain = is_plain(task.epilogue);
    const Split blocks = split_evenly(task.c_in, kReductionBlock);
    const int step = (width + chunks.parts - 1) / chunks.parts;
    for (int k = 0; k < blocks.parts; ++k) {
      const int block = blocks.begin(k), depth = blocks.size(k);
      // From the last chunk to the first of the next block, or of the next group.
      const int last_rows = chunks.begin(chunks.parts - 1);
      const std::ptrdiff_t after_block = k + 1 < blocks.parts
                                             ? depth - last_rows * stride
                                             : chunks.size(chunks.parts - 1) * stride - block;
      const float* weights = panel.weights + static_cast<std::size_t>(block) * width;
      for (int i = 0; i < chunks.parts; ++i) {
        const int rows = chunks.size(i), first = begin + chunks.begin(i);
        const float* a[kMaxRows];
        for (int r = 0; r < rows; ++r) a[r] = task.in + (first + r) * stride + block;
        fetch_outputs(task, first, rows, panel, k, blocks.parts);
        float* const sums = plain ? task.epilogue.raw_out + first * outputs + panel.first
                                  : tile + chunks.begin(i) * width;
        MicroArgs args = {a, 1, depth, weights, 0, sums, plain ? outputs : width};
        args.weights_ahead = {weights + static_cast<std::size_t>(depth) * (width + i * step), step};
        args.rows_ahead = i + 1 < chunks.parts ? rows * stride : after_block;
        Target::micro(panel.vectors, rows, k > 0)(args);
        if (!plain && k + 1 == blocks.parts) finish_rows<kAct>(task, sums, first, rows, panel);
      }
    }
  }

  // Threads share out all groups of all panels in one row, so that each has weights of its own.
  template <Act kAct>
  static void run_act(const Task& task, const float* packed, int rows, const Share& share) {
    alignas(64) float tile[kGroupRows * kMaxWidth];
    const Split groups = split_evenly(rows, kGroupRows);
    const int units = task.panels.parts * groups.parts;
    for (int unit = share.begin(units); unit < share.end(units); ++unit) {
      const int p = unit / groups.parts, g = unit % groups.parts;
      const int first = task.panels.begin(p) * kLanes<V>;
      const Panel panel = {packed + static_cast<std::size_t>(first) * task.c_in, first,
                           task.panels.size(p)};
      group<kAct>(task, groups.begin(g), groups.begin(g) + groups.size(g), panel, tile);
    }
  }

  static void run(const GemmShape& s, const float* packed, const float* in, int rows,
                  int rows_per_position, const Epilogue& epilogue, const Share& share) noexcept {
    const Task task = {in,
                       s.c_in,
                       s.c_out,
                       rows_per_position,
                       split_panels(s.c_out, Target::kTile, s.blocking),
                       epilogue};
    using Run = void (*)(const Task&, const float*, int, const Share&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(epilogue.act)](task, packed, rows, share);
  }

  static constexpr GemmKernel kKernel = {"panels", Target::kTile, packed_size, pack, run};
};

}  // namespace hayago::kernels
