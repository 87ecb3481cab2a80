#include "search/update/adjust.h"

#include <algorithm>
#include <utility>

namespace hayago::search {
namespace {

// An entry with so much less weight than the new visits is replaced.
constexpr double kKeepOld = 0.75;

double pattern_utility(const SearchContext& c, const Hash128& pattern) {
  double utility = c.own_patterns.utility(pattern);
  if (c.foreign_patterns != nullptr) utility += c.foreign_patterns->utility(pattern);
  return utility;
}

bool uses_patterns(const SearchContext& c) {
  return c.params.avoid_repeated_pattern_utility != 0 || c.foreign_patterns != nullptr;
}

}  // namespace

NodeExtra new_node_extra(const SearchContext& c, const GameState& state, const Hash128& key,
                         bool force_non_terminal) {
  NodeExtra extra;
  if (c.extras == nullptr) return extra;
  if (uses_patterns(c) && state.moves().back().player == c.searched_for) {
    const auto pattern =
        pattern_key(state.recent_board(1), state.moves().back().loc, c.searched_for);
    if (pattern) {
      extra.pattern = *pattern;
      extra.pattern_utility = pattern_utility(c, *pattern);
    }
  }
  if (c.eval_cache != nullptr && !force_non_terminal) {
    extra.remembered = c.eval_cache->find(key ^ c.params_key);
  }
  return extra;
}

LeafValue remembered_leaf_value(const SearchContext& c, const NodeExtra& extra, LeafValue value) {
  if (extra.remembered == nullptr) return value;
  const double share = remembered_share(*extra.remembered, 1, c.params.eval_cache_min_visits);
  NodeStats averages = first_stats(value);
  pull_averages(*extra.remembered, share, averages);
  value.win_loss = averages.win_loss;
  value.no_result = averages.no_result;
  value.score_mean = averages.score_mean;
  value.score_sq = averages.score_sq;
  value.lead = averages.lead;
  value.utility = result_utility(c, value.win_loss, value.no_result) +
                  score_utility(c, value.score_mean, value.score_sq);
  return value;
}

void adjust_averages(const SearchContext& c, const NodeExtra& extra, double visits, NodeStats& s) {
  if (extra.empty()) return;
  const double before = s.utility;
  s.utility += extra.pattern_utility;
  if (extra.remembered != nullptr) {
    const EvalCacheEntry& entry = *extra.remembered;
    const double share = remembered_share(entry, visits, c.params.eval_cache_min_visits);
    pull_averages(entry, share, s);
    const double mean = entry.score_mean;
    const double mean_sq = std::max(0.0, s.score_sq - s.score_mean * s.score_mean + mean * mean);
    const double target =
        result_utility(c, entry.win_loss, entry.no_result) + score_utility(c, mean, mean_sq);
    s.utility += share * (target - s.utility);
  }
  s.utility_sq += s.utility * s.utility - before * before;
}

void prepare_adjustments(SearchContext& c, Tree& tree, std::shared_ptr<const PatternTable> foreign,
                         std::shared_ptr<EvalCache> cache) {
  const SearchParams& p = c.params;
  c.foreign_patterns = std::move(foreign);
  c.own_patterns =
      p.avoid_repeated_pattern_utility == 0
          ? PatternTable{}
          : patterns_of_game(c.root_state, c.searched_for, p.avoid_repeated_pattern_utility);
  const bool remembers = p.use_eval_cache && p.use_graph_search && !c.mirror.active;
  c.eval_cache = remembers ? std::move(cache) : nullptr;
  c.root_remembered = nullptr;
  if (c.eval_cache != nullptr) {
    c.params_key = params_key(p);
    c.root_remembered = c.eval_cache->find(c.root_key ^ c.params_key);
  }
  c.extras = uses_patterns(c) || c.eval_cache != nullptr ? &tree.extras() : nullptr;
  if (!uses_patterns(c)) return;
  tree.extras().for_each([&c](NodeExtra& extra) {
    if (extra.pattern != Hash128{}) extra.pattern_utility = pattern_utility(c, extra.pattern);
  });
}

void remember_search(const SearchContext& c, Tree& tree) {
  if (c.eval_cache == nullptr) return;
  const std::int64_t least = c.params.eval_cache_min_visits;
  for (Node* node : tree.post_order()) {
    const NodeStats own = node->stats.read();
    if (own.visits < least || node->force_non_terminal || node->output() == nullptr) continue;
    const bool is_root = node == tree.root();
    const Hash128 key = (is_root ? c.root_key : node->key) ^ c.params_key;
    const EvalCacheEntryPtr old = c.eval_cache->find(key);
    if (old != nullptr && old->weight * kKeepOld > static_cast<double>(own.visits)) continue;
    std::vector<SearchedMove> moves;
    const double sign = sign_for_white(node->next_player);
    node->for_each_edge([&](Edge& edge) {
      const EdgeView view = view_edge(edge);
      moves.push_back({view.move, view.edge_visits, sign * view.stats.utility, view.stats});
    });
    c.eval_cache->store(key, updated_entry(old.get(), own, moves, least, is_root));
  }
}

}  // namespace hayago::search
