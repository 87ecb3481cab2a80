// Human-SL metadata inputs (spec/04 section 11).
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "search/board/game_state.h"

namespace hayago::search {

// A parsed humanSLProfile; fields as spec/04 section 11 needs them (extend as required).
struct HumanProfile {
  std::string name;
  // Opaque numeric form, filled by parse_human_profile.
  std::array<float, 64> data{};
};

// nullopt for an unknown profile name. "" is not a profile.
std::optional<HumanProfile> parse_human_profile(std::string_view name);
// The 192 values for the player to move.
void fill_metadata(const HumanProfile& profile, Player to_move, int board_area, float* out192);

}  // namespace hayago::search
