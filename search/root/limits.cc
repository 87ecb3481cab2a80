#include "search/root/limits.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "search/root/choice.h"
#include "search/root/report.h"
#include "search/root/root_policy.h"
#include "search/root/root_rules.h"

namespace hayago::search {
namespace {

constexpr double kUnlimitedVisits = 1e30;
constexpr double kUpdateSeconds = 0.1;

std::int64_t scaled(std::int64_t count, double factor) {
  constexpr double kMost = 4611686018427387904.0;  // 2^62
  if (factor == 1) return count;
  return static_cast<std::int64_t>(std::ceil(std::min(kMost, static_cast<double>(count) * factor)));
}

double factor_after_passes(const SearchParams& params, const GameState& root) {
  const auto& moves = root.moves();
  if (moves.empty() || moves.back().loc != kPassLoc) return 1;
  const bool two = moves.size() >= 3 && moves[moves.size() - 3].loc == kPassLoc;
  return two ? params.search_factor_after_two_pass : params.search_factor_after_one_pass;
}

}  // namespace

EffectiveLimits effective_limits(const SearchParams& p, const SearchLimits& limits,
                                 const GameState& root) {
  EffectiveLimits out;
  out.search_factor = limits.search_factor * factor_after_passes(p, root);
  const double factor = out.search_factor;
  out.max_visits = scaled(limits.pondering ? p.max_visits_pondering : p.max_visits, factor);
  out.max_playouts = scaled(limits.pondering ? p.max_playouts_pondering : p.max_playouts, factor);
  out.max_seconds = (limits.pondering ? p.max_time_pondering : p.max_time) * factor;
  return out;
}

int useful_width(const SearchParams& p, const EffectiveLimits& limits, std::int64_t root_visits) {
  if (p.min_playouts_per_thread <= 0) return p.num_search_threads;
  const double playouts =
      static_cast<double>(std::min(limits.max_visits - root_visits, limits.max_playouts));
  const double useful = std::floor(playouts / p.min_playouts_per_thread);
  return static_cast<int>(std::clamp(useful, 1.0, static_cast<double>(p.num_search_threads)));
}

int threads_for(int width) {
  return std::min(width, std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

SearchClock::SearchClock(const SearchContext& c, const SearchLimits& limits,
                         const EffectiveLimits& effective, double carried_over_seconds)
    : c_(c),
      limits_(limits),
      effective_(effective),
      carried_over_(carried_over_seconds),
      limit_(effective.max_seconds) {}

double SearchClock::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double SearchClock::visits_left(std::int64_t root_visits, int threads) const {
  return visits_until(limit_, seconds(), root_visits, threads);
}

double SearchClock::visits_until(double limit, double used, std::int64_t root_visits,
                                 int threads) const {
  const double spent = carried_over_ + used;
  if (root_visits <= 1 || spent < kUpdateSeconds || limit >= 1e19) return kUnlimitedVisits;
  return std::ceil((limit - used) / spent * static_cast<double>(root_visits) + threads - 1);
}

bool SearchClock::is_over() {
  // The longest step fades slowly: beside other programs steps differ much.
  constexpr double kFading = 0.95;
  const double now = seconds();
  longest_step_ = std::max(kFading * longest_step_, now - last_question_);
  last_question_ = now;
  if (limits_.time_control.effectively_unlimited()) return now >= limit_;
  return now + std::min(longest_step_, limit_ / 2) >= limit_;
}

void SearchClock::update(const Node& root, int threads) {
  if (limits_.pondering || limits_.time_control.effectively_unlimited()) return;
  const double used = seconds();
  if (used < next_update_) return;
  next_update_ = used + kUpdateSeconds;
  limit_ = std::min(budget(root, used, threads), effective_.max_seconds);
}

double SearchClock::budget(const Node& root, double used, int threads) {
  SearchProgress progress;
  progress.used_seconds = used;
  progress.carried_over_seconds = carried_over_;
  progress.search_factor = effective_.search_factor;
  progress.turn = c_.turn_number;
  progress.area = c_.root_state.board().area();
  progress.stones = c_.root_state.board().stones_on_board();
  if (c_.params.obvious_moves_time_factor < 1 && root.output() != nullptr) {
    const Surprise s = root_surprise(c_, root);
    progress.surprise = s.surprise;
    progress.search_entropy = s.search_entropy;
    progress.policy_entropy = s.policy_entropy;
  }
  std::function<bool(double)> is_futile;
  if (c_.params.futile_visits_threshold > 0) {
    is_futile = [&](double limit) {
      const std::int64_t visits = root.stats.visits();
      return cannot_change_move(
          c_, root, visits_until(std::min(limit, effective_.max_seconds), used, visits, threads));
    };
  }
  return search_time_limit(limits_.time_control, c_.params, progress, is_futile);
}

bool cannot_change_move(const SearchContext& c, const Node& root, double visits_left) {
  if (root.output() == nullptr) return false;
  ChoiceOptions choice;
  choice.at_least = 1;
  PlayValues values;
  if (!play_values(c, root, true, choice, values) || values.edges.empty()) return false;
  const bool pass_suppressed = suppresses_pass(c, root);
  std::vector<double> visits;
  for (const EdgeView& edge : values.edges) {
    const bool barred = (edge.move == kPassLoc && pass_suppressed) || c.root_prior(edge.move) < 0;
    visits.push_back(barred ? 0 : static_cast<double>(edge.edge_visits));
  }
  const double temperature = interpolate_by_turn(c, c.params.chosen_move_temperature_early,
                                                 c.params.chosen_move_temperature);
  return is_decided(values.values, visits, static_cast<double>(root.stats.visits()), visits_left,
                    c.params.futile_visits_threshold, temperature);
}

bool is_decided(const std::vector<double>& values, const std::vector<double>& visits,
                double root_visits, double visits_left, double threshold, double temperature) {
  if (visits_left >= threshold * root_visits) return false;
  const auto index_of_largest = [](const std::vector<double>& list) {
    return std::max_element(list.begin(), list.end()) - list.begin();
  };
  if (index_of_largest(values) != index_of_largest(visits)) return false;
  const auto most = static_cast<std::size_t>(index_of_largest(visits));
  double need = threshold * visits[most];
  // Below that share of the visits a move is hardly ever drawn.
  if (temperature >= 1e-3) need = std::min(need, visits[most] * std::pow(0.01, temperature));
  for (std::size_t i = 0; i < visits.size(); ++i) {
    if (i != most && visits[i] + visits_left >= need) return false;
  }
  return true;
}

}  // namespace hayago::search
