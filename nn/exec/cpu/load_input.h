// From a caller's arrays to the input tensors of a plan.
#pragma once
#include "nn/exec/executor.h"
#include "nn/plan/plan.h"

namespace hayago::nn {

// Copies one position into its slot of the plan's inputs, with zeros in the padding of channels.
// `tensors` are by TensorId; `mask` gets the slot's (pixels) of 0 and 1. Returns the board's area.
float load_input(const Plan& plan, const PositionInput& input, int slot, int pixels,
                 float* const* tensors, float* mask);

}  // namespace hayago::nn
