#include "gtp/quantize/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "gtp/quantize/net_batch.h"

namespace hayago::gtp {
namespace {

double policy_divergence(const nn::NetOutput& exact, const nn::NetOutput& other) {
  constexpr double kTiny = 1e-30;
  double sum = 0;
  for (std::size_t i = 0; i < exact.policy.size(); ++i) {
    const double p = exact.policy[i];
    if (p > 0) sum += p * std::log(p / std::max<double>(other.policy[i], kTiny));
  }
  return sum;
}

}  // namespace

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

void Accuracy::add(const nn::NetOutput& exact, const nn::NetOutput& other) {
  ++positions;
  const auto best = [](const nn::NetOutput& out) {
    return static_cast<std::size_t>(std::max_element(out.policy.begin(), out.policy.end()) -
                                    out.policy.begin());
  };
  const std::size_t expected = best(exact), got = best(other);
  if (expected != got) {
    ++other_best_move;
    const double share = exact.policy[got] / exact.policy[expected];
    closeness.add(share);
    near_ties += share >= 0.99 ? 1 : 0;
  }
  divergence.add(policy_divergence(exact, other));
  const double difference =
      (other.white_win - other.white_loss) - (exact.white_win - exact.white_loss);
  winrate_points.add(100 * difference / 2);
  lead_points.add(other.white_lead - exact.white_lead);
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
  return text;
}

}  // namespace hayago::gtp
