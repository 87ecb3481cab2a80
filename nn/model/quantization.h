// What a network in int8 knows of a layer beside its float weights (design/quantization.md).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
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

// How Winograd F(m x m, 3 x 3) makes bytes of its a*a products, a = m + 2: those of product t are
// round(v * factors[t] / 2^15) + zeros[t], v being transformed inputs in steps of the input.
struct WinogradScales {
  int outputs = 0;           // m: 2 or 4
  std::vector<int> factors;  // (a*a), 1..32767
  std::vector<int> zeros;    // (a*a), 0..255
  bool operator==(const WinogradScales&) const = default;

  std::size_t products() const {
    return static_cast<std::size_t>(outputs + 2) * static_cast<std::size_t>(outputs + 2);
  }
};
inline constexpr int kWinogradOutputs[] = {2, 4};

// "winograd2": of choices, settings and tensors.
inline std::string winograd_name(const WinogradScales& form) {
  return "winograd" + std::to_string(form.outputs);
}

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
  // The Winograd forms that may compute a 3x3 convolution; files of old have none.
  std::vector<WinogradScales> winograd = {};
};

}  // namespace hayago::nn
