#include "quant/layer.h"

#include <algorithm>
#include <cmath>

namespace hayago::quant {
namespace {

// A channel that hardly ever is anything but 0 must not make its weights vanish.
constexpr double kSmallestShare = 1e-3;

// Every channel's scale relative to the tensor's: (what the channel needs / what the tensor has) to
// the power of the balance.
std::vector<float> channel_scales(const TensorStats& input, const ByteRange& range,
                                  double balance) {
  std::vector<float> scales;
  for (std::size_t c = 0; c < input.highest.size(); ++c) {
    double needed = input.highest[c] / static_cast<double>(255 - range.zero);
    if (range.zero == 255) needed = 0;
    if (range.zero > 0) needed = std::max(needed, -input.lowest[c] / double(range.zero));
    const double share = std::clamp(needed / range.scale, kSmallestShare, 1.0);
    scales.push_back(static_cast<float>(std::pow(share, balance)));
  }
  return scales;
}

// What the sums lack on average, in their own unit: the mean input times the error of the weights.
std::vector<std::int32_t> mean_offsets(const nn::NarrowLayer& layer, const TensorStats& input,
                                       const nn::LayerQuantization& quantization,
                                       const nn::QuantizedWeights& weights) {
  const auto c_in = static_cast<std::size_t>(layer.c_in);
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  std::vector<double> missing(c_out, 0.0);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const std::size_t channel = i / c_out % c_in, o = i % c_out;
    const double scale = quantization.channel_scales[channel];
    const double mean = input.mean(channel) / (quantization.scale * scale);
    const double exact = layer.weights[i] * scale / weights.scales[o];
    missing[o] += mean * (exact - weights.weights[i]);
  }
  std::vector<std::int32_t> offsets;
  for (const double value : missing)
    offsets.push_back(static_cast<std::int32_t>(std::lround(value)));
  return offsets;
}

}  // namespace

nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer, const TensorStats& input,
                                     const QuantizeOptions& options) {
  const ByteRange range = choose_range(input.histogram, options.method);
  nn::LayerQuantization quantization;
  quantization.scale = range.scale;
  quantization.zero = range.zero;
  quantization.channel_scales = channel_scales(input, range, options.channel_balance);
  auto weights = std::make_shared<nn::QuantizedWeights>(
      nn::quantize_weights(layer.weights, layer.c_out, quantization.channel_scales));
  if (options.bias_correction) {
    weights->offsets = mean_offsets(layer, input, quantization, *weights);
  }
  quantization.weights = std::move(weights);
  return quantization;
}

}  // namespace hayago::quant
