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
  PackedGemm(const GemmKernel& kernel, const GemmShape& shape, const float* weights)
      : kernel_(kernel), shape_(shape), packed_(kernel.packed_size(shape)) {
    kernel_.pack(shape_, weights, packed_.data());
  }
  void run(const float* in, int rows, int rows_per_position, const Epilogue& epilogue,
           const Share& share) const noexcept override {
    kernel_.run(shape_, packed_.data(), in, rows, rows_per_position, epilogue, share);
  }
  const char* algorithm() const override { return kernel_.algorithm; }

 private:
  const GemmKernel& kernel_;
  GemmShape shape_;
  PackedWeights packed_;
};

}  // namespace

std::unique_ptr<Gemm> make_gemm(Isa isa, int c_in, int c_out, const float* weights,
                                const Blocking& blocking) {
  return std::make_unique<PackedGemm>(pick_kernel(kLines, isa), GemmShape{c_in, c_out, blocking},
                                      weights);
}

std::vector<int> gemm_panel_choices(Isa isa, int c_out) {
  return panel_choices(pick_kernel(kLines, isa).tile, c_out);
}

}  // namespace hayago::kernels
