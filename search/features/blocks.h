// Building blocks shared by the input versions (spec/04 section 4). P is the player to move.
#pragma once
#include "search/board/game_state.h"
#include "search/features/features.h"
#include "search/features/input_buffer.h"

namespace hayago::search::features {

// Turns shown to the network.
struct HistoryWindow {
  int turns = 0;  // h: 0..5
  bool hide = false;
};

// Area planes of V6 and V7 with the flag that goes with them.
struct AreaPlanes {
  AreaSets area;
  bool not_winning = false;  // notWin of section 4.5
};

// The stones of P and of the opponent.
void write_stones(InputBuffer& out, const GameState& state, int plane);
void write_liberties(InputBuffer& out, const Board& board, int plane);
void write_ko(InputBuffer& out, const GameState& state, int plane);
void write_ladders(InputBuffer& out, const GameState& state, int plane, int history_turns);
void write_area(InputBuffer& out, const GameState& state, const AreaSets& area, int plane);
void write_second_phase_stones(InputBuffer& out, const GameState& state, int plane);

// Sections 4.3 and 4.4.
HistoryWindow history_window(const GameState& state, const NnInputParams& params, bool not_winning,
                             bool limit_by_game);
HistoryWindow history_window_v5(const GameState& state, const NnInputParams& params);
// Points on planes plane.., passes on globals 0..4.
void write_history(InputBuffer& out, const GameState& state, const HistoryWindow& window,
                   int plane);

// rules.suicide, or the mode with the override of this evaluation.
bool area_suicide_flag(const GameState& state, const NnInputParams& params);
AreaPlanes area_planes(const GameState& state, const NnInputParams& params);

// self komi of P clipped to +-(area + margin), section 4.8.
float clipped_self_komi(const GameState& state, const NnInputParams& params, int margin);
float parity_wave(const GameState& state, float clipped_komi);
bool shows_pass_ends_phase(const GameState& state, const HistoryWindow& window);

// Globals i, i+1: ko rule; i+2: suicide; i+3: territory scoring.
void write_rule_globals(InputBuffer& out, const Rules& rules, int i);
void write_tax_globals(InputBuffer& out, const Rules& rules, int i);
void write_phase_globals(InputBuffer& out, const GameState& state, int i);

// One function per version family.
void fill_v7(const GameState& state, const NnInputParams& params, InputBuffer& out);
void fill_v6(const GameState& state, const NnInputParams& params, InputBuffer& out);
void fill_v5(const GameState& state, const NnInputParams& params, InputBuffer& out);
void fill_v4(const GameState& state, const NnInputParams& params, InputBuffer& out);
void fill_v3(const GameState& state, const NnInputParams& params, InputBuffer& out);

}  // namespace hayago::search::features
