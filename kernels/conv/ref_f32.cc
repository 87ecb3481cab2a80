// Plain loops with double accumulation: the truth the other kernels are tested against.
#include <algorithm>

#include "kernels/conv/kernel.h"
#include "kernels/cpu/ref.h"

namespace hayago::kernels {
namespace {

std::size_t weight_count(const ConvShape& s) {
  return static_cast<std::size_t>(s.ky) * s.kx * s.c_in * s.c_out;
}

bool supports(const ConvShape&) { return true; }
void pack(const BlockedConv& shape, const float* weights, float* packed) {
  std::copy_n(weights, weight_count(shape), packed);
}
std::size_t scratch_bytes(const BlockedConv&, int, int, int, int) { return 0; }

int phases(const BlockedConv&, int, int, int, int) { return 1; }

double sum_at(const ConvShape& s, const float* weights, const float* in, int h, int w, int row,
              int column, int oc) {
  const int stride = padded(s.c_in);
  double sum = 0;
  for (int y = 0; y < s.ky; ++y) {
    const int in_row = row + y - s.ky / 2;
    if (in_row < 0 || in_row >= h) continue;
    for (int x = 0; x < s.kx; ++x) {
      const int in_column = column + x - s.kx / 2;
      if (in_column < 0 || in_column >= w) continue;
      const float* pixel = in + static_cast<std::size_t>(in_row * w + in_column) * stride;
      const float* tap = weights + static_cast<std::size_t>(y * s.kx + x) * s.c_in * s.c_out + oc;
      for (int ic = 0; ic < s.c_in; ++ic) {
        sum += static_cast<double>(pixel[ic]) * tap[static_cast<std::size_t>(ic) * s.c_out];
      }
    }
  }
  return sum;
}

void run(const BlockedConv& s, const float* weights, const float* in, int n, int h, int w,
         const Epilogue& epilogue, void*, const Share& share) noexcept {
  const std::size_t pixels = static_cast<std::size_t>(h) * w;
  const int stride = padded(s.c_out);
  for (int b = share.begin(n); b < share.end(n); ++b) {
    const float* position = in + b * pixels * padded(s.c_in);
    for (std::size_t p = 0; p < pixels; ++p) {
      const int row = static_cast<int>(p) / w, column = static_cast<int>(p) % w;
      for (int oc = 0; oc < stride; ++oc) {
        const double sum = oc < s.c_out ? sum_at(s, weights, position, h, w, row, column, oc) : 0;
        ref_finish(epilogue, b * pixels + p, static_cast<std::size_t>(b), oc,
                   static_cast<std::size_t>(stride), sum);
      }
    }
  }
}

}  // namespace

const ConvKernel conv_f32_direct_ref = {"direct",      {},     supports, weight_count, pack,
                                        scratch_bytes, phases, run};

}  // namespace hayago::kernels
