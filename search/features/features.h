// Network inputs (spec/04).
#pragma once
#include <cstdint>
#include <optional>

#include "search/board/game_state.h"

namespace hayago::search {

struct HumanProfile;  // search/features/metadata.h
class LadderCache;    // search/features/ladder_cache.h

// Evaluation parameters (spec/04 section 3 and spec/05 section 5.1). The lower half are not inputs
// of the network but part of what an evaluation means (cache key, post-processing).
struct NnInputParams {
  double draw_equivalent_wins_for_white = 0.5;
  bool conservative_pass_and_is_root = false;
  bool enable_passing_hacks = false;
  double playout_doubling_advantage = 0;
  int max_history = 1000;
  std::optional<bool> pass_alive_suicide_override;

  float policy_temperature = 1;
  float policy_optimism = 0;
  int symmetry = -1;                            // 0..7; -1 = the evaluator's choice
  const HumanProfile* human_profile = nullptr;  // for networks with a metadata encoder
};

// input_version 3..7 (nn::input_version()).
int feature_planes(int input_version);
int feature_globals(int input_version);

// Fills spatial (nn_y*nn_x, planes) channel-last, and global; the player to move is
// state.next_player(). nn_x >= x_size, nn_y >= y_size. Everything outside the board is 0.
// `ladders` saves time when the position before was encoded with the same one.
void fill_features(int input_version, const GameState& state, const NnInputParams& params, int nn_x,
                   int nn_y, float* spatial, float* global, LadderCache* ladders = nullptr);
// The same with the planes as bits: planes (nn_y*nn_x), bit i = plane i.
void fill_features(int input_version, const GameState& state, const NnInputParams& params, int nn_x,
                   int nn_y, std::uint32_t* planes, float* global, LadderCache* ladders = nullptr);

}  // namespace hayago::search
