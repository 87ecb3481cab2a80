// Random games against a board of plain loops, and reversible play.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "search/board/game_state.h"
#include "tests/search/board_helpers.h"

using namespace hayago::search;

namespace {

// The rules of spec/03 section 3.1 written down once more, without any incremental state.
class PlainBoard {
 public:
  PlainBoard(int w, int h) : w_(w), h_(h), colors_(static_cast<std::size_t>(w * h), 0) {}

  int at(int p) const { return colors_[static_cast<std::size_t>(p)]; }

  std::vector<int> neighbours(int p) const {
    std::vector<int> out;
    if (p >= w_) out.push_back(p - w_);
    if (p % w_ > 0) out.push_back(p - 1);
    if (p % w_ < w_ - 1) out.push_back(p + 1);
    if (p < w_ * (h_ - 1)) out.push_back(p + w_);
    return out;
  }

  std::vector<int> chain(int p) const {
    std::vector<int> out = {p};
    std::vector<bool> seen(colors_.size(), false);
    seen[static_cast<std::size_t>(p)] = true;
    for (std::size_t i = 0; i < out.size(); i++) {
      for (int n : neighbours(out[i])) {
        if (at(n) != at(p) || seen[static_cast<std::size_t>(n)]) continue;
        seen[static_cast<std::size_t>(n)] = true;
        out.push_back(n);
      }
    }
    return out;
  }

  int liberties(int p) const {
    std::vector<bool> seen(colors_.size(), false);
    int count = 0;
    for (int s : chain(p)) {
      for (int n : neighbours(s)) {
        if (at(n) != 0 || seen[static_cast<std::size_t>(n)]) continue;
        seen[static_cast<std::size_t>(n)] = true;
        count++;
      }
    }
    return count;
  }

  void play(int p, int color) {
    colors_[static_cast<std::size_t>(p)] = color;
    int captured = 0, last = -1;
    for (int n : neighbours(p)) {
      if (at(n) != 3 - color || liberties(n) > 0) continue;
      for (int s : chain(n)) {
        colors_[static_cast<std::size_t>(s)] = 0;
        captured++;
        last = s;
      }
    }
    captures[3 - color] += captured;
    ko = captured == 1 && chain(p).size() == 1 && liberties(p) == 1 ? last : -1;
    if (liberties(p) > 0) return;
    for (int s : chain(p)) {
      colors_[static_cast<std::size_t>(s)] = 0;
      captures[color]++;
    }
  }

  int ko = -1;
  int captures[3] = {0, 0, 0};

 private:
  int w_, h_;
  std::vector<int> colors_;
};

void compare(const Board& board, const PlainBoard& plain) {
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      const Loc l = board.loc(x, y);
      const int p = y * board.x_size() + x;
      REQUIRE(static_cast<int>(board.at(l)) == plain.at(p));
      if (plain.at(p) == 0) continue;
      REQUIRE(board.liberties(l) == plain.liberties(p));
      REQUIRE(board.chain_size(l) == static_cast<int>(plain.chain(p).size()));
    }
  }
  const int ko = board.ko_loc() == kNullLoc
                     ? -1
                     : board.y_of(board.ko_loc()) * board.x_size() + board.x_of(board.ko_loc());
  REQUIRE(ko == plain.ko);
  REQUIRE(board.captured(Color::kBlack) == plain.captures[1]);
  REQUIRE(board.captured(Color::kWhite) == plain.captures[2]);
}

// Everything visible of a board; chains as sets of stones with their liberties.
std::vector<int> visible_state(const Board& board) {
  std::vector<int> out = {board.ko_loc(), board.captured(Color::kBlack),
                          board.captured(Color::kWhite)};
  for (Loc l = 0; l < kLocCount; l++) {
    const Color c = board.at(l);
    out.push_back(static_cast<int>(c));
    if (c != Color::kBlack && c != Color::kWhite) continue;
    out.push_back(board.liberties(l));
    out.push_back(board.chain_size(l));
    Loc smallest = l;
    for (Loc s = board.next_in_chain(l); s != l; s = board.next_in_chain(s)) {
      smallest = std::min(smallest, s);
    }
    out.push_back(smallest);
  }
  return out;
}

Loc random_point(const Board& board, std::mt19937& random) {
  return board.loc(static_cast<int>(random() % static_cast<unsigned>(board.x_size())),
                   static_cast<int>(random() % static_cast<unsigned>(board.y_size())));
}

}  // namespace

TEST_CASE("random games agree with a plain board", "[board][property]") {
  std::mt19937 random(20240501);
  const std::pair<int, int> sizes[] = {{1, 1}, {1, 2}, {1, 7}, {2, 2}, {2, 3}, {3, 3},
                                       {5, 4}, {7, 7}, {4, 9}, {9, 9}, {13, 6}};
  for (const auto& [w, h] : sizes) {
    for (int round = 0; round < 4; round++) {
      Board board(w, h);
      PlainBoard plain(w, h);
      for (int turn = 0; turn < 3 * w * h + 10; turn++) {
        const Player p = random() % 5 == 0 ? Color::kBlack : Color(1 + turn % 2);
        const Loc l = random_point(board, random);
        if (!board.is_legal(l, p, true, true)) continue;
        board.play(l, p);
        plain.play(board.y_of(l) * w + board.x_of(l), static_cast<int>(p));
        compare(board, plain);
        board.check_consistency();
      }
    }
  }
}

TEST_CASE("undo restores the board, suicides and passes included", "[board][property]") {
  std::mt19937 random(7);
  long suicides = 0;
  for (const auto& [w, h] : {std::pair{2, 2}, {3, 2}, {4, 4}, {1, 6}, {9, 9}, {19, 19}}) {
    Board board(w, h);
    struct Step {
      Board::Undo undo;
      std::vector<int> before;
      Hash128 hash;
    };
    std::vector<Step> steps;
    long undone = 0;
    for (int turn = 0; turn < 20 * w * h; turn++) {
      if (!steps.empty() && random() % 4 == 0) {
        const Step step = steps.back();
        steps.pop_back();
        board.undo(step.undo);
        undone++;
        REQUIRE(visible_state(board) == step.before);
        REQUIRE(board.position_hash() == step.hash);
        board.check_consistency();
        continue;
      }
      const Player p = Color(1 + random() % 2);
      const Loc l = random() % 20 == 0 ? kPassLoc : random_point(board, random);
      if (!board.is_legal(l, p, true, true)) continue;
      const auto before = visible_state(board);
      const Hash128 hash = board.position_hash();
      steps.push_back({board.play_undoable(l, p), before, hash});
      suicides += steps.back().undo.was_suicide;
    }
    CHECK(undone > 0);
    while (!steps.empty()) {
      board.undo(steps.back().undo);
      steps.pop_back();
    }
    CHECK(board.position_hash() == Board(w, h).position_hash());
  }
  CHECK(suicides > 10);
}

TEST_CASE("superko bans agree with trying every move", "[board][property]") {
  std::mt19937 random(99);
  long banned = 0;
  for (const char* rules : {"koPOSITIONALscoreAREAsui1", "koSITUATIONALscoreAREAsui0"}) {
    for (int round = 0; round < 40; round++) {
      GameState state = hayago::test::game(3, 2 + round % 2, rules);
      const bool positional = state.rules().ko == KoRule::kPositional;
      std::vector<Hash128> seen = {positional ? state.board().position_hash()
                                              : Board(state.board()).situation_hash(Color::kBlack)};
      const auto key = [&](Board b, Player next) {
        b.clear_ko();
        return positional ? b.position_hash() : b.situation_hash(next);
      };
      for (int turn = 0; turn < 60; turn++) {
        const Player p = state.next_player();
        const Board& board = state.board();
        std::vector<Loc> legal;
        for (int i = 0; i < board.area(); i++) {
          const Loc l = board.loc(i % board.x_size(), i / board.x_size());
          bool expected = board.is_legal(l, p, state.rules().suicide);
          if (expected) {
            Board after = board;
            after.play(l, p);
            const auto k = key(after, opponent(p));
            expected = std::find(seen.begin(), seen.end(), k) == seen.end();
            banned += !expected;
          }
          REQUIRE(state.is_legal(l, p) == expected);
          if (expected) legal.push_back(l);
        }
        const Loc l = legal.empty() ? kPassLoc : legal[random() % legal.size()];
        state.make_move(l, p);
        seen.push_back(key(state.board(), state.next_player()));
      }
    }
  }
  CHECK(banned > 100);
}

TEST_CASE("symmetric games stay symmetric", "[board][property]") {
  std::mt19937 random(31);
  for (int symmetry = 0; symmetry < 8; symmetry++) {
    GameState state = hayago::test::game(6, 5, "koSITUATIONALscoreTERRITORYtaxSEKIsui1");
    GameState image(state.board().transformed(symmetry), Color::kBlack, state.rules());
    for (int turn = 0; turn < 120; turn++) {
      const Board board = state.board();
      const Loc l = random() % 30 == 0 ? kPassLoc : random_point(board, random);
      const Player p = state.next_player();
      const Loc image_loc = board.transformed_loc(l, symmetry);
      REQUIRE(image.is_legal(image_loc, p) == state.is_legal(l, p));
      if (!state.is_legal(l, p)) continue;
      state.make_move(l, p);
      image.make_move(image_loc, p);
      const Board expected = state.board().transformed(symmetry);
      REQUIRE(image.board().situation_hash(p) == expected.situation_hash(p));
      AreaMap map, image_map;
      REQUIRE(image.board_score(image_map) == state.board_score(map));
      for (int i = 0; i < board.area(); i++) {
        const Loc a = board.loc(i % 6, i / 6);
        const Loc b = board.transformed_loc(a, symmetry);
        REQUIRE(map[static_cast<std::size_t>(a)] == image_map[static_cast<std::size_t>(b)]);
      }
    }
  }
}

TEST_CASE("random games under all rules keep the state consistent", "[board][property]") {
  std::mt19937 random(5);
  for (int round = 0; round < 60; round++) {
    Rules rules;
    rules.ko = static_cast<KoRule>(random() % 4);
    rules.scoring = static_cast<ScoringRule>(random() % 2);
    rules.tax = static_cast<TaxRule>(random() % 3);
    rules.suicide = random() % 2 == 0;
    rules.has_button = rules.scoring == ScoringRule::kArea && random() % 2 == 0;
    const int w = 2 + static_cast<int>(random() % 6), h = 2 + static_cast<int>(random() % 6);
    GameState state(Board(w, h), Color::kBlack, rules);
    const bool prevent = random() % 2 == 0;
    for (int turn = 0; turn < 150; turn++) {
      const Player p = state.next_player();
      const Loc l = random() % 12 == 0 ? kPassLoc : random_point(state.board(), random);
      if (!state.is_legal(l, p)) continue;
      const GameState before = state;
      for (Player asked : {Color::kBlack, Color::kWhite}) {
        const PointSet legal = state.legal_points(asked);
        for (int i = 0; i < w * h; i++) {
          const Loc a = state.board().loc(i % w, i / w);
          REQUIRE(legal.test(a) == state.is_legal(a, asked));
        }
      }
      state.make_move(l, p, prevent);
      state.board().check_consistency();
      REQUIRE(state.recent_board(1).position_hash() == before.board().position_hash());
      REQUIRE(state.next_player() == opponent(p));
      REQUIRE(state.valid_turns_this_phase() <= state.turns_this_phase() + 1);
      REQUIRE((state.is_scored() ? state.is_finished() : true));
      AreaMap map;
      const int score = state.board_score(map);
      REQUIRE(std::abs(score) <= state.board().area() + 2 * state.board().area());
      GameState scored = state;
      scored.end_and_score_now();
      const float once = scored.final_score();
      scored.end_and_score_now();
      REQUIRE(scored.final_score() == once);
      scored.set_komi(rules.komi + 1);
      REQUIRE(scored.final_score() == once + 1);
    }
  }
}
