// What a network in int8 knows of a layer beside its float weights (design/quantization.md).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace hayago::nn {

// Weights of a product of bytes: w = scales[o] * weights[..., o].
struct QuantizedWeights {
  std::vector<std::int8_t> weights;  // -127..127, order of the file
  std::vector<float> scales;         // (c_out)
  // Added to the sums in units of the scale, to make up for what rounding the weights does to the
  // mean; (c_out) or empty.
  std::vector<std::int32_t> offsets;
};

// What a product of bytes needs to know of its layer.
struct LayerQuantization {
  // The input: x = scale * channel_scales[c] * (q - zero).
  float scale = 1;
  int zero = 0;
  std::vector<float> channel_scales;  // (c_in); empty: all 1
  // Of the weights times channel_scales. Null: rounded as quantize_weights does.
  std::shared_ptr<const QuantizedWeights> weights;
  // Input channels that need more than 256 values, rising: they have another byte for parts of a
  // step (kernels/narrow). Only where the channels fill vectors: padded(c_in) == c_in.
  std::vector<std::int16_t> fine = {};
};

}  // namespace hayago::nn
