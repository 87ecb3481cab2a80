// out = mask ? act(scale*in + shift) : 0, one row at a time; and the way back through that.
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

  // One vector of channels down a block of rows, which keeps its two sums in registers.
  template <Act kAct>
  static void back_block(const NormActBack& b, int begin, int end, std::size_t c) {
    const std::size_t stride = padded(b.c);
    const V scale = load<V>(b.scale + c), shift = load<V>(b.shift + c);
    V scale_sum(0.0f), shift_sum(0.0f);
    for (int row = begin; row < end; ++row) {
      if (b.mask != nullptr && b.mask[row] == 0.0f) continue;
      const std::size_t at = row * stride + c;
      const V in = load<V>(b.in + at);
      const V u = load<V>(b.gradient + at) * slope<V, kAct>(mul_add(scale, in, shift));
      mul_add(u, scale, load<V>(b.in_gradient + at)).store_unaligned(b.in_gradient + at);
      scale_sum = mul_add(u, in, scale_sum);
      shift_sum = shift_sum + u;
    }
    (load<V>(b.scale_gradient + c) + scale_sum).store_unaligned(b.scale_gradient + c);
    (load<V>(b.shift_gradient + c) + shift_sum).store_unaligned(b.shift_gradient + c);
  }

  template <Act kAct>
  static void back_act(const NormActBack& b) {
    constexpr int kBlock =
        32;  // of rows, whose lines are still in L1 when the next vector's turn is
    for (int row = 0; row < b.rows; row += kBlock) {
      const int end = row + kBlock < b.rows ? row + kBlock : b.rows;
      for (int c = 0; c < padded(b.c); c += kLanes<V>) {
        back_block<kAct>(b, row, end, static_cast<std::size_t>(c));
      }
    }
  }

  static void normact_back(const NormActBack& b) noexcept {
    using Run = void (*)(const NormActBack&);
    constexpr Run kByAct[] = {back_act<Act::kIdentity>, back_act<Act::kRelu>, back_act<Act::kMish>,
                              back_act<Act::kSilu>};
    kByAct[static_cast<int>(b.act)](b);
  }

  static constexpr NormActKernel kKernel = {normact, add_row_bias, normact_back};
};

}  // namespace hayago::kernels
