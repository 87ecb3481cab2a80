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

}  // namespace

const NormActKernel normact_f32_ref = {normact, add_row_bias};

}  // namespace hayago::kernels
