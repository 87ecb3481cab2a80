// Recorded positions as inputs of a network and what it should say of them.
#pragma once
#include <cstdint>
#include <vector>

#include "nn/exec/executor.h"
#include "quant/train/loss.h"
#include "quant/train/position_record.h"

namespace hayago::gtp {

// Arrays of one position in a buffer of size x size points.
struct EncodedPosition {
  std::vector<std::uint32_t> planes;
  std::vector<float> global;
  quant::TrainingTargets targets;

  nn::PositionInput input() const { return {nullptr, global.data(), nullptr, planes.data()}; }
  quant::TrainingExample example() const { return {input(), &targets}; }
};

// The board lies in the upper left corner. Throws as state_of() does.
EncodedPosition encode(const quant::PositionRecord& record, const nn::NetInfo& net, int size);

}  // namespace hayago::gtp
