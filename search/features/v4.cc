// Input versions 3 and 4 (spec/04 sections 8 and 9).
#include "search/features/blocks.h"

namespace hayago::search::features {
namespace {

void fill_common(const GameState& state, const NnInputParams& params, bool full_area,
                 InputBuffer& out) {
  const HistoryWindow window = history_window_v5(state, params);
  write_stones(out, state, 1);
  write_liberties(out, state.board(), 3);
  write_ko(out, state, 6);
  write_history(out, state, window, 9);
  write_ladders(out, state, 14, window.turns);
  const AreaOptions options = {full_area, true, full_area, area_suicide_flag(state, params)};
  write_area(out, state, calculate_area(state.board(), options), 18);
  write_second_phase_stones(out, state, 20);

  const float komi = clipped_self_komi(state, params, 1);
  out.set_global(5, komi / 15.0f);
  write_rule_globals(out, state.rules(), 6);
  write_phase_globals(out, state, 10);
  out.set_global(12, shows_pass_ends_phase(state, window));
  out.set_global(13, parity_wave(state, komi));
}

}  // namespace

void fill_v4(const GameState& state, const NnInputParams& params, InputBuffer& out) {
  fill_common(state, params, false, out);
}

void fill_v3(const GameState& state, const NnInputParams& params, InputBuffer& out) {
  fill_common(state, params, state.rules().scoring == ScoringRule::kArea, out);
}

}  // namespace hayago::search::features
