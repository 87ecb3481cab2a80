// Keys of evaluations and of node states (spec/05 section 5.2, spec/03 section 15.1).
#include <type_traits>

#include "search/eval/evaluator.h"
#include "search/features/metadata.h"

namespace hayago::search {
namespace {

// Folds a sequence of numbers into 128 bits. Every variable-length part ends with a count.
class KeyMixer {
 public:
  explicit KeyMixer(const Hash128& start) : key_(start) {}
  void add(std::uint64_t value) {
    key_.h0 = mix64(key_.h0 ^ value);
    key_.h1 = mix64((key_.h1 + 0xD1B54A32D192ED03ULL) ^ (value * 0x9FB21C651E98DF25ULL));
  }
  void add(bool value) { add(std::uint64_t{value}); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void add(Enum value) { add(static_cast<std::uint64_t>(value)); }
  // Truncated toward zero to multiples of 1/scale.
  void add_scaled(double value, double scale) {
    add(static_cast<std::uint64_t>(static_cast<std::int64_t>(value * scale)));
  }
  const Hash128& key() const { return key_; }

 private:
  Hash128 key_;
};

template <class Predicate>
void add_points(KeyMixer& mixer, const Board& board, Predicate&& included) {
  std::uint64_t count = 0;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc l = board.loc(x, y);
      if (!included(l)) continue;
      mixer.add(static_cast<std::uint64_t>(l));
      ++count;
    }
  }
  mixer.add(count | (std::uint64_t{1} << 32));
}

void add_bans(KeyMixer& mixer, const GameState& state) {
  const Board& board = state.board();
  const Loc ko = state.phase() == 0 ? board.ko_loc() : kNullLoc;
  if (ko != kNullLoc || state.any_superko_banned()) {
    add_points(mixer, board, [&](Loc l) { return l == ko || state.superko_banned(l); });
  } else {
    mixer.add(std::uint64_t{1} << 32);
  }
  if (state.phase() == 0) return;
  add_points(mixer, board, [&](Loc l) { return state.ko_recap_blocked(l); });
  if (state.phase() == 1) return;
  for (const Color color : {Color::kBlack, Color::kWhite}) {
    add_points(mixer, board, [&](Loc l) { return state.second_phase_start(l) == color; });
  }
}

Hash128 key_of_state(const GameState& state, double draw_equivalent_wins_for_white,
                     bool pass_alive_under_suicide) {
  const Rules& rules = state.rules();
  const Player player = state.next_player();
  KeyMixer mixer(state.board().position_hash());
  mixer.add(player);
  mixer.add(static_cast<std::uint64_t>(state.phase()));
  add_bans(mixer, state);
  mixer.add_scaled(double{state.self_komi(player, draw_equivalent_wins_for_white)}, 256);
  mixer.add(rules.ko);
  mixer.add(rules.scoring);
  mixer.add(rules.tax);
  mixer.add(rules.suicide);
  mixer.add(state.has_button());
  mixer.add(rules.friendly_pass_ok);
  mixer.add(!rules.suicide && pass_alive_under_suicide);
  return mixer.key();
}

// The name determines every value of a profile; the player to move is in the key already.
void add_profile(KeyMixer& mixer, const HumanProfile& profile) {
  for (const char c : profile.name) mixer.add(std::uint64_t{static_cast<unsigned char>(c)});
  mixer.add(std::uint64_t{profile.name.size()});
}

}  // namespace

Hash128 state_key(const GameState& state, double draw_equivalent_wins_for_white) {
  return key_of_state(state, draw_equivalent_wins_for_white, state.pass_alive_under_suicide());
}

Hash128 nn_cache_key(const GameState& state, const NnInputParams& params) {
  const Player player = state.next_player();
  KeyMixer mixer(
      key_of_state(state, params.draw_equivalent_wins_for_white,
                   params.pass_alive_suicide_override.value_or(state.pass_alive_under_suicide())));
  const bool pass_ends_phase = state.pass_would_end_phase(player);
  mixer.add(pass_ends_phase);
  if (pass_ends_phase) {
    mixer.add(params.conservative_pass_and_is_root);
    mixer.add(state.suppress_friendly_pass(player));
    mixer.add(params.enable_passing_hacks);
  }
  mixer.add(state.is_finished());
  mixer.add(state.is_past_normal_phase_end());
  mixer.add(params.max_history <= 0);
  mixer.add(params.playout_doubling_advantage != 0);
  mixer.add_scaled(params.playout_doubling_advantage, 256);
  mixer.add_scaled(double{params.policy_temperature}, 2048);
  mixer.add_scaled(params.policy_optimism > 0 ? double{params.policy_optimism} : 0.0, 1024);
  mixer.add(params.human_profile != nullptr);
  if (params.human_profile != nullptr) add_profile(mixer, *params.human_profile);
  return mixer.key();
}

}  // namespace hayago::search
