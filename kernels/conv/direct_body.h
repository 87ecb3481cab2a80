// Direct convolution: for each chunk of pixels the micro-kernel walks the ky*kx taps with a pointer
// per pixel and tap; taps outside the board point at a row of zeros. Padding input channels are
// never multiplied.
// Loops: panel of output channels > chunk of pixels > taps > c_in.
#pragma once
#include "kernels/conv/kernel.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/micro.h"
#include "kernels/cpu/panels.h"

namespace hayago::kernels {

template <class Target>
struct DirectConvBody {
  using V = typename Target::Vec;
  static constexpr int kMaxRows = 12;
  static constexpr int kMaxWidth = Target::kMaxVectors * kLanes<V>;

  static bool supports(const ConvShape&) { return true; }
  static std::size_t packed_size(const ConvShape& s) {
    return packed_panel_floats(s.ky * s.kx, s.c_in, s.c_out);
  }
  static void pack(const BlockedConv& s, const float* weights, float* packed) {
    pack_panels(weights, s.ky * s.kx, s.c_in, s.c_out, kLanes<V>,
                split_panels(s.c_out, Target::kTile, s.blocking), packed);
  }
  static std::size_t pointer_bytes(const ConvShape& s) {
    return (static_cast<std::size_t>(s.ky) * s.kx * kMaxRows * sizeof(float*) + kByteAlign - 1) /
           kByteAlign * kByteAlign;
  }
  // Of one thread.
  static std::size_t part_bytes(const ConvShape& s) {
    return pointer_bytes(s) + padded(s.c_in) * sizeof(float);
  }
  static std::size_t scratch_bytes(const BlockedConv& s, int, int, int, int parts) {
    return parts * part_bytes(s);
  }

  static int phases(const BlockedConv&, int, int, int, int) { return 1; }

  struct Task {
    const BlockedConv& shape;
    int h, w;
    const Epilogue& epilogue;
    const float** pointers;  // (taps, rows)
    const float* zeros;      // (c_in)
  };

  // Pointers to the inputs of pixels [begin, begin + rows) of one position, per tap.
  static void gather(const Task& task, const float* position, int begin, int rows) {
    const ConvShape& s = task.shape;
    const std::size_t stride = padded(s.c_in);
    for (int r = 0; r < rows; ++r) {
      const int top = (begin + r) / task.w - s.ky / 2, left = (begin + r) % task.w - s.kx / 2;
      for (int tap = 0; tap < s.ky * s.kx; ++tap) {
        const int y = top + tap / s.kx, x = left + tap % s.kx;
        const bool inside = y >= 0 && y < task.h && x >= 0 && x < task.w;
        task.pointers[tap * rows + r] = inside ? position + (y * task.w + x) * stride : task.zeros;
      }
    }
  }

  // One chunk of pixels of position `n` times one panel that begins at vector `first`.
  template <Act kAct>
  static void chunk(const Task& task, const float* weights, int first, int vectors, int n,
                    int begin, int rows) {
    alignas(64) float tile[kMaxRows * kMaxWidth];
    const ConvShape& s = task.shape;
    const int width = vectors * kLanes<V>;
    Target::micro(vectors, rows, false)({task.pointers, s.ky * s.kx, s.c_in, weights,
                                         static_cast<std::ptrdiff_t>(s.c_in) * width, tile, width});
    const Epilogue& e = task.epilogue;
    const std::size_t stride = padded(s.c_out);
    for (int r = 0; r < rows; ++r) {
      const std::size_t row = static_cast<std::size_t>(n) * task.h * task.w + begin + r;
      const float mask = e.mask != nullptr ? e.mask[row] : 1.0f;
      for (int v = 0; v < vectors; ++v) {
        const int c = (first + v) * kLanes<V>;
        const float* row_bias = e.row_bias != nullptr ? e.row_bias + n * stride + c : nullptr;
        finish<V, kAct>(e, row * stride + c, c, row_bias, mask,
                        load<V>(tile + r * width + v * kLanes<V>));
      }
    }
  }

  template <Act kAct>
  static void run_act(const Task& task, const float* packed, const float* in, int n,
                      const Share& share) {
    const BlockedConv& s = task.shape;
    const int pixels = task.h * task.w;
    const Split panels = split_panels(s.c_out, Target::kTile, s.blocking);
    for (int b = 0; b < n; ++b) {
      const float* position = in + static_cast<std::size_t>(b) * pixels * padded(s.c_in);
      // Panels of equal width share the gathered pointers.
      for (int p = 0; p < panels.parts;) {
        const int vectors = panels.size(p);
        int last = p;
        while (last < panels.parts && panels.size(last) == vectors) ++last;
        const Split chunks = split_evenly(pixels, Target::kRows[vectors]);
        for (int i = share.begin(chunks.parts); i < share.end(chunks.parts); ++i) {
          gather(task, position, chunks.begin(i), chunks.size(i));
          for (int panel = p; panel < last; ++panel) {
            const float* weights = packed + packed_size({s.ky, s.kx, s.c_in, 1}) / kChannelAlign *
                                                panels.begin(panel) * kLanes<V>;
            chunk<kAct>(task, weights, panels.begin(panel), vectors, b, chunks.begin(i),
                        chunks.size(i));
          }
        }
        p = last;
      }
    }
  }

  static void run(const BlockedConv& shape, const float* packed, const float* in, int n, int h,
                  int w, const Epilogue& epilogue, void* scratch, const Share& share) noexcept {
    char* const own = static_cast<char*>(scratch) + share.part * part_bytes(shape);
    float* zeros = reinterpret_cast<float*>(own + pointer_bytes(shape));
    for (int i = 0; i < padded(shape.c_in); ++i) zeros[i] = 0.0f;
    const Task task = {shape, h, w, epilogue, reinterpret_cast<const float**>(own), zeros};
    using Run = void (*)(const Task&, const float*, const float*, int, const Share&);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(epilogue.act)](task, packed, in, n, share);
  }

  static constexpr ConvKernel kKernel = {"direct", Target::kTile, supports, packed_size,
                                         pack,     scratch_bytes, phases,   run};
};

}  // namespace hayago::kernels
