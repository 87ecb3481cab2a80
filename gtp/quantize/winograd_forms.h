// Scales for the Winograd forms of a network's int8 layers.
#pragma once
#include <functional>
#include <vector>

#include "nn/model/desc.h"
#include "nn/plan/narrow.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// Gives the 3x3 layers of `precision` scales for these forms (nn/model/quantization.h), from the
// network in int8 on positions of boards up to size x size. Calls step() for each that it
// evaluates: for the distribution of values a part of many positions will do.
void add_winograd_forms(const nn::ModelDesc& model, const std::vector<int>& forms, int size,
                        const std::vector<search::GameState>& positions, nn::Precision& precision,
                        const std::function<void()>& step);

// The number of positions that it evaluates of so many.
std::size_t winograd_positions(std::size_t positions);

}  // namespace hayago::gtp
