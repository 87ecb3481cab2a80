// Internal to this folder: seconds of whole passes through a network.
#pragma once
#include <vector>

#include "nn/tune/tune.h"

namespace hayago::nn {

// Passes of 1, 2 and 4 positions on options.threads threads at a time; larger ones as long as the
// last doubling was clearly worth it.
std::vector<TuneReport::Pass> time_passes(const ModelDesc& model, CpuOptions cpu,
                                          const TuneOptions& options);

}  // namespace hayago::nn
