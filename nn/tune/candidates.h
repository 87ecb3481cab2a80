// Internal to this folder: what may be chosen for a layer.
#pragma once
#include <span>
#include <vector>

#include "nn/exec/cpu/cpu_op.h"
#include "nn/exec/cpu/layer_key.h"

namespace hayago::nn {

// Of a convolution or product whose input is `input`, the executor's own choice first. `forms` are
// those that an int8 layer has scales for. Without the "fp32" of int8 layers, which is the business
// of their float twins.
std::vector<CpuChoice> candidates(LayerInput input, const kernels::ConvShape& shape,
                                  kernels::Isa isa, std::span<const WinogradScales> forms = {});

// Winograd forms of floats with other numbers of positions per pass over the weights than their
// own; nothing for other kernels.
std::vector<CpuChoice> other_passes(LayerInput input, const CpuChoice& choice, int positions);

}  // namespace hayago::nn
