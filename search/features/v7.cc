// Input versions 6 and 7 (spec/04 sections 5 and 6).
#include "search/features/blocks.h"

namespace hayago::search::features {
namespace {

// The 22 planes and globals 0..14, common to both; the komi value is returned for the parity wave.
float fill_common(const GameState& state, const NnInputParams& params, bool limit_by_game,
                  int komi_margin, InputBuffer& out) {
  const AreaPlanes planes = area_planes(state, params);
  const HistoryWindow window = history_window(state, params, planes.not_winning, limit_by_game);
  write_stones(out, state, 1);
  write_liberties(out, state.board(), 3);
  write_ko(out, state, 6);
  write_history(out, state, window, 9);
  write_ladders(out, state, 14, window.turns);
  write_area(out, state, planes.area, 18);
  write_second_phase_stones(out, state, 20);

  const float komi = clipped_self_komi(state, params, komi_margin);
  out.set_global(5, komi / 20.0f);
  write_rule_globals(out, state.rules(), 6);
  write_tax_globals(out, state.rules(), 10);
  write_phase_globals(out, state, 12);
  out.set_global(14, shows_pass_ends_phase(state, window));
  return komi;
}

}  // namespace

void fill_v7(const GameState& state, const NnInputParams& params, InputBuffer& out) {
  const float komi = fill_common(state, params, false, 20, out);
  const double advantage = params.playout_doubling_advantage;
  out.set_global(15, advantage != 0);
  out.set_global(16, static_cast<float>(0.5 * advantage));
  out.set_global(17, state.has_button());
  out.set_global(18, parity_wave(state, komi));
}

void fill_v6(const GameState& state, const NnInputParams& params, InputBuffer& out) {
  const float komi = fill_common(state, params, true, 1, out);
  out.set_global(15, parity_wave(state, komi));
}

}  // namespace hayago::search::features
