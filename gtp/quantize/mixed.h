// Mixed precision: which layers stay in float so that the rest may be in int8 within a budget
// (design/quantization.md, method 5).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gtp/accuracy/accuracy.h"
#include "nn/model/desc.h"
#include "nn/plan/narrow.h"

namespace hayago::gtp {

struct QuantizationBudget {
  double winrate_points = 0.25;    // mean error; 0: any
  double least_int8_share = 0.85;  // of all multiply-accumulates of convolutions and products
};

struct LayerSensitivity {
  std::string layer;
  double winrate_points = 0, divergence = 0;  // means, with this layer alone in int8
  double mac_share = 0;
};

struct MixedPrecision {
  nn::Precision precision;
  std::vector<LayerSensitivity> ranking;  // most sensitive first
  std::vector<std::string> kept;          // in float
  double int8_share = 0;                  // of all multiply-accumulates
  bool within_budget = false;
};

// Leaves layers of `all` in float, those first whose squared winrate error alone is largest for
// their share of the multiply-accumulates, until the mean winrate error on some of the positions is
// within the budget or no more may be left out. `step` is called for every layer that
// was tried. `finer` gives the same layers at more multiplications: they replace `all` where that
// is not within the budget, before a layer goes back to float.
MixedPrecision choose_int8_layers(const nn::ModelDesc& model, const nn::Precision& all, int size,
                                  const std::vector<search::GameState>& positions,
                                  const QuantizationBudget& budget,
                                  const std::function<void()>& step = {},
                                  const std::function<nn::Precision()>& finer = {});

}  // namespace hayago::gtp
