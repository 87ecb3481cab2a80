#include "quant/layer.h"

#include <algorithm>
#include <cmath>

#include "kernels/cuda/half_bits.h"
#include "quant/rounding.h"
#include "quant/steps.h"

namespace hayago::quant {
namespace {

// In the unit of the bytes, an input's value is off by up to half a step wherever it is not 0,
// which is exact. Independent errors of variance 1/12 add to the diagonal of the covariance.
std::vector<double> byte_covariance(const TensorStats& input, const PatchMoments& patches,
                                    const nn::LayerQuantization& as) {
  const std::size_t size = patches.size, channels = as.channel_scales.size();
  std::vector<double> inverse;
  for (const float scale : as.channel_scales) inverse.push_back(1.0 / (as.scale * scale));
  std::vector<double> covariance = patches.covariance;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      covariance[i * size + j] *= inverse[i % channels] * inverse[j % channels];
    }
    const auto nonzero = static_cast<double>(input.nonzero[i % channels]);
    const bool fine = std::binary_search(as.fine.begin(), as.fine.end(), i % channels);
    const double left = fine ? kLeftOfFine : 1;
    covariance[i * size + i] += left * nonzero / static_cast<double>(input.points) / 12;
  }
  return covariance;
}

// Weights times the scales of their input channels, one output after the other.
std::vector<std::vector<double>> by_output(const nn::NarrowLayer& layer,
                                           std::span<const float> channel_scales) {
  const auto c_in = static_cast<std::size_t>(layer.c_in);
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  std::vector<std::vector<double>> weights(c_out);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const double scale = channel_scales.empty() ? 1.0 : channel_scales[i / c_out % c_in];
    weights[i % c_out].push_back(static_cast<double>(layer.weights[i]) * scale);
  }
  return weights;
}

std::span<const double> cost_of(const nn::NarrowLayer& layer, const Sensitivity& sensitivity) {
  if (sensitivity.empty()) return {};
  return sensitivity.outputs.at(layer.name);
}

nn::QuantizedWeights compensated(const nn::NarrowLayer& layer,
                                 std::span<const float> channel_scales,
                                 const CompensatedRounding& rounding,
                                 const Sensitivity& sensitivity) {
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  const JointRounding joint(rounding, cost_of(layer, sensitivity), c_out);
  const auto outputs = joint.round(by_output(layer, channel_scales), {});
  nn::QuantizedWeights result;
  for (const auto& output : outputs) result.scales.push_back(static_cast<float>(output.scale));
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    result.weights.push_back(outputs[i % c_out].weights[i / c_out]);
  }
  return result;
}

// What the sums lack on average, in their own unit: the mean input times the error of the weights.
std::vector<std::int32_t> mean_offsets(const nn::NarrowLayer& layer, const TensorStats& input,
                                       const PatchMoments& patches,
                                       const nn::LayerQuantization& quantization,
                                       const nn::QuantizedWeights& weights) {
  const auto c_in = static_cast<std::size_t>(layer.c_in);
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  std::vector<double> missing(c_out, 0.0);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const std::size_t channel = i / c_out % c_in, o = i % c_out;
    const double scale = quantization.channel_scales[channel];
    const double mean = patches.patches > 0 ? patches.mean[i / c_out] : input.mean(channel);
    const double exact = layer.weights[i] * scale / weights.scales[o];
    missing[o] += mean / (quantization.scale * scale) * (exact - weights.weights[i]);
    if (!std::binary_search(quantization.fine.begin(), quantization.fine.end(), channel)) continue;
    // On average half the parts of a step, wherever the input is not 0.
    const double parts = static_cast<double>(weights.weights[i]) / kernels::kFineParts;
    const double share = static_cast<double>(input.nonzero[channel]) / double(input.points);
    missing[o] += share * kernels::kFineParts / 2 * (parts - std::round(parts));
  }
  std::vector<std::int32_t> offsets;
  for (const double value : missing) {
    // To half precision, far below the error that is left: it takes two bytes in the file.
    const float half = kernels::half_to_float(kernels::float_to_half(static_cast<float>(value)));
    const bool fits = std::abs(value) < 65504;
    offsets.push_back(static_cast<std::int32_t>(std::lround(fits ? double{half} : value)));
  }
  return offsets;
}

}  // namespace

nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer,
                                     nn::LayerQuantization quantization, const TensorStats& input,
                                     const PatchMoments& patches, const Sensitivity& sensitivity,
                                     const QuantizeOptions& options) {
  auto weights = std::make_shared<nn::QuantizedWeights>(
      options.rounding == Rounding::kCompensated
          ? compensated(layer, quantization.channel_scales,
                        {byte_covariance(input, patches, quantization), patches.size}, sensitivity)
          : nearest_weights(layer.weights, layer.c_out, quantization.channel_scales,
                            options.weight_scales));
  if (options.bias_correction) {
    weights->offsets = mean_offsets(layer, input, patches, quantization, *weights);
  }
  quantization.weights = std::move(weights);
  return quantization;
}

std::vector<float> scaled_weights(nn::Weights weights, int c_out,
                                  std::span<const float> channel_scales) {
  std::vector<float> result(weights.begin(), weights.end());
  if (channel_scales.empty()) return result;
  const auto outputs = static_cast<std::size_t>(c_out);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] *= channel_scales[i / outputs % channel_scales.size()];
  }
  return result;
}

nn::QuantizedWeights nearest_weights(nn::Weights weights, int c_out,
                                     std::span<const float> channel_scales, WeightScales scales) {
  if (scales == WeightScales::kPerOutput) {
    return nn::quantize_weights(weights, c_out, channel_scales);
  }
  // As of one output.
  nn::QuantizedWeights result =
      nn::quantize_weights(scaled_weights(weights, c_out, channel_scales), 1, {});
  result.scales.assign(static_cast<std::size_t>(c_out), result.scales.front());
  return result;
}

// Without an offset the mean counts as well. Every pair of an input and an output channel has a
// scale of its own, as no integer product depends on them.
nn::QuantizedWeights round_weights(const nn::NarrowLayer& layer, const PatchMoments& patches,
                                   const Sensitivity& sensitivity) {
  std::vector<double> squares = patches.covariance;
  for (std::size_t i = 0; i < patches.size; ++i) {
    for (std::size_t j = 0; j < patches.size; ++j) {
      squares[i * patches.size + j] += patches.mean[i] * patches.mean[j];
    }
  }
  const CompensatedRounding rounding(squares, patches.size);
  const auto c_in = static_cast<std::size_t>(layer.c_in);
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  nn::QuantizedWeights result;
  result.weights.resize(layer.weights.size());
  result.scales.assign(c_in * c_out, 0.0f);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    float& scale = result.scales[i % result.scales.size()];
    scale = std::max(scale, std::abs(layer.weights[i]) / 127);
  }
  for (float& scale : result.scales) {
    // A scale that the file can hold as a half, rounded up.
    if (scale == 0) scale = 1;
    const float half = kernels::half_to_float(kernels::float_to_half(scale * 1.0005f));
    if (half >= scale) scale = half;
  }
  std::vector<std::vector<double>> scales(c_out);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    scales[i % c_out].push_back(static_cast<double>(result.scales[i % result.scales.size()]));
  }
  const JointRounding joint(rounding, cost_of(layer, sensitivity), c_out);
  const auto outputs = joint.round(by_output(layer, {}), scales);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    result.weights[i] = outputs[i % c_out].weights[i / c_out];
  }
  return result;
}

}  // namespace hayago::quant
