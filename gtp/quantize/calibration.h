// The pass of a float network over the calibrating positions, with a bar of its progress on stderr.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "gtp/quantize/flags.h"
#include "nn/model/desc.h"
#include "nn/model/tensor_model.h"
#include "nn/plan/narrow.h"
#include "quant/observe.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

class Calibration {
 public:
  // Keeps what quantization needs of the positions; model and flags must live as long.
  Calibration(const nn::ModelDesc& model, const QuantizeFlags& flags,
              const std::vector<search::GameState>& positions);

  // All layers that can be in int8, and all attention, but for --keep-fp. fine_share:
  // quant::QuantizeOptions.
  nn::Precision precision(double fine_share) const;
  // Of the layers of `model` that stay in float; none unless the flags want them. The network is
  // the constructor's or one trained from it.
  nn::Int8Weights float_weights(const nn::ModelDesc& model, const nn::Precision& precision) const;

 private:
  const QuantizeFlags& flags_;
  std::set<std::string> attention_;
  quant::Calibrator calibrator_;
};

}  // namespace hayago::gtp
