#include "quant/layer.h"

#include <algorithm>
#include <cmath>

#include "kernels/cuda/half_bits.h"
#include "quant/rounding.h"

namespace hayago::quant {
namespace {

// A channel that hardly ever is anything but 0 must not make its weights vanish.
constexpr double kSmallestShare = 1e-3;
constexpr double kLeftByCompensation = 0.2;

// What every channel needs of the tensor's step so that its largest value fits, at most 1.
std::vector<double> needed_shares(const TensorStats& input, const ByteRange& range) {
  std::vector<double> shares;
  for (std::size_t c = 0; c < input.highest.size(); ++c) {
    double needed = input.highest[c] / static_cast<double>(255 - range.zero);
    if (range.zero == 255) needed = 0;
    if (range.zero > 0) needed = std::max(needed, -input.lowest[c] / double(range.zero));
    shares.push_back(std::clamp(needed / range.scale, kSmallestShare, 1.0));
  }
  return shares;
}

// A channel's own step s makes two errors in the outputs: s^2 * (the channel's weights)^2 of its
// values, and (step of the weights / s)^2 * (its values)^2 of its weights, whose steps follow from
// the largest of weight * s of an output. The s with the least sum, in turn with those steps; an
// output counts relative to the variance that it has if inputs were independent.
std::vector<double> least_error_steps(const std::vector<nn::NarrowLayer>& readers,
                                      const TensorStats& input, std::vector<double> needed,
                                      Rounding rounding) {
  // What is left of the weights' error, roughly, where weights make up for each other.
  const double left = rounding == Rounding::kCompensated ? kLeftByCompensation : 1.0;
  const std::size_t channels = needed.size();
  const auto points = static_cast<double>(std::max<std::uint64_t>(input.points, 1));
  std::vector<double> steps = needed;
  for (int turn = 0; turn < 4; ++turn) {
    std::vector<double> of_values(channels), of_weights(channels);
    for (const nn::NarrowLayer& layer : readers) {
      const auto c_out = static_cast<std::size_t>(layer.c_out);
      std::vector<double> largest(c_out), variance(c_out, 1e-30);
      for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const std::size_t c = i / c_out % channels;
        const auto w = static_cast<double>(layer.weights[i]);
        largest[i % c_out] = std::max(largest[i % c_out], std::abs(w) * steps[c]);
        variance[i % c_out] += w * w * input.squares[c] / points;
      }
      for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const std::size_t c = i / c_out % channels, o = i % c_out;
        const auto w = static_cast<double>(layer.weights[i]);
        const double step = largest[o] / 127;
        of_values[c] += w * w / variance[o] * static_cast<double>(input.nonzero[c]) / points;
        of_weights[c] += left * step * step / variance[o] * input.squares[c] / points;
      }
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const double best = of_values[c] > 0 ? std::pow(of_weights[c] / of_values[c], 0.25) : 0;
      steps[c] = std::max(needed[c], best);
    }
  }
  return steps;
}

// The tensor's scale and every channel's relative to it.
void set_scales(const std::vector<nn::NarrowLayer>& readers, const TensorStats& input,
                const QuantizeOptions& options, nn::LayerQuantization& quantization) {
  const ByteRange range = choose_range(input.histogram, options.method);
  std::vector<double> shares = needed_shares(input, range);
  if (options.channel_balance) {
    for (double& share : shares) share = std::pow(share, *options.channel_balance);
  } else {
    for (double& share : shares) share *= range.scale;
    shares = least_error_steps(readers, input, std::move(shares), options.rounding);
    for (double& share : shares) share /= range.scale;
  }
  quantization.scale = range.scale;
  quantization.zero = range.zero;
  for (const double share : shares) {
    const auto as_float = static_cast<float>(share);
    // As the file holds it in two bytes.
    const float half = kernels::half_to_float(kernels::float_to_half(as_float * 1.0005f));
    quantization.channel_scales.push_back(half >= as_float && half <= 60000.0f ? half : as_float);
  }
}

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
    covariance[i * size + i] += nonzero / static_cast<double>(input.points) / 12;
  }
  return covariance;
}

// Weights times the scales of their input channels, one output's at a time.
nn::QuantizedWeights compensated(const nn::NarrowLayer& layer,
                                 std::span<const float> channel_scales,
                                 const CompensatedRounding& rounding) {
  const auto c_in = static_cast<std::size_t>(layer.c_in);
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  nn::QuantizedWeights result;
  result.weights.resize(layer.weights.size());
  std::vector<double> weights(layer.weights.size() / c_out);
  for (std::size_t o = 0; o < c_out; ++o) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = static_cast<double>(layer.weights[i * c_out + o]);
      if (!channel_scales.empty()) weights[i] *= static_cast<double>(channel_scales[i % c_in]);
    }
    const CompensatedRounding::Output output = rounding.round(weights);
    result.scales.push_back(static_cast<float>(output.scale));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      result.weights[i * c_out + o] = output.weights[i];
    }
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
  }
  std::vector<std::int32_t> offsets;
  for (const double value : missing)
    offsets.push_back(static_cast<std::int32_t>(std::lround(value)));
  return offsets;
}

}  // namespace

nn::LayerQuantization quantize_layer(const nn::NarrowLayer& layer,
                                     const std::vector<nn::NarrowLayer>& readers,
                                     const TensorStats& input, const PatchMoments& patches,
                                     const QuantizeOptions& options) {
  nn::LayerQuantization quantization;
  set_scales(readers, input, options, quantization);
  auto weights = std::make_shared<nn::QuantizedWeights>(
      options.rounding == Rounding::kCompensated
          ? compensated(layer, quantization.channel_scales,
                        {byte_covariance(input, patches, quantization), patches.size})
          : nn::quantize_weights(layer.weights, layer.c_out, quantization.channel_scales));
  if (options.bias_correction) {
    weights->offsets = mean_offsets(layer, input, patches, quantization, *weights);
  }
  quantization.weights = std::move(weights);
  return quantization;
}

// Without an offset the mean counts as well. Every pair of an input and an output channel has a
// scale of its own: no integer product depends on them.
nn::QuantizedWeights round_weights(const nn::NarrowLayer& layer, const PatchMoments& patches) {
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
  std::vector<double> weights(patches.size), scales(patches.size);
  for (std::size_t o = 0; o < c_out; ++o) {
    for (std::size_t i = 0; i < patches.size; ++i) {
      weights[i] = static_cast<double>(layer.weights[i * c_out + o]);
      scales[i] = static_cast<double>(result.scales[i % c_in * c_out + o]);
    }
    const std::vector<std::int8_t> q = rounding.round(weights, scales);
    for (std::size_t i = 0; i < patches.size; ++i) result.weights[i * c_out + o] = q[i];
  }
  return result;
}

}  // namespace hayago::quant
