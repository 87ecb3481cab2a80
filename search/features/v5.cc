// Input version 5 (spec/04 section 7).
#include "search/features/blocks.h"

namespace hayago::search::features {

void fill_v5(const GameState& state, const NnInputParams& params, InputBuffer& out) {
  const HistoryWindow window = history_window_v5(state, params);
  write_stones(out, state, 1);
  write_ko(out, state, 3);
  write_history(out, state, window, 6);
  write_second_phase_stones(out, state, 11);

  out.set_global(5, clipped_self_komi(state, params, 1) / 15.0f);
  write_rule_globals(out, state.rules(), 6);
  write_phase_globals(out, state, 10);
}

}  // namespace hayago::search::features
