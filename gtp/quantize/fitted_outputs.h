// The value head of a network in int8, fitted to what its layers make of positions.
#pragma once
#include <functional>
#include <vector>

#include "nn/model/tensor_model.h"
#include "nn/plan/narrow.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// `exact` is the float network; `model` is the same with layers in int8, to be stored with
// `float_weights`. Changes its value head (quant/output_fit.h). Returns the share of the squared
// error of the winrate's logit that is left, 1 if nothing helped. `step` is called per position.
double fit_outputs(const nn::ModelDesc& exact, nn::ModelDesc& model, const nn::Precision& precision,
                   const nn::Int8Weights& float_weights, int size,
                   const std::vector<search::GameState>& positions,
                   const std::function<void()>& step = {});

}  // namespace hayago::gtp
