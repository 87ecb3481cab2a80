// Plain loops with double accumulation: the truth the other kernels are tested against.
#include <algorithm>

#include "kernels/cpu/ref.h"
#include "kernels/gemm/kernel.h"

namespace hayago::kernels {
namespace {

std::size_t packed_size(const GemmShape& s) { return static_cast<std::size_t>(s.c_in) * s.c_out; }
void pack(const GemmShape& shape, const float* weights, float* packed) {
  std::copy_n(weights, packed_size(shape), packed);
}

void run(const GemmShape& shape, const float* weights, const float* in, int rows,
         int rows_per_position, const Epilogue& epilogue, const Share& share) noexcept {
  const int c_in = shape.c_in, c_out = shape.c_out;
  const std::size_t stride = padded(c_out);
  const auto end = static_cast<std::size_t>(share.end(rows));
  for (auto row = static_cast<std::size_t>(share.begin(rows)); row < end; ++row) {
    const float* a = in + row * padded(c_in);
    for (int o = 0; o < padded(c_out); ++o) {
      double sum = 0;
      for (int i = 0; i < c_in && o < c_out; ++i) {
        sum += static_cast<double>(a[i]) * weights[static_cast<std::size_t>(i) * c_out + o];
      }
      ref_finish(epilogue, row, row / rows_per_position, o, stride, sum);
    }
  }
}

}  // namespace

const GemmKernel gemm_f32_ref = {"plain", {}, packed_size, pack, run};

}  // namespace hayago::kernels
