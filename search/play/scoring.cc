#include "search/play/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hayago::search {
namespace {

// Chain by chain in row order: fn(stones of the chain).
template <class Fn>
void for_each_chain(const Board& board, Fn&& fn) {
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      if (board.at(l) == Color::kEmpty || board.chain_head(l) != l) continue;
      std::vector<Loc> stones;
      Loc at = l;
      do {
        stones.push_back(at);
        at = board.next_in_chain(at);
      } while (at != l);
      fn(stones);
    }
  }
}

void sort_rows(StoneStatus& status) {
  std::sort(status.alive.begin(), status.alive.end());
  std::sort(status.dead.begin(), status.dead.end());
}

StoneStatus status_of_finished_game(const GameState& state) {
  const Board& board = state.board();
  AreaMap map;
  state.board_score(map);
  StoneStatus status;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      if (board.at(l) == Color::kEmpty) continue;
      const bool alive = state.is_no_result() || map[static_cast<std::size_t>(l)] == board.at(l);
      (alive ? status.alive : status.dead).push_back(l);
    }
  }
  return status;
}

std::int64_t visits_for(const SideSearch& side, std::int64_t least, std::int64_t per_thread) {
  return std::max(least, per_thread * side.params.num_search_threads);
}

}  // namespace

bool result_is_exact(const GameState& state) {
  const Rules& rules = state.rules();
  return state.is_finished() &&
         (rules.scoring == ScoringRule::kTerritory || !rules.friendly_pass_ok);
}

double possible_score(const GameState& state, double lead) {
  if (state.rules().scoring == ScoringRule::kArea) {
    const double given =
        double{state.rules().komi} + state.white_bonus() + state.white_handicap_bonus();
    const double area = state.board().area();
    lead = std::clamp(lead, given - area, given + area);
  }
  return state.result_is_integer() ? std::round(lead) : std::round(lead + 0.5) - 0.5;
}

double final_score(const SideSearch& side, const GameState& state) {
  if (result_is_exact(state)) {
    return state.is_no_result() ? 0.0 : double{state.final_score()};
  }
  return possible_score(state, lead_by_komi_search(side, state, visits_for(side, 50, 10)));
}

std::string score_to_string(double white_minus_black) {
  if (white_minus_black == 0) return "0";
  return fmt::format("{}+{:.1f}", white_minus_black > 0 ? 'W' : 'B', std::abs(white_minus_black));
}

StoneStatus status_from_ownership(const Board& board, const std::vector<double>& ownership) {
  StoneStatus status;
  for_each_chain(board, [&](const std::vector<Loc>& stones) {
    const double sign = sign_for_white(board.at(stones.front()));
    double sum = 0, least = 1;
    for (const Loc l : stones) {
      const double own =
          sign *
          ownership[static_cast<std::size_t>(board.y_of(l) * board.x_size() + board.x_of(l))];
      sum += own;
      least = std::min(least, own);
    }
    const bool alive = sum / static_cast<double>(stones.size()) > 0.2 && least > -0.6;
    auto& list = alive ? status.alive : status.dead;
    list.insert(list.end(), stones.begin(), stones.end());
  });
  sort_rows(status);
  return status;
}

StoneStatus final_status(const SideSearch& side, const GameState& state) {
  if (result_is_exact(state)) return status_of_finished_game(state);
  const SearchParams params =
      noiseless_params(scoring_params(side.params), visits_for(side, 100, 20));
  return status_from_ownership(state.board(), search_ownership(side, params, state));
}

}  // namespace hayago::search
