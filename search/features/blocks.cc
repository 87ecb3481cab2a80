#include "search/features/blocks.h"

#include <algorithm>
#include <cmath>

#include "search/features/ladder_cache.h"

namespace hayago::search::features {
namespace {

constexpr int kMaxHistoryPlanes = 5;

// Step 4 of section 4.3: turns are shown as long as the players alternate.
int alternating_turns(const GameState& state, int max) {
  const auto& moves = state.moves();
  const int available = std::min(max, static_cast<int>(moves.size()));
  Player expected = opponent(state.next_player());
  int h = 0;
  while (h < available &&
         moves[moves.size() - 1 - static_cast<std::size_t>(h)].player == expected) {
    h++;
    expected = opponent(expected);
  }
  return h;
}

// Territory scoring: unmarked points that are as they were when the second phase began.
void mark_remaining_stones(const GameState& state, AreaSets& area) {
  const PointSet unmarked = state.board().points() - area.black - area.white;
  for (Player p : {Color::kBlack, Color::kWhite}) {
    area.of(p) |= unmarked & state.board().stones(p) & state.second_phase_stones(p);
  }
}

}  // namespace

void write_stones(InputBuffer& out, const GameState& state, int plane) {
  const Board& board = state.board();
  const Player p = state.next_player();
  out.set(plane, board.stones(p));
  out.set(plane + 1, board.stones(opponent(p)));
}

void write_liberties(InputBuffer& out, const Board& board, int plane) {
  for (Player p : {Color::kBlack, Color::kWhite}) {
    board.stones(p).for_each([&](Loc l) {
      const int liberties = board.liberties(l);
      if (liberties <= 3) out.set(plane + liberties - 1, l);
    });
  }
}

void write_ko(InputBuffer& out, const GameState& state, int plane) {
  const bool cleanup = state.phase() > 0;
  if (!cleanup && state.board().ko_loc() != kNullLoc) out.set(plane, state.board().ko_loc());
  out.set(plane, state.superko_banned());
  if (cleanup) out.set(plane + 1, state.ko_recap_blocked());
}

void write_ladders(InputBuffer& out, const GameState& state, int plane, int history_turns) {
  LadderCache* cache = out.ladders();
  const Board& board = state.board();
  const LadderMap map = cache != nullptr ? cache->read(board) : LadderReader(board).read();
  out.set(plane, map.captured);
  out.set(plane + 3, map.working_against(opponent(state.next_player())));
  // An older board that is not shown repeats the newer one.
  PointSet captured = map.captured;
  for (int back = 1; back <= 2; back++) {
    if (history_turns >= back) {
      const Board& older = state.recent_board(back);
      captured = cache != nullptr ? cache->captured(older) : LadderReader(older).read().captured;
    }
    out.set(plane + back, captured);
  }
}

void write_area(InputBuffer& out, const GameState& state, const AreaSets& area, int plane) {
  const Player p = state.next_player();
  out.set(plane, area.of(p));
  out.set(plane + 1, area.of(opponent(p)));
}

void write_second_phase_stones(InputBuffer& out, const GameState& state, int plane) {
  if (state.phase() != 2) return;
  const Player p = state.next_player();
  out.set(plane, state.second_phase_stones(p));
  out.set(plane + 1, state.second_phase_stones(opponent(p)));
}

HistoryWindow history_window(const GameState& state, const NnInputParams& params, bool not_winning,
                             bool limit_by_game) {
  const Player p = state.next_player();
  HistoryWindow window;
  window.hide = state.pass_would_end_game(p) &&
                (params.conservative_pass_and_is_root || state.suppress_friendly_pass(p) ||
                 (params.enable_passing_hacks && not_winning));
  int max = kMaxHistoryPlanes;
  if (state.is_finished() || state.is_past_normal_phase_end()) max = 1;
  if (window.hide) max = 0;
  max = std::min({max, params.max_history, state.valid_turns_this_phase()});
  if (limit_by_game) max = std::min(max, state.valid_turns_this_game());
  window.turns = alternating_turns(state, max);
  return window;
}

HistoryWindow history_window_v5(const GameState& state, const NnInputParams& params) {
  const Player p = state.next_player();
  HistoryWindow window;
  window.hide = state.is_finished() || state.is_past_normal_phase_end() ||
                (state.pass_would_end_game(p) &&
                 (params.conservative_pass_and_is_root || state.suppress_friendly_pass(p)));
  window.turns = alternating_turns(state, window.hide ? 0 : kMaxHistoryPlanes);
  return window;
}

void write_history(InputBuffer& out, const GameState& state, const HistoryWindow& window,
                   int plane) {
  const auto& moves = state.moves();
  for (int i = 0; i < window.turns; i++) {
    const Loc l = moves[moves.size() - 1 - static_cast<std::size_t>(i)].loc;
    if (l == kPassLoc) {
      out.set_global(i, true);
    } else {
      out.set(plane + i, l);
    }
  }
}

bool area_suicide_flag(const GameState& state, const NnInputParams& params) {
  return state.rules().suicide ||
         params.pass_alive_suicide_override.value_or(state.pass_alive_under_suicide());
}

AreaPlanes area_planes(const GameState& state, const NnInputParams& params) {
  const Board& board = state.board();
  const Rules& rules = state.rules();
  const bool suicide = area_suicide_flag(state, params);
  const bool area = rules.scoring == ScoringRule::kArea;
  AreaPlanes result;
  if (!area && state.phase() < 2) return result;
  int tax = 0;
  if (area && rules.tax == TaxRule::kNone) {
    result.area = calculate_area(board, {true, true, true, suicide});
  } else {
    const bool keep_territories = !area && rules.tax == TaxRule::kNone;
    const IndependentLife life = calculate_independent_life(board, keep_territories, area, suicide);
    result.area = life.area;
    if (rules.tax == TaxRule::kAll) tax = 2 * life.life_count;
  }
  if (!area) mark_remaining_stones(state, result.area);
  const int white_score = result.area.white.count() - result.area.black.count() - tax;
  const Player p = state.next_player();
  const int own_score = p == Color::kWhite ? white_score : -white_score;
  const float komi = state.self_komi(p, params.draw_equivalent_wins_for_white);
  result.not_winning = static_cast<float>(own_score) + komi <= 0;
  return result;
}

float clipped_self_komi(const GameState& state, const NnInputParams& params, int margin) {
  const float radius = static_cast<float>(state.board().area() + margin);
  const float komi = state.self_komi(state.next_player(), params.draw_equivalent_wins_for_white);
  return std::clamp(komi, -radius, radius);
}

// Section 4.9: zero where a draw is possible, period 2, amplitude 0.5.
float parity_wave(const GameState& state, float clipped_komi) {
  if (state.rules().scoring != ScoringRule::kArea && state.phase() != 2) return 0;
  const bool odd_area = state.board().area() % 2 != 0;
  const float base =
      odd_area ? 2 * std::floor((clipped_komi - 1) / 2) + 1 : 2 * std::floor(clipped_komi / 2);
  const float delta = std::clamp(clipped_komi - base, 0.0f, 2.0f);
  if (delta < 0.5f) return delta;
  if (delta < 1.5f) return 1.0f - delta;
  return delta - 2.0f;
}

bool shows_pass_ends_phase(const GameState& state, const HistoryWindow& window) {
  return !window.hide && state.pass_would_end_phase(state.next_player());
}

void write_rule_globals(InputBuffer& out, const Rules& rules, int i) {
  if (rules.ko != KoRule::kSimple) {
    out.set_global(i, true);
    out.set_global(i + 1, rules.ko == KoRule::kSituational ? -0.5f : 0.5f);
  }
  out.set_global(i + 2, rules.suicide);
  out.set_global(i + 3, rules.scoring == ScoringRule::kTerritory);
}

void write_tax_globals(InputBuffer& out, const Rules& rules, int i) {
  out.set_global(i, rules.tax != TaxRule::kNone);
  out.set_global(i + 1, rules.tax == TaxRule::kAll);
}

void write_phase_globals(InputBuffer& out, const GameState& state, int i) {
  out.set_global(i, state.phase() >= 1);
  out.set_global(i + 1, state.phase() == 2);
}

}  // namespace hayago::search::features
