#include "nn/exec/cpu/layer_key.h"

#include <fmt/format.h>

namespace hayago::nn {
namespace {

TensorId input_of(const Op& op) {
  if (const auto* conv = std::get_if<ConvOp>(&op)) return conv->in;
  const auto* product = std::get_if<MatMulOp>(&op);
  return product != nullptr ? product->in : kNoTensor;
}

LayerInput input_kind(const Tensor& tensor) {
  if (!tensor.narrow) return LayerInput::kFloat;
  switch (tensor.narrow->type) {
    case kernels::NarrowType::kU8:
      return LayerInput::kBytes;
    case kernels::NarrowType::kBf16:
      return LayerInput::kBf16;
    case kernels::NarrowType::kF16:
      return LayerInput::kF16;
  }
  return LayerInput::kFloat;
}

}  // namespace

std::string layer_key(LayerInput input, const kernels::ConvShape& shape) {
  constexpr const char* kNames[] = {"fp32", "int8", "bf16", "fp16"};
  return fmt::format("{} {}x{} {}-{}", kNames[static_cast<int>(input)], shape.ky, shape.kx,
                     shape.c_in, shape.c_out);
}

std::string layer_key(const Plan& plan, const Op& op) {
  const TensorId in = input_of(op);
  if (in == kNoTensor || !plan.tensor(in).per_pixel) return {};
  return layer_key(input_kind(plan.tensor(in)), layer_shape(op));
}

kernels::ConvShape layer_shape(const Op& op) {
  if (const auto* conv = std::get_if<ConvOp>(&op)) return conv->shape;
  const auto& product = std::get<MatMulOp>(op);
  return {1, 1, product.c_in, product.c_out};
}

}  // namespace hayago::nn
