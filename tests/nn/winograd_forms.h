// Made-up scales for the Winograd forms of int8 layers.
#pragma once
#include <cmath>
#include <cstdlib>

#include "nn/plan/narrow.h"

namespace hayago::test {

// For bytes up to 64 steps away from zero, which is more than activations of random networks need.
inline nn::WinogradScales made_up_form(int outputs) {
  nn::WinogradScales form;
  form.outputs = outputs;
  std::vector<int> gains;
  for (const auto& row : kernels::winograd_input_rows(outputs)) {
    gains.push_back(0);
    for (const int element : row) gains.back() += std::abs(element);
  }
  for (const int y : gains) {
    for (const int x : gains) {
      form.factors.push_back(std::min(32767, 32768 * 127 / (32 * y * x)));
      form.zeros.push_back(128);
    }
  }
  return form;
}

// Both forms for every 3x3 layer.
inline void add_made_up_forms(const nn::Plan& fused,
                              std::map<std::string, nn::LayerQuantization>& layers) {
  for (const nn::NarrowLayer& layer : nn::narrow_layers(fused)) {
    if (!std::holds_alternative<nn::ConvOp>(fused.ops[layer.op]) || !layers.contains(layer.name)) {
      continue;
    }
    layers[layer.name].winograd = {made_up_form(2), made_up_form(4)};
  }
}

}  // namespace hayago::test
