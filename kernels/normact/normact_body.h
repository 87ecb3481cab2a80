// out = mask ? act(scale*in + shift) : 0, one row at a time.
#pragma once
#include "kernels/cpu/epilogue.h"
#include "kernels/normact/kernel.h"

namespace hayago::kernels {

template <class Target>
struct NormActBody {
  using V = typename Target::Vec;

  template <Act kAct>
  static void run_act(const Epilogue& e, const float* in, int rows, int c) {
    const std::size_t stride = padded(c);
    for (int row = 0; row < rows; ++row) {
      const float mask = e.mask != nullptr ? e.mask[row] : 1.0f;
      for (std::size_t i = 0; i < stride; i += kLanes<V>) {
        const std::size_t at = row * stride + i;
        finish<V, kAct>(e, at, static_cast<int>(i), nullptr, mask, load<V>(in + at));
      }
    }
  }

  static void normact(const float* in, int rows, int c, const float* scale, const float* shift,
                      Act act, const float* mask, float* out) noexcept {
    Epilogue epilogue;
    epilogue.scale = scale;
    epilogue.shift = shift;
    epilogue.mask = mask;
    epilogue.act_out = out;
    using Run = void (*)(const Epilogue&, const float*, int, int);
    constexpr Run kByAct[] = {run_act<Act::kIdentity>, run_act<Act::kRelu>, run_act<Act::kMish>,
                              run_act<Act::kSilu>};
    kByAct[static_cast<int>(act)](epilogue, in, rows, c);
  }

  static void add_row_bias(float* x, int n, int pixels, int c, const float* row_bias) noexcept {
    const std::size_t stride = padded(c);
    for (int b = 0; b < n; ++b, row_bias += stride) {
      for (int p = 0; p < pixels; ++p, x += stride) {
        for (std::size_t i = 0; i < stride; i += kLanes<V>) {
          (load<V>(x + i) + load<V>(row_bias + i)).store_unaligned(x + i);
        }
      }
    }
  }

  static constexpr NormActKernel kKernel = {normact, add_row_bias};
};

}  // namespace hayago::kernels
