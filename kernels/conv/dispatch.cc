#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kernels/conv/kernel.h"
#include "kernels/packed_weights.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<ConvKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_KERNEL
};

class PackedConv final : public Conv {
 public:
  PackedConv(const ConvKernel& kernel, const BlockedConv& shape, const float* weights)
      : kernel_(kernel), shape_(shape), packed_(kernel.packed_size(shape)) {
    kernel_.pack(shape_, weights, packed_.data());
  }
  std::size_t scratch_bytes(int n, int h, int w, int parts) const override {
    return kernel_.scratch_bytes(shape_, n, h, w, parts);
  }
  int phases(int n, int h, int w, int parts) const override {
    return kernel_.phases(shape_, n, h, w, parts);
  }
  void run(const float* in, int n, int h, int w, const Epilogue& epilogue, void* scratch,
           const Share& share) const noexcept override {
    kernel_.run(shape_, packed_.data(), in, n, h, w, epilogue, scratch, share);
  }
  const char* algorithm() const override { return kernel_.algorithm; }

 private:
  const ConvKernel& kernel_;
  BlockedConv shape_;
  PackedWeights packed_;
};

// The first usable line for the shape, of the algorithm unless that is empty; null if there is
// none.
const ConvKernel* find_kernel(Isa limit, const ConvShape& shape, std::string_view algorithm) {
  for (const auto& line : kLines) {
    if (line.isa > limit || !isa_usable(line.isa)) continue;
    if (!algorithm.empty() && algorithm != line.kernel->algorithm) continue;
    if (line.kernel->supports(shape)) return line.kernel;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Conv> make_conv(Isa isa, const ConvShape& shape, const float* weights,
                                const char* algorithm, const Blocking& blocking) {
  const bool sound = shape.ky > 0 && shape.kx > 0 && shape.ky % 2 == 1 && shape.kx % 2 == 1 &&
                     shape.c_in > 0 && shape.c_out > 0;
  const std::string size = std::to_string(shape.ky) + "x" + std::to_string(shape.kx) + ", " +
                           std::to_string(shape.c_in) + " to " + std::to_string(shape.c_out) +
                           " channels";
  if (!sound) {
    throw std::invalid_argument("convolution " + size +
                                ": kernel sizes must be odd and all sizes positive");
  }
  const ConvKernel* kernel = find_kernel(isa, shape, algorithm == nullptr ? "" : algorithm);
  if (kernel == nullptr) {
    throw std::invalid_argument("convolution " + size + ": no algorithm named '" +
                                std::string(algorithm) + "' for " + std::string(isa_name(isa)));
  }
  return std::make_unique<PackedConv>(*kernel, BlockedConv(shape, blocking), weights);
}

std::vector<std::string_view> conv_algorithms(Isa isa) {
  std::vector<std::string_view> names;
  for (const auto& line : kLines) {
    const std::string_view name = line.kernel->algorithm;
    const bool usable = line.isa <= isa && isa_usable(line.isa);
    if (usable && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

std::vector<int> conv_panel_choices(Isa isa, const ConvShape& shape, std::string_view algorithm) {
  return panel_choices(find_kernel(isa, shape, algorithm)->tile, shape.c_out);
}

bool conv_supports(Isa isa, const ConvShape& shape, std::string_view algorithm) {
  return find_kernel(isa, shape, algorithm) != nullptr;
}

}  // namespace hayago::kernels
