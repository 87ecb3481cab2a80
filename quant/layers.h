// The layers of a plan that can be quantized.
#pragma once
#include <string>
#include <vector>

#include "nn/plan/narrow.h"

namespace hayago::quant {

struct LayerView {
  std::string name;
  nn::TensorId input = nn::kNoTensor;
  nn::Weights weights;  // [taps][c_in][c_out]; empty in plans of executors
  int c_in = 0, c_out = 0;
};

// One entry per operation; no input: cannot be quantized.
inline std::vector<LayerView> layer_views(const nn::Plan& plan) {
  std::vector<LayerView> views(plan.ops.size());
  for (std::size_t i = 0; i < plan.ops.size(); ++i) {
    if (!nn::can_be_narrow(plan, plan.ops[i])) continue;
    if (const auto* conv = std::get_if<nn::ConvOp>(&plan.ops[i])) {
      views[i] = {conv->name, conv->in, conv->weights, conv->shape.c_in, conv->shape.c_out};
    } else {
      const auto& product = std::get<nn::MatMulOp>(plan.ops[i]);
      views[i] = {product.name, product.in, product.weights, product.c_in, product.c_out};
    }
  }
  return views;
}

}  // namespace hayago::quant
