// Human-SL metadata inputs (spec/04 section 11).
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "search/board/board.h"

namespace hayago::search {

inline constexpr int kMetadataSize = 192;

// The clock of the imitated game (search/time_control.h has the clocks of our own games).
enum class ClockKind { kUnknown, kNone, kAbsolute, kSimple, kByoYomi, kCanadian, kFischer };

// A parsed humanSLProfile.
struct HumanProfile {
  std::string name;
  std::array<int, 2> inverse_rank{};  // black, white; 9d = 1, 1d = 9, 1k = 10, 20k = 29
  bool ratedness_unknown = false;     // otherwise rated
  ClockKind time_control = ClockKind::kUnknown;
  double main_seconds = 0, period_seconds = 0;
  int byo_yomi_periods = 0, canadian_moves = 0;
  int year = 1970, month = 1, day = 1;
  int source = 0;  // 2 KGS, 5 GoGoD, 6 Go4Go
};

// nullopt for an unknown profile name. "" is not a profile.
std::optional<HumanProfile> parse_human_profile(std::string_view name);
// The 192 values for the player to move.
void fill_metadata(const HumanProfile& profile, Player to_move, int board_area, float* out192);

}  // namespace hayago::search
