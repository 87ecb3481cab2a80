// Adjustments of a chosen move around passes (spec/06 section 11).
#pragma once
#include "search/play/side_search.h"

namespace hayago::search {

struct PassSettings {
  Enabled cleanup_before_pass = Enabled::kAuto;  // cleanupBeforePass
  Enabled friendly_pass = Enabled::kAuto;        // friendlyPass; both kTrue is a config error
};

// Section 11.1: the move to play instead of a pass, or `move` itself. `safe_area` =
// Engine::root_safe_area of the position before the move.
Loc cleanup_before_pass(const PassSettings& settings, const GameState& state, Player player,
                        Loc move, const AreaMap& safe_area);

// Section 11.2, within side.affordable_visits: kPassLoc if passing is as good as `move` and both
// players can stop, else `move`.
Loc friendly_pass(const PassSettings& settings, const SideSearch& side, const GameState& state,
                  Player player, Loc move);

// Both in the order of spec/06 section 6 step 11.
Loc adjust_passing(const PassSettings& settings, const SideSearch& side, const GameState& state,
                   Player player, Loc move, const AreaMap& safe_area);

}  // namespace hayago::search
