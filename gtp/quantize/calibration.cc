#include "gtp/quantize/calibration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <span>
#include <stdexcept>

#include "gtp/accuracy/net_batch.h"
#include "gtp/quantize/gradients.h"
#include "gtp/report/progress.h"
#include "nn/plan/plan.h"

namespace hayago::gtp {
namespace {

constexpr int kBatch = 8;

// 32,000 of the usual 1,000 positions, for sums over 864 or so.
int patches_per_position(const QuantizeFlags& flags) {
  return flags.rounding == "nearest" && flags.float_weights != "int8" ? 0 : 32;
}

}  // namespace

Calibration::Calibration(const nn::ModelDesc& model, const QuantizeFlags& flags,
                         const std::vector<search::GameState>& positions)
    : flags_(flags),
      attention_(nn::narrow_attention(nn::build_plan(model))),
      calibrator_(model, {}, flags.positions.size, flags.positions.size, kBatch,
                  patches_per_position(flags)) {
  NetBatch batch(calibrator_.info(), flags.positions.size, kBatch);
  Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1, "calibrating", positions.size(),
                    "pos");
  for (std::size_t at = 0; at < positions.size(); at += kBatch) {
    batch.fill(
        std::span(positions).subspan(at, std::min<std::size_t>(kBatch, positions.size() - at)));
    calibrator_.add(batch.inputs());
    for (std::size_t i = 0; i < batch.inputs().size(); ++i) progress.step();
  }
  progress.finish();
  if (flags.gradients == 0) return;
  const int most = most_gradients(calibrator_.info(), flags.positions.size, flags.gradients);
  Progress gradients(std::cerr, ::isatty(STDERR_FILENO) == 1, "gradients",
                     std::min(positions.size(), static_cast<std::size_t>(most)), "pos");
  calibrator_.set_sensitivity(
      find_sensitivity(model, flags.positions.size, positions, most, [&] { gradients.step(); }));
  gradients.finish();
}

nn::Precision Calibration::precision(double fine_share) const {
  quant::QuantizeOptions options;
  options.method = *quant::parse_range_method(flags_.method);
  options.rounding =
      flags_.rounding == "nearest" ? quant::Rounding::kNearest : quant::Rounding::kCompensated;
  if (flags_.balance != "auto") options.channel_balance = std::stod(flags_.balance);
  options.bias_correction = !flags_.no_bias_correction;
  options.fine_share = fine_share;
  options.weight_scales = quant::WeightScales::kPerOutput;
  if (flags_.weight_scales == "tensor") options.weight_scales = quant::WeightScales::kPerTensor;
  nn::Precision precision = calibrator_.precision(options);
  if (precision.layers.empty()) {
    throw std::runtime_error(
        "no layer of this network can be in int8: they have to have 16 or more "
        "input channels");
  }
  precision.attention = attention_;
  for (const std::string& layer : flags_.keep) {
    if (precision.erase(layer)) continue;
    throw std::runtime_error(
        fmt::format("--keep-fp {}: the network has no such layer to quantize", layer));
  }
  return precision;
}

nn::Int8Weights Calibration::float_weights(const nn::ModelDesc& model,
                                           const nn::Precision& precision) const {
  if (flags_.float_weights != "int8") return {};
  return calibrator_.float_layer_weights(model, precision);
}

}  // namespace hayago::gtp
