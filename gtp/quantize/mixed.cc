#include "gtp/quantize/mixed.h"

#include <algorithm>
#include <set>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/fuse.h"

namespace hayago::gtp {
namespace {

constexpr std::size_t kJudges = 400, kRankers = 100;  // positions

// At most so many, from everywhere among them.
std::vector<search::GameState> spread(const std::vector<search::GameState>& positions,
                                      std::size_t most) {
  const std::size_t count = std::min(most, positions.size());
  std::vector<search::GameState> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(positions[i * positions.size() / count]);
  return result;
}

double multiply_accumulates(const nn::Plan& plan, const nn::Op& op, int points) {
  if (const auto* c = std::get_if<nn::ConvOp>(&op)) {
    return static_cast<double>(c->weights.size()) * points;
  }
  const auto* m = std::get_if<nn::MatMulOp>(&op);
  if (m == nullptr) return 0;
  return static_cast<double>(m->weights.size()) * (plan.tensor(m->in).per_pixel ? points : 1);
}

// By name, the shares that the layers have in all convolutions and products of the network;
// attention has no weights and counts apart.
std::map<std::string, double> mac_shares(const nn::ModelDesc& model, int size) {
  const nn::Plan plan = nn::fuse(nn::build_plan(model));
  double total = 0;
  for (const nn::Op& op : plan.ops) total += multiply_accumulates(plan, op, size * size);
  std::map<std::string, double> shares;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    shares[layer.name] += multiply_accumulates(plan, plan.ops[layer.op], size * size) / total;
  }
  return shares;
}

// Those first whose place in int8 costs most for what it gains: errors of layers add up by their
// squares. Attention costs little accuracy and much time in float: only --keep-fp takes it out.
std::vector<LayerSensitivity> candidates(const std::vector<LayerSensitivity>& ranking,
                                         const std::set<std::string>& attention) {
  std::vector<LayerSensitivity> order;
  for (const LayerSensitivity& layer : ranking) {
    if (!attention.contains(layer.layer)) order.push_back(layer);
  }
  const auto price = [](const LayerSensitivity& layer) {
    return layer.winrate_points * layer.winrate_points / layer.mac_share;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return price(a) > price(b); });
  return order;
}

class Chooser {
 public:
  Chooser(const nn::ModelDesc& model, int size, std::vector<search::GameState> positions,
          std::map<std::string, double> shares)
      : model_(model), size_(size), positions_(std::move(positions)), shares_(std::move(shares)) {
    exact_ = evaluate_positions(nn::CpuExecutor(model_, {}, nn::Precision{}), size_, positions_);
  }

  Accuracy measure(const nn::Precision& precision) const {
    return accuracy_of(
        exact_, evaluate_positions(nn::CpuExecutor(model_, {}, precision), size_, positions_));
  }

  std::vector<LayerSensitivity> rank(const nn::Precision& all,
                                     const std::function<void()>& step) const {
    std::vector<LayerSensitivity> ranking;
    const auto add = [&](const std::string& name, const nn::Precision& alone) {
      const Accuracy accuracy = measure(alone);
      const auto share = shares_.find(name);
      ranking.push_back({name, accuracy.winrate_points.mean(), accuracy.divergence.mean(),
                         share != shares_.end() ? share->second : 0});
      if (step) step();
    };
    for (const auto& layer : all.layers) add(layer.first, {all.kind, {layer}, {}});
    for (const std::string& name : all.attention) add(name, {all.kind, {}, {name}});
    std::sort(ranking.begin(), ranking.end(),
              [](const auto& a, const auto& b) { return a.winrate_points > b.winrate_points; });
    return ranking;
  }

 private:
  const nn::ModelDesc& model_;
  int size_;
  std::vector<search::GameState> positions_;
  std::map<std::string, double> shares_;
  std::vector<nn::NetOutput> exact_;
};

}  // namespace

MixedPrecision choose_int8_layers(const nn::ModelDesc& model, const nn::Precision& all, int size,
                                  const std::vector<search::GameState>& positions,
                                  const QuantizationBudget& budget,
                                  const std::function<void()>& step,
                                  const std::function<nn::Precision()>& finer) {
  MixedPrecision result;
  result.precision = all;
  const std::map<std::string, double> shares = mac_shares(model, size);
  for (const auto& [name, layer] : all.layers) result.int8_share += shares.at(name);
  result.within_budget = budget.winrate_points <= 0;
  if (result.within_budget) return result;
  const Chooser chooser(model, size, spread(positions, kJudges), shares);
  const auto within_budget = [&] {
    return chooser.measure(result.precision).winrate_points.mean() <= budget.winrate_points;
  };
  result.within_budget = within_budget();
  if (result.within_budget) return result;
  if (finer) {
    result.precision = finer();
    result.within_budget = within_budget();
    if (result.within_budget) return result;
  }
  // The order needs fewer positions than the decision.
  result.ranking =
      Chooser(model, size, spread(positions, kRankers), shares).rank(result.precision, step);
  for (const LayerSensitivity& layer : candidates(result.ranking, all.attention)) {
    if (result.int8_share - layer.mac_share < budget.least_int8_share) continue;
    result.precision.erase(layer.layer);
    result.kept.push_back(layer.layer);
    result.int8_share -= layer.mac_share;
    result.within_budget = within_budget();
    if (result.within_budget) break;
  }
  return result;
}

}  // namespace hayago::gtp
