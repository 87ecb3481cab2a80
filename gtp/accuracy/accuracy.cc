#include "gtp/accuracy/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "gtp/accuracy/net_batch.h"

namespace hayago::gtp {
namespace {

double policy_divergence(const nn::NetOutput& exact, const nn::NetOutput& other) {
  constexpr double kTiny = 1e-30;
  double sum = 0;
  for (std::size_t i = 0; i < exact.policy.size(); ++i) {
    const double p = exact.policy[i];
    if (p > 0) sum += p * std::log(p / std::max<double>(other.policy[i], kTiny));
  }
  // Rounding of nearly equal policies can leave a little below zero.
  return std::max(sum, 0.0);
}

double ownership_difference(const nn::NetOutput& exact, const nn::NetOutput& other) {
  double sum = 0;
  int points = 0;
  for (std::size_t i = 0; i < std::min(exact.ownership.size(), other.ownership.size()); ++i) {
    if (exact.ownership[i] == 0 && other.ownership[i] == 0) continue;  // off the board
    sum += std::abs(double{exact.ownership[i]} - double{other.ownership[i]});
    ++points;
  }
  return points == 0 ? 0 : sum / points;
}

}  // namespace

std::size_t best_move(const nn::NetOutput& output) {
  return static_cast<std::size_t>(std::max_element(output.policy.begin(), output.policy.end()) -
                                  output.policy.begin());
}

void Magnitudes::add(double value) {
  values_.push_back(std::abs(value));
  sorted_ = false;
}

double Magnitudes::mean() const {
  double sum = 0;
  for (const double v : values_) sum += v;
  return values_.empty() ? 0 : sum / static_cast<double>(values_.size());
}

double Magnitudes::quantile(double share) const {
  if (values_.empty()) return 0;
  if (!sorted_) std::sort(values_.begin(), values_.end());
  sorted_ = true;
  const double last = static_cast<double>(values_.size() - 1);
  return values_[static_cast<std::size_t>(std::ceil(share * last))];
}

Difference difference_of(const nn::NetOutput& exact, const nn::NetOutput& other) {
  const auto balance = [](const nn::NetOutput& out) {
    return double{out.white_win} - double{out.white_loss};
  };
  const std::size_t expected = best_move(exact), got = best_move(other);
  Difference result;
  result.same_best_move = expected == got;
  result.closeness = double{exact.policy[got]} / double{exact.policy[expected]};
  result.divergence = policy_divergence(exact, other);
  result.winrate_points = std::abs(100 * (balance(other) - balance(exact)) / 2);
  result.lead_points = std::abs(double{other.white_lead} - double{exact.white_lead});
  result.ownership = ownership_difference(exact, other);
  return result;
}

void Accuracy::add(const Difference& difference) {
  ++positions;
  if (!difference.same_best_move) {
    ++other_best_move;
    closeness.add(difference.closeness);
    near_ties += difference.closeness >= 0.99 ? 1 : 0;
  }
  divergence.add(difference.divergence);
  winrate_points.add(difference.winrate_points);
  lead_points.add(difference.lead_points);
  ownership.add(difference.ownership);
}

std::vector<nn::NetOutput> evaluate_positions(const nn::Executor& executor, int size,
                                              const std::vector<search::GameState>& positions,
                                              const std::function<void()>& step) {
  const int batch = executor.max_batch();
  const auto context = executor.make_context(size, size, batch);
  NetBatch data(executor.info(), size, batch);
  std::vector<nn::NetOutput> results;
  for (std::size_t at = 0; at < positions.size(); at += static_cast<std::size_t>(batch)) {
    const std::size_t count = std::min(static_cast<std::size_t>(batch), positions.size() - at);
    data.fill(std::span(positions).subspan(at, count));
    for (nn::NetOutput& output : data.run(*context)) {
      results.push_back(std::move(output));
      if (step) step();
    }
  }
  return results;
}

Accuracy accuracy_of(const std::vector<nn::NetOutput>& exact,
                     const std::vector<nn::NetOutput>& other) {
  Accuracy accuracy;
  for (std::size_t i = 0; i < exact.size(); ++i) accuracy.add(exact[i], other[i]);
  return accuracy;
}

Accuracy compare_networks(const nn::Executor& exact, const nn::Executor& other, int size,
                          const std::vector<search::GameState>& positions,
                          const std::function<void()>& step) {
  return accuracy_of(evaluate_positions(exact, size, positions, step),
                     evaluate_positions(other, size, positions, step));
}

std::string accuracy_table(const Accuracy& a) {
  std::string text =
      fmt::format("same best move   {:.2f} % of {} positions ({} others, {} of them within 1 %)\n",
                  100 * a.same_best_move(), a.positions, a.other_best_move, a.near_ties);
  text += fmt::format("{:<18}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "difference", "mean", "50 %",
                      "90 %", "99 %", "most");
  const auto row = [&](const char* name, const Magnitudes& m) {
    text += fmt::format("{:<18}{:>10.4f}{:>10.4f}{:>10.4f}{:>10.4f}{:>10.4f}\n", name, m.mean(),
                        m.quantile(0.5), m.quantile(0.9), m.quantile(0.99), m.quantile(1));
  };
  row("policy KL", a.divergence);
  row("winrate (points)", a.winrate_points);
  row("lead (points)", a.lead_points);
  row("ownership", a.ownership);
  return text;
}

}  // namespace hayago::gtp
