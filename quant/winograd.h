// Scales for the Winograd forms of int8 convolutions (nn/model/quantization.h): one more pass over
// positions, of the network in int8, sees what the bytes of its layers' inputs become in the
// Winograd domain.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/narrow.h"
#include "quant/scales.h"

namespace hayago::quant {

class WinogradCalibrator {
 public:
  // `model` need not live on. `forms`: outputs of a tile in one dimension, 2 or 4. Of every
  // position and layer some tiles are looked at, the same every time. Throws as CpuExecutor does.
  WinogradCalibrator(const nn::ModelDesc& model, const nn::Precision& precision,
                     const std::vector<int>& forms, int height, int width, int batch);
  ~WinogradCalibrator();

  // 1..batch positions.
  void add(std::span<const nn::PositionInput> inputs);
  const nn::NetInfo& info() const;

  // Gives every 3x3 layer of the precision these forms. Clipping by least error is the default: of
  // 8 bits for numbers of several times the inputs' range, rare extremes would take most. Throws
  // std::runtime_error if no position was added.
  void add_forms(nn::Precision& precision, RangeMethod method = RangeMethod::kMse) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
