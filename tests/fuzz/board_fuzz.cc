// Bytes become a board size, rules and a sequence of turns; every invariant is checked on the way.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "search/board/game_state.h"
#include "search/features/features.h"

namespace {

using namespace hayago::search;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  unsigned next() { return empty() ? 0u : data_[at_++]; }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

void require(bool condition) {
  if (!condition) std::abort();
}

Rules read_rules(Bytes& in) {
  const unsigned a = in.next(), b = in.next();
  Rules rules;
  rules.ko = static_cast<KoRule>(a % 4);
  rules.tax = static_cast<TaxRule>(a / 4 % 3);
  rules.scoring = a & 64 ? ScoringRule::kArea : ScoringRule::kTerritory;
  rules.suicide = (a & 128) != 0;
  rules.has_button = (b & 1) != 0 && rules.scoring == ScoringRule::kArea;
  rules.friendly_pass_ok = (b & 2) != 0;
  rules.white_handicap_bonus = static_cast<HandicapBonus>(b / 4 % 3);
  rules.komi = static_cast<float>(in.next()) / 2 - 60;
  return rules;
}

Loc read_loc(Bytes& in, const Board& board) {
  const unsigned p = in.next() | (board.area() > 250 ? in.next() << 8 : 0u);
  const int i = static_cast<int>(p) % (board.area() + 1);
  return i == board.area() ? kPassLoc : board.loc(i % board.x_size(), i / board.x_size());
}

// Plays a line on a copy and takes it back.
void check_undo(Bytes& in, const Board& original) {
  Board board = original;
  std::vector<Board::Undo> line;
  for (unsigned n = in.next() % 16; n > 0; n--) {
    const Loc l = read_loc(in, board);
    const Player p = n % 3 == 0 ? Color::kBlack : Color::kWhite;
    if (!board.is_legal(l, p, true, true)) continue;
    line.push_back(board.play_undoable(l, p));
    board.check_consistency();
  }
  for (; !line.empty(); line.pop_back()) board.undo(line.back());
  board.check_consistency();
  require(board.position_hash() == original.position_hash());
  require(board.ko_loc() == original.ko_loc());
  require(board.captured(Color::kBlack) == original.captured(Color::kBlack));
  require(board.captured(Color::kWhite) == original.captured(Color::kWhite));
}

void check_features(const GameState& state, int version) {
  const Board& board = state.board();
  const auto points = static_cast<std::size_t>(board.area());
  std::vector<float> spatial(points * static_cast<std::size_t>(feature_planes(version)));
  std::vector<float> global(static_cast<std::size_t>(feature_globals(version)));
  fill_features(version, state, {}, board.x_size(), board.y_size(), spatial.data(), global.data());
  for (float v : spatial) require(v == 0 || v == 1);
  for (float v : global) require(v == v);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in(data, size);
  const int w = 1 + static_cast<int>(in.next() % 9), h = 1 + static_cast<int>(in.next() % 9);
  GameState state(Board(w, h), in.next() % 2 == 0 ? Color::kBlack : Color::kWhite, read_rules(in));
  state.set_assume_handicap_from_moves(true);
  for (int turn = 0; turn < 400 && !in.empty(); turn++) {
    const unsigned what = in.next();
    if (what % 32 == 31) {
      check_undo(in, state.board());
    } else if (what % 32 == 30) {
      check_features(state, 3 + static_cast<int>(in.next() % 5));
    } else {
      const Loc l = read_loc(in, state.board());
      const Player p = what % 32 == 29 ? opponent(state.next_player()) : state.next_player();
      const bool strict = state.is_legal(l, p);
      require(!strict || state.is_legal_tolerant(l, p));
      if (!state.is_legal_tolerant(l, p)) continue;
      state.make_move(l, p, (what & 128) != 0);
      state.board().check_consistency();
      require(state.next_player() == opponent(p));
      require(!state.is_scored() || state.is_finished());
    }
  }
  GameState scored = state;
  scored.end_and_score_now();
  require(scored.is_scored());
  return 0;
}
