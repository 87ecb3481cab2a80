#include <cmath>

#include "kernels/cpu/ref.h"
#include "kernels/rmsnorm/kernel.h"

namespace hayago::kernels {
namespace {

bool on_board(const RmsNormArgs& args, std::size_t row) {
  return args.mask == nullptr || args.mask[row] != 0;
}

double sum_squares(const float* row, int c) {
  double sum = 0;
  for (int i = 0; i < c; ++i) sum += static_cast<double>(row[i]) * row[i];
  return sum;
}

void write_row(const float* in, const RmsNormArgs& args, double factor, bool on, float* out) {
  for (int i = 0; i < padded(args.c); ++i) {
    double v = 0;
    if (on && i < args.c) {
      v = in[i] * factor * args.gamma[i] + (args.beta != nullptr ? args.beta[i] : 0.0);
      v = ref_activate(v, args.act);
    }
    out[i] = static_cast<float>(v);
  }
}

void per_pixel(const float* in, const RmsNormArgs& args, float* out) noexcept {
  const std::size_t stride = padded(args.c);
  for (std::size_t row = 0; row < static_cast<std::size_t>(args.n) * args.pixels; ++row) {
    const double mean = sum_squares(in + row * stride, args.c) / args.c;
    write_row(in + row * stride, args, 1 / std::sqrt(mean + args.eps), on_board(args, row),
              out + row * stride);
  }
}

void spatial(const float* in, const RmsNormArgs& args, float* out) noexcept {
  const std::size_t stride = padded(args.c);
  for (int b = 0; b < args.n; ++b) {
    const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
    double sum = 0;
    for (std::size_t row = first; row < first + args.pixels; ++row) {
      if (on_board(args, row)) sum += sum_squares(in + row * stride, args.c);
    }
    const double factor =
        1 / std::sqrt(sum / (static_cast<double>(args.area[b]) * args.c) + args.eps);
    for (std::size_t row = first; row < first + args.pixels; ++row) {
      write_row(in + row * stride, args, factor, on_board(args, row), out + row * stride);
    }
  }
}

}  // namespace

const RmsNormKernel rmsnorm_f32_ref = {per_pixel, spatial};

}  // namespace hayago::kernels
