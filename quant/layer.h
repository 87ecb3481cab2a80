// From one layer's weights and input statistics to its quantization.
#pragma once
#include "quant/observe.h"

namespace hayago::quant {

// `patches` are of the layer's input; only compensated rounding needs any. `readers` are all layers
// that read the input, the layer among them: its bytes are the same for all.
nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer,
                                     const std::vector<nn::NarrowLayer>& readers,
                                     const TensorStats& input, const PatchMoments& patches,
                                     const QuantizeOptions& options);

// Integers for the weights of a layer whose input stays in float.
nn::QuantizedWeights round_weights(const nn::NarrowLayer& layer, const PatchMoments& patches);

}  // namespace hayago::quant
