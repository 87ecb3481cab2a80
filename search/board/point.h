// Points, colours and players.
#pragma once
#include <cstdint>

namespace hayago::search {

#ifndef HAYAGO_MAX_BOARD
#define HAYAGO_MAX_BOARD 19
#endif
inline constexpr int kMaxBoard = HAYAGO_MAX_BOARD;
static_assert(kMaxBoard >= 19 && kMaxBoard <= 37);
inline constexpr int kMaxArea = kMaxBoard * kMaxBoard;

enum class Color : std::uint8_t { kEmpty = 0, kBlack = 1, kWhite = 2, kWall = 3 };
using Player = Color;  // kBlack or kWhite
constexpr Player opponent(Player p) { return static_cast<Player>(3 - static_cast<int>(p)); }
constexpr double sign_for_white(Player p) { return p == Color::kWhite ? 1.0 : -1.0; }

// Linear index (x + 1) + (y + 1)*(x_size + 1); a wall surrounds the board.
using Loc = std::int16_t;
inline constexpr Loc kNullLoc = 0;
inline constexpr Loc kPassLoc = 1;
inline constexpr int kLocCount = (kMaxBoard + 1) * (kMaxBoard + 2) + 1;

}  // namespace hayago::search
