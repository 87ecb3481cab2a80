#include "search/root/limits.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "search/root/choice.h"
#include "search/root/report.h"
#include "search/root/root_policy.h"

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
  const double spent = carried_over_ + seconds();
  if (root_visits <= 1 || spent < kUpdateSeconds || limit_ >= 1e19) return kUnlimitedVisits;
  return std::ceil((limit_ - seconds()) / spent * static_cast<double>(root_visits) + threads - 1);
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
  limit_ = std::min(search_time_limit(limits_.time_control, c_.params, progress),
                    effective_.max_seconds);
  if (c_.params.futile_visits_threshold > 0 && cannot_change_move(root, used, threads)) {
    return used * (1 - 1e-10);
  }
  return limit_;
}

// Spec/06 section 4 step 6: the move with most visits is also the best, and no other move can catch
// up in the time that is left.
bool SearchClock::cannot_change_move(const Node& root, double used, int threads) const {
  if (used <= 0 || root.output() == nullptr) return false;
  const SearchParams& p = c_.params;
  const std::int64_t root_visits = root.stats.visits();
  const double left = visits_left(root_visits, threads);
  if (left >= p.futile_visits_threshold * static_cast<double>(root_visits)) return false;
  ChoiceOptions choice;
  choice.at_least = 1;
  PlayValues values;
  if (!play_values(c_, root, true, choice, values) || values.edges.empty()) return false;
  std::size_t best = 0, most = 0;
  for (std::size_t i = 1; i < values.edges.size(); ++i) {
    if (values.values[i] > values.values[best]) best = i;
    if (values.edges[i].edge_visits > values.edges[most].edge_visits) most = i;
  }
  if (best != most) return false;
  const double most_visits = static_cast<double>(values.edges[most].edge_visits);
  const double temperature =
      interpolate_by_turn(c_, p.chosen_move_temperature_early, p.chosen_move_temperature);
  double need = p.futile_visits_threshold * most_visits;
  if (temperature >= 1e-3) need = std::min(need, most_visits * std::pow(0.01, temperature));
  for (std::size_t i = 0; i < values.edges.size(); ++i) {
    if (i != most && static_cast<double>(values.edges[i].edge_visits) + left >= need) return false;
  }
  return true;
}

}  // namespace hayago::search
