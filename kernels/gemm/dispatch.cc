#include "kernels/gemm/kernel.h"
#include "kernels/packed_weights.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<GemmKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL
};

class PackedGemm final : public Gemm {
 public:
  PackedGemm(const GemmKernel& kernel, int c_in, int c_out, const float* weights)
      : kernel_(kernel), c_in_(c_in), c_out_(c_out), packed_(kernel.packed_size(c_in, c_out)) {
    kernel_.pack(c_in_, c_out_, weights, packed_.data());
  }
  void run(const float* in, int rows, int rows_per_position, const Epilogue& epilogue,
           const Share& share) const noexcept override {
    kernel_.run(c_in_, c_out_, packed_.data(), in, rows, rows_per_position, epilogue, share);
  }
  const char* algorithm() const override { return kernel_.algorithm; }

 private:
  const GemmKernel& kernel_;
  int c_in_, c_out_;
  PackedWeights packed_;
};

}  // namespace

std::unique_ptr<Gemm> make_gemm(Isa isa, int c_in, int c_out, const float* weights) {
  return std::make_unique<PackedGemm>(pick_kernel(kLines, isa), c_in, c_out, weights);
}

}  // namespace hayago::kernels
