#include "nn/exec/cuda/gpu_op.h"

#include <fmt/format.h>

#include <cstring>

#include "nn/exec/cuda/bind.h"

namespace hayago::nn {

Constant ConstantImage::reserve(std::size_t bytes) {
  const std::size_t offset = gpu_aligned(bytes_.size());
  bytes_.resize(offset + bytes);
  return {offset};
}

Constant ConstantImage::add_channels(Weights values) {
  if (values.empty()) return {};
  const auto floats =
      static_cast<std::size_t>(kernels::gpu_padded(static_cast<int>(values.size())));
  const Constant place = reserve(floats * sizeof(float));  // zeros
  std::memcpy(at(place), values.data(), values.size_bytes());
  return place;
}

void check_launch(const char* reason, const std::string& operation) {
  if (reason != nullptr) throw kernels::GpuError(fmt::format("{}: {}", operation, reason));
}

GpuOpPtr bind(const NarrowOp&, const GpuBinding&) {
  throw std::logic_error("a plan for the CPU's narrow kernels was given to a GPU");
}

GpuOpPtr make_gpu_op(const Op& op, const Plan& plan, kernels::GpuType storage,
                     ConstantImage& image) {
  const GpuBinding to{plan, storage, image};
  return std::visit([&](const auto& primitive) { return bind(primitive, to); }, op);
}

}  // namespace hayago::nn
