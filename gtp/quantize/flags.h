// What a user may say to `hayago quantize`.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gtp/accuracy/positions.h"
#include "gtp/quantize/mixed.h"
#include "gtp/quantize/qat.h"

namespace hayago::gtp {

struct QuantizeFlags {
  std::string model, output, html_file, json_file;
  std::string method = "max", rounding = "compensated", balance = "auto", float_weights = "int8",
              weight_scales = "output";
  std::vector<std::string> data, evaluate_data, keep;
  std::vector<int> winograd;
  bool no_bias_correction = false, no_output_fit = false;
  int selfplay = 0;
  int gradients = 200;  // positions
  std::optional<double> fine_share;
  PositionOptions positions;
  QuantizationBudget budget;
  QatOptions training;
};

void add_quantize_flags(CLI::App& app, QuantizeFlags& flags);

}  // namespace hayago::gtp
