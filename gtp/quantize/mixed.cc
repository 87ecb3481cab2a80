#include "gtp/quantize/mixed.h"

#include <algorithm>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/fuse.h"

namespace hayago::gtp {
namespace {

// Shares of the layers' multiply-accumulates, by name.
std::map<std::string, double> mac_shares(const nn::ModelDesc& model) {
  std::map<std::string, double> shares;
  double total = 0;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    shares[layer.name] += static_cast<double>(layer.weights.size());  // per pixel
    total += static_cast<double>(layer.weights.size());
  }
  for (auto& [name, share] : shares) share /= total;
  return shares;
}

class Chooser {
 public:
  Chooser(const nn::ModelDesc& model, int size, const std::vector<search::GameState>& positions)
      : model_(model), size_(size), positions_(positions) {
    exact_ = evaluate_positions(nn::CpuExecutor(model_, {}, nn::Precision{}), size_, positions_);
  }

  Accuracy measure(const nn::Precision& precision) const {
    return accuracy_of(
        exact_, evaluate_positions(nn::CpuExecutor(model_, {}, precision), size_, positions_));
  }

  std::vector<LayerSensitivity> rank(const nn::Precision& all,
                                     const std::function<void()>& step) const {
    const auto shares = mac_shares(model_);
    std::vector<LayerSensitivity> ranking;
    for (const auto& [name, layer] : all.layers) {
      nn::Precision alone;
      alone.kind = all.kind;
      alone.layers[name] = layer;
      const Accuracy accuracy = measure(alone);
      ranking.push_back(
          {name, accuracy.winrate_points.mean(), accuracy.divergence.mean(), shares.at(name)});
      if (step) step();
    }
    std::sort(ranking.begin(), ranking.end(),
              [](const auto& a, const auto& b) { return a.winrate_points > b.winrate_points; });
    return ranking;
  }

 private:
  const nn::ModelDesc& model_;
  int size_;
  const std::vector<search::GameState>& positions_;
  std::vector<nn::NetOutput> exact_;
};

}  // namespace

MixedPrecision choose_int8_layers(const nn::ModelDesc& model, const nn::Precision& all, int size,
                                  const std::vector<search::GameState>& positions,
                                  const QuantizationBudget& budget,
                                  const std::function<void()>& step) {
  const Chooser chooser(model, size, positions);
  MixedPrecision result;
  result.precision = all;
  const auto within_budget = [&] {
    return chooser.measure(result.precision).winrate_points.mean() <= budget.winrate_points;
  };
  result.within_budget = within_budget();
  if (result.within_budget) return result;
  result.ranking = chooser.rank(all, step);
  for (const LayerSensitivity& layer : result.ranking) {
    if (result.int8_share - layer.mac_share < budget.least_int8_share) continue;
    result.precision.layers.erase(layer.layer);
    result.kept.push_back(layer.layer);
    result.int8_share -= layer.mac_share;
    result.within_budget = within_budget();
    if (result.within_budget) break;
  }
  return result;
}

}  // namespace hayago::gtp
