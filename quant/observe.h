// What flows into the layers that can be quantized: one pass of the float network over positions.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/narrow.h"
#include "quant/scales.h"

namespace hayago::quant {

// By name of the layer; layers that read the same tensor have equal histograms. Only points on the
// board count.
using LayerInputs = std::map<std::string, Histogram>;

class Calibrator {
 public:
  // The model may go away. Throws ModelError as CpuExecutor does.
  Calibrator(const nn::ModelDesc& model, const nn::CpuOptions& options, int height, int width,
             int batch);
  ~Calibrator();

  // 1..batch positions.
  void add(std::span<const nn::PositionInput> inputs);
  const nn::NetInfo& info() const;

  LayerInputs layer_inputs() const;
  // All layers in int8, each with the range of the method. Throws std::runtime_error naming a layer
  // whose input was not finite, or if no position was added.
  nn::Precision precision(RangeMethod method) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
