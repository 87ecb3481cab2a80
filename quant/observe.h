// What flows into the layers that can be quantized: one pass of the float network over positions,
// and the int8 precision that follows from it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/narrow.h"
#include "quant/scales.h"

namespace hayago::quant {

// One tensor's values at the points on the board.
struct TensorStats {
  explicit TensorStats(std::size_t channels = 0)
      : lowest(channels, 0.0f), highest(channels, 0.0f), sums(channels, 0.0) {}
  // One point's channels.
  void add(std::span<const float> values);
  double mean(std::size_t channel) const {
    return points == 0 ? 0 : sums[channel] / double(points);
  }

  Histogram histogram;
  std::uint64_t points = 0;
  std::vector<float> lowest, highest;  // by channel, at most and at least 0
  std::vector<double> sums;            // by channel
};

// By name of the layer; layers that read the same tensor have equal statistics.
using LayerInputs = std::map<std::string, TensorStats>;

struct QuantizeOptions {
  // Clipping costs winrate: the largest activations of a few positions matter.
  RangeMethod method = RangeMethod::kMax;
  // Every channel gets a scale of its own, from 0: the same for all, to 1: all use their bytes
  // fully. Between, weights and activations share the burden (SmoothQuant, Xiao et al. 2023).
  double channel_balance = 0.5;
  // Make up for the mean error of rounded weights (Nagel et al. 2019).
  bool bias_correction = true;
};

class Calibrator {
 public:
  // `model` must live as long. Throws ModelError as CpuExecutor does.
  Calibrator(const nn::ModelDesc& model, nn::CpuOptions options, int height, int width, int batch);
  ~Calibrator();

  // 1..batch positions.
  void add(std::span<const nn::PositionInput> inputs);
  const nn::NetInfo& info() const;

  LayerInputs layer_inputs() const;
  // All layers in int8. Throws std::runtime_error naming a layer whose input was not finite, or if
  // no position was added.
  nn::Precision precision(const QuantizeOptions& options) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
