// Random weights to begin training with.
#pragma once
#include <cstdint>

#include "nn/model/desc.h"

namespace hayago::quant {

// Replaces all numbers of a network that TrainableModel can train; its architecture stays. Without
// norms by statistics, it is the weights that must keep numbers of order one:
// - weights have the variance 2 / (inputs of an output), for rectifiers (He et al.,
//   arXiv:1502.01852);
// - the last convolution of a branch is scaled down by the root of the number of branches, so that
//   all of them together add as much to a stream as it began with (after Zhang et al.,
//   arXiv:1901.09321), and the scale of the norm in front of block i is 1 / sqrt(1 + i / blocks);
// - outputs begin small: moves equally likely, the score around 0.
// The weights are a function of the architecture and the seed, equal on every machine.
void initialise(nn::ModelDesc& model, std::uint64_t seed);

}  // namespace hayago::quant
