// What distinguishes layers that need separate choices of kernels.
#pragma once
#include <string>

#include "nn/plan/plan.h"

namespace hayago::nn {

enum class LayerInput { kFloat, kBytes, kBf16, kF16 };

// "fp32 3x3 192-192", "int8 1x1 384-192".
std::string layer_key(LayerInput input, const kernels::ConvShape& shape);

// Of a convolution or product of pixels; empty for all other operations.
std::string layer_key(const Plan& plan, const Op& op);

// Of both, {1, 1, ...} for products.
kernels::ConvShape layer_shape(const Op& op);

}  // namespace hayago::nn
