// What flows into the layers that can be quantized: one pass of the float network over positions,
// and the int8 precision that follows from it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/narrow.h"
#include "quant/moments.h"
#include "quant/scales.h"
#include "quant/sensitivity.h"

namespace hayago::quant {

// One tensor's values at the points on the board.
struct TensorStats {
  explicit TensorStats(std::size_t channels = 0)
      : lowest(channels, 0.0f),
        highest(channels, 0.0f),
        sums(channels, 0.0),
        squares(channels, 0.0),
        nonzero(channels, 0) {}
  // One point's channels.
  void add(std::span<const float> values);
  double mean(std::size_t channel) const {
    return points == 0 ? 0 : sums[channel] / double(points);
  }

  Histogram histogram;
  std::uint64_t points = 0;
  std::vector<float> lowest, highest;  // by channel, at most and at least 0
  std::vector<double> sums, squares;   // by channel
  std::vector<std::uint64_t> nonzero;  // by channel
};

// By name of the layer; layers that read the same tensor have equal statistics.
using LayerInputs = std::map<std::string, TensorStats>;

// kNearest: every weight to its nearest integer. kCompensated: quant/rounding.h.
enum class Rounding { kNearest, kCompensated };
// How many scales the weights of a layer have. kPerTensor, one, is what other programs' int8 has;
// here it is the poor start that training is shown to mend.
enum class WeightScales { kPerOutput, kPerTensor };

struct QuantizeOptions {
  // Clipping costs winrate: the largest activations of a few positions matter.
  RangeMethod method = RangeMethod::kMax;
  // Every input channel gets a scale of its own: from 0, the same for all, to 1, all use their
  // bytes fully. Between, weights and activations share the burden (SmoothQuant, Xiao et al. 2023).
  // None: for every channel the scale with the least expected error of the outputs.
  std::optional<double> channel_balance;
  // Make up for the mean error of rounded weights (Nagel et al. 2019).
  bool bias_correction = true;
  Rounding rounding = Rounding::kCompensated;
  WeightScales weight_scales = WeightScales::kPerOutput;  // kPerTensor: with kNearest alone
  // Fine input channels (kernels/narrow) may add that share of the multiplications of all layers:
  // those whose errors cost most. Only with scales of the least expected error.
  double fine_share = 0.5;
};

class Calibrator {
 public:
  // `model` must live as long. Of every position, that many patches of every layer's input are
  // gathered for compensated rounding; memory: 8 * (taps * c_in)^2 bytes per layer, at 0 none and
  // no compensation. Throws ModelError as CpuExecutor does.
  Calibrator(const nn::ModelDesc& model, nn::CpuOptions options, int height, int width, int batch,
             int patches_per_position = 32);
  ~Calibrator();

  // 1..batch positions.
  void add(std::span<const nn::PositionInput> inputs);
  const nn::NetInfo& info() const;

  LayerInputs layer_inputs() const;
  // From now on, precision() and float_layer_weights() reckon with what errors cost.
  void set_sensitivity(Sensitivity sensitivity);
  // All layers in int8. Throws std::runtime_error naming a layer whose input was not finite, or if
  // no position was added.
  nn::Precision precision(const QuantizeOptions& options) const;

  // Integers for the weights of convolutions that compute in float: of those that cannot be in int8
  // (the first layer) and of all that `precision` lacks, with a scale per pair of channels. The
  // weights are those of `model`, which is the constructor's or one trained from it. None
  // for 1x1 convolutions and products: such a scale would be larger than its weight, and with a
  // scale per output rounding costs as much as int8 does. Of all roundings the compensated one:
  // there is no offset to mend anything.
  std::map<std::string, std::shared_ptr<const nn::QuantizedWeights>> float_layer_weights(
      const nn::ModelDesc& model, const nn::Precision& precision) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
