// What errors cost a network, at some of the positions that calibrate.
#pragma once
#include <functional>
#include <vector>

#include "nn/exec/executor.h"
#include "nn/model/desc.h"
#include "quant/sensitivity.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// `wanted`, or fewer where a network is so large that they would take minutes.
int most_gradients(const nn::NetInfo& net, int size, int wanted);

// Of `most` positions from everywhere among them. The same whatever the machine's cores. `step` is
// called for every position, one at a time.
quant::Sensitivity find_sensitivity(const nn::ModelDesc& model, int size,
                                    const std::vector<search::GameState>& positions, int most,
                                    const std::function<void()>& step);

}  // namespace hayago::gtp
