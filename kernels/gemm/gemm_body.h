// acc(row, o) = sum_i in[row][i] * w[i][o], then the epilogue.
// Loops: panel of output channels > group of row chunks > block of c_in > chunk. A block of the
// panel's weights (at most 32 KB) stays in L1 while the group's chunks pass by; the
// group's accumulators (12 KB) wait in a buffer on the stack between blocks.
#pragma once
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/micro.h"
#include "kernels/cpu/panels.h"
#include "kernels/gemm/kernel.h"

namespace hayago::kernels {

template <class Target>
struct GemmBody {
  using V = typename Target::Vec;
  static constexpr int kChunks = 8;  // row chunks per group
  static constexpr int kMaxRows = 12;
  static constexpr int kMaxWidth = Target::kMaxVectors * kLanes<V>;

  static std::size_t packed_size(int c_in, int c_out) {
    return packed_panel_floats(1, c_in, c_out);
  }
  static void pack(int c_in, int c_out, const float* weights, float* packed) {
    pack_panels(weights, 1, c_in, c_out, kLanes<V>, Target::kMaxVectors, packed);
  }

  struct Panel {
    const float* weights;  // (c_in, width)
    int first, vectors;    // first output channel
  };

  // Rows [begin, end), at most kChunks * kRows of them, times one panel into tile (rows, width).
  static void multiply(const float* in, int c_in, int begin, int end, const Panel& panel,
                       float* tile) {
    const int width = panel.vectors * kLanes<V>;
    const Split chunks = split_evenly(end - begin, Target::kRows[panel.vectors]);
    const std::size_t stride = padded(c_in);
    const Split blocks = split_evenly(c_in, kReductionBlock);
    for (int k = 0; k < blocks.parts; ++k) {
      const int block = blocks.begin(k), depth = blocks.size(k);
      const float* weights = panel.weights + static_cast<std::size_t>(block) * width;
      for (int i = 0; i < chunks.parts; ++i) {
        const int rows = chunks.size(i);
        const float* a[kMaxRows];
        for (int r = 0; r < rows; ++r) a[r] = in + (begin + chunks.begin(i) + r) * stride + block;
        const MicroFn micro = Target::micro(panel.vectors, rows, k > 0);
        micro({a, 1, depth, weights, 0, tile + chunks.begin(i) * width, width});
      }
    }
  }

  template <Act kAct>
  static void finish_rows(const float* tile, int begin, int end, int rows_per_position,
                          const Panel& panel, int c_out, const Epilogue& e) {
    const std::size_t stride = padded(c_out);
    for (int row = begin; row < end; ++row) {
      const float* bias = e.row_bias != nullptr
                              ? e.row_bias + row / rows_per_position * stride + panel.first
                              : nullptr;
      const float mask = e.mask != nullptr ? e.mask[row] : 1.0f;
      for (int v = 0; v < panel.vectors; ++v, tile += kLanes<V>) {
        const int c = panel.first + v * kLanes<V>;
        finish<V, kAct>(e, row * stride + c, c, bias != nullptr ? bias + v * kLanes<V> : nullptr,
                        mask, load<V>(tile));
      }
    }
  }

  template <Act kAct>
  static void run_act(int c_in, int c_out, const float* packed, const float* in, int rows,
                      int rows_per_position, const Epilogue& epilogue) {
    alignas(64) float tile[kChunks * kMaxRows * kMaxWidth];
    const Split panels = split_evenly(padded(c_out) / kLanes<V>, Target::kMaxVectors);
    for (int p = 0; p < panels.parts; ++p) {
      const Panel panel = {packed + static_cast<std::size_t>(panels.begin(p)) * kLanes<V> * c_in,
                           panels.begin(p) * kLanes<V>, panels.size(p)};
      const Split groups = split_evenly(rows, kChunks * Target::kRows[panel.vectors]);
      for (int g = 0; g < groups.parts; ++g) {
        const int begin = groups.begin(g), end = begin + groups.size(g);
        multiply(in, c_in, begin, end, panel, tile);
        finish_rows<kAct>(tile, begin, end, rows_per_position, panel, c_out, epilogue);
      }
    }
  }

  static void run(int c_in, int c_out, const float* packed, const float* in, int rows,
                  int rows_per_position, const Epilogue& epilogue) noexcept {
    using Run = void (*)(int, int, const float*, const float*, int, int, const Epilogue&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(epilogue.act)](c_in, c_out, packed, in, rows, rows_per_position,
                                           epilogue);
  }

  static constexpr GemmKernel kKernel = {"panels", packed_size, pack, run};
};

}  // namespace hayago::kernels
