#include "kernels/cpu/ref.h"
#include "kernels/normact/kernel.h"

namespace hayago::kernels {
namespace {

void normact(const float* in, int rows, int c, const float* scale, const float* shift, Act act,
             const float* mask, float* out) noexcept {
  Epilogue epilogue;
  epilogue.scale = scale;
  epilogue.shift = shift;
  epilogue.act = act;
  epilogue.mask = mask;
  epilogue.act_out = out;
  const std::size_t stride = padded(c);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    for (int i = 0; i < padded(c); ++i) {
      ref_finish(epilogue, row, 0, i, stride, in[row * stride + static_cast<std::size_t>(i)]);
    }
  }
}

void add_row_bias(float* x, int n, int pixels, int c, const float* row_bias) noexcept {
  const std::size_t stride = padded(c);
  for (std::size_t row = 0; row < static_cast<std::size_t>(n) * pixels; ++row) {
    const float* bias = row_bias + row / pixels * stride;
    for (std::size_t i = 0; i < stride; ++i) x[row * stride + i] += bias[i];
  }
}

void normact_back(const NormActBack& b) noexcept {
  const std::size_t stride = padded(b.c);
  for (std::size_t c = 0; c < stride; ++c) {
    double scale_sum = 0, shift_sum = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(b.rows); ++row) {
      if (b.mask != nullptr && b.mask[row] == 0) continue;
      const std::size_t at = row * stride + c;
      const double in = b.in[at], scale = b.scale[c];
      const double u = b.gradient[at] * ref_slope(scale * in + b.shift[c], b.act);
      b.in_gradient[at] = static_cast<float>(b.in_gradient[at] + u * scale);
      scale_sum += u * in;
      shift_sum += u;
    }
    b.scale_gradient[c] = static_cast<float>(b.scale_gradient[c] + scale_sum);
    b.shift_gradient[c] = static_cast<float>(b.shift_gradient[c] + shift_sum);
  }
}

}  // namespace

const NormActKernel normact_f32_ref = {normact, add_row_bias, normact_back};

}  // namespace hayago::kernels
