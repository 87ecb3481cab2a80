// From one layer's weights and input statistics to its quantization.
#pragma once
#include "quant/observe.h"

namespace hayago::quant {

nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer, const TensorStats& input,
                                     const QuantizeOptions& options);

}  // namespace hayago::quant
