// From properties to a game: size, rules, set-up, main line.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>

#include "gtp/sgf/header.h"
#include "gtp/sgf/sgf.h"
#include "search/play/handicap.h"

namespace hayago::gtp {

using search::Board;
using search::Color;
using search::GameState;
using search::Loc;
using search::Move;
using search::Placement;
using search::Player;

namespace {

// No game comes near these; they bound the work a hostile file can ask for.
constexpr std::size_t kMaxMoves = 10'000;
constexpr std::size_t kMaxSetupPoints = 1'000'000;
constexpr std::size_t kMaxWarnings = 100;

std::string single_line(std::string_view text) {
  std::string out(trim_blanks(text));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c >= '\t' && c <= '\r'; }, ' ');
  return out;
}

std::optional<Player> parse_colour(std::string_view text) {
  text = trim_blanks(text);
  if (text == "1") return Color::kBlack;
  if (text == "2") return Color::kWhite;
  return search::parse_player(text);
}

class GameBuilder {
 public:
  GameBuilder(const SgfCollection& collection, int root, const std::string& name,
              const search::Rules& default_rules)
      : collection_(collection), root_(root), name_(name) {
    game_.rules = default_rules;
    game_.warnings = collection.warnings;
  }

  SgfGame build() {
    read_header(node(root_));
    board_ = Board(game_.x_size, game_.y_size);
    for (int at = root_; at != kNoSgfNode; at = node(at).first_child) {
      read_node(node(at));
    }
    replay();
    return std::move(game_);
  }

 private:
  const SgfNode& node(int id) const { return collection_.nodes[static_cast<std::size_t>(id)]; }
  [[noreturn]] void fail(const SgfProperty& at, const std::string& what) const {
    throw SgfError(name_ + ": line " + std::to_string(at.line) + ", column " +
                   std::to_string(at.column) + ": " + what);
  }
  void warn(const std::string& what) {
    if (game_.warnings.size() < kMaxWarnings) game_.warnings.push_back(what);
  }
  static std::string text_of(const SgfNode& node, std::string_view property) {
    const SgfProperty* found = node.find(property);
    return found == nullptr ? std::string() : single_line(found->values.front());
  }

  void read_header(const SgfNode& root) {
    if (const SgfProperty* kind = root.find("GM")) {
      const std::string text = single_line(kind->values.front());
      if (!text.empty() && text != "1") fail(*kind, "GM[" + text + "] is not a game of Go (GM[1])");
    }
    read_size(root);
    read_rules(root);
    game_.black_name = text_of(root, "PB");
    game_.white_name = text_of(root, "PW");
    game_.black_rank = text_of(root, "BR");
    game_.white_rank = text_of(root, "WR");
    game_.result = text_of(root, "RE");
    game_.date = text_of(root, "DT");
    game_.event = text_of(root, "EV");
    const std::string handicap = text_of(root, "HA");
    if (handicap.empty()) return;
    const auto stones = parse_sgf_size(handicap);
    if (stones && stones->first >= 0 && stones->first <= search::kMaxArea) {
      game_.handicap = stones->first;
    } else {
      warn("HA[" + handicap + "] is not a number of stones; ignored");
    }
  }

  void read_size(const SgfNode& root) {
    const SgfProperty* size = root.find("SZ");
    if (size == nullptr) return;
    const std::string text = single_line(size->values.front());
    if (text.empty()) {
      warn("SZ is empty; 19x19 assumed");
      return;
    }
    const auto sides = parse_sgf_size(text);
    const auto in_range = [](int n) { return n >= 2 && n <= search::kMaxBoard; };
    if (!sides || !in_range(sides->first) || !in_range(sides->second)) {
      fail(*size, "board size SZ[" + text + "], expected 2 to " +
                      std::to_string(search::kMaxBoard) + " or WIDTH:HEIGHT");
    }
    std::tie(game_.x_size, game_.y_size) = *sides;
  }

  void read_rules(const SgfNode& root) {
    game_.rules_text = text_of(root, "RU");
    game_.komi_text = text_of(root, "KM");
    if (!game_.rules_text.empty()) {
      if (const auto rules = parse_sgf_rules(game_.rules_text)) {
        game_.rules = *rules;
        game_.rules_given = true;
      } else {
        warn("unknown rules RU[" + game_.rules_text + "]; using " +
             search::rules_nice_name(game_.rules));
      }
    }
    if (game_.komi_text.empty()) return;
    if (const auto komi = parse_sgf_komi(game_.komi_text, game_.warnings)) {
      game_.rules.komi = *komi;
      game_.komi_given = true;
    } else {
      warn("KM[" + game_.komi_text + "] is not a komi in half points; ignored");
    }
  }

  Loc parse_move(const SgfProperty& property) const {
    const std::string_view text = trim_blanks(property.values.front());
    if (property.values.size() != 1) fail(property, "a move has one point");
    if (const auto loc = parse_sgf_move(text, board_)) return *loc;
    fail(property, property.name + "[" + std::string(text.substr(0, 20)) +
                       "] is not a point of a " + size_text() + " board");
  }
  std::string size_text() const {
    return std::to_string(game_.x_size) + "x" + std::to_string(game_.y_size);
  }

  void read_node(const SgfNode& node) {
    const bool has_setup = node.find("AB") || node.find("AW") || node.find("AE");
    if (has_setup && !game_.moves.empty()) fold_moves(node);
    if (has_setup) read_setup(node);
    if (const SgfProperty* player = node.find("PL")) {
      const auto parsed = parse_colour(player->values.front());
      if (!parsed)
        fail(*player, "PL[" + player->values.front().substr(0, 20) + "], expected B or W");
      player_to_move_ = *parsed;
    }
    for (const SgfProperty& property : node.properties) {
      if (property.name != "B" && property.name != "W") continue;
      const Player player = property.name == "B" ? Color::kBlack : Color::kWhite;
      if (game_.moves.size() >= kMaxMoves) {
        fail(property, "more than " + std::to_string(kMaxMoves) + " moves");
      }
      game_.moves.push_back({parse_move(property), player});
      places_.push_back(&property);
    }
  }

  void read_setup(const SgfNode& node) {
    std::map<Loc, Color> here;
    for (const auto& [name, color] :
         {std::pair{"AB", Color::kBlack}, std::pair{"AW", Color::kWhite},
          std::pair{"AE", Color::kEmpty}}) {
      const SgfProperty* property = node.find(name);
      if (property == nullptr) continue;
      for (const std::string& value : property->values) add_points(*property, value, color, here);
    }
    for (const auto& [loc, color] : here) setup_[loc] = color;
  }

  void add_points(const SgfProperty& property, std::string_view value, Color color,
                  std::map<Loc, Color>& out) {
    const auto points = parse_sgf_points(value, board_);
    if (!points) {
      fail(property, property.name + "[" + std::string(trim_blanks(value).substr(0, 20)) +
                         "] is not a point or rectangle of a " + size_text() + " board");
    }
    setup_points_ += points->size();
    if (setup_points_ > kMaxSetupPoints) fail(property, "too many set-up stones");
    for (const Loc loc : *points) {
      const auto [at, fresh] = out.emplace(loc, color);
      if (!fresh && at->second != color) {
        fail(property, "set-up of " + search::loc_to_string(loc, board_) +
                           " with two different contents in one node");
      }
    }
  }

  // The position after the moves so far becomes the set-up for what follows.
  void fold_moves(const SgfNode& node) {
    replay();
    warn("set-up stones in line " + std::to_string(node.line) + " after " +
         std::to_string(game_.moves.size()) + " moves: the analysis starts there");
    const Board& board = state_.board();
    setup_.clear();
    for (int y = 0; y < game_.y_size; ++y) {
      for (int x = 0; x < game_.x_size; ++x) {
        const Loc loc = board.loc(x, y);
        if (board.at(loc) != Color::kEmpty) setup_[loc] = board.at(loc);
      }
    }
    player_to_move_ = search::opponent(game_.moves.back().player);
    game_.moves.clear();
    places_.clear();
    folded_ = true;
  }

  // HA without stones: if the record does not start with that many Black moves either, the server
  // meant the fixed points.
  void place_missing_handicap() {
    if (game_.handicap < 2 || folded_ || !game_.setup.empty()) return;
    const auto& moves = game_.moves;
    if (moves.empty() || moves.front().player != Color::kWhite) return;
    const auto points = search::fixed_handicap_points(game_.x_size, game_.y_size, game_.handicap);
    if (!points) {
      warn("HA[" + std::to_string(game_.handicap) + "] without stones, and no fixed points for it");
      return;
    }
    for (const Loc loc : *points.value) game_.setup.push_back({loc, Color::kBlack});
    warn("HA[" + std::to_string(game_.handicap) + "] without stones: the fixed points were used");
  }

  void finish_setup() {
    game_.setup.clear();
    std::vector<Placement> stones;
    for (const auto& [loc, color] : setup_) {
      if (color != Color::kEmpty) stones.push_back({loc, color});
    }
    if (folded_) {
      // The overlay may leave chains without liberties, which disappear (spec/03 section 3.4).
      Board overlaid(game_.x_size, game_.y_size);
      const int removed = overlaid.set_stones_tolerant(stones);
      if (removed > 0) warn(std::to_string(removed) + " set-up stones without liberties removed");
      std::erase_if(stones,
                    [&](const Placement& p) { return overlaid.at(p.loc) == Color::kEmpty; });
    }
    game_.setup = std::move(stones);
  }

  void choose_first_player() {
    const auto is_black = [](const Placement& p) { return p.color == Color::kBlack; };
    if (!game_.moves.empty()) {
      game_.first_player = game_.moves.front().player;
    } else if (player_to_move_) {
      game_.first_player = *player_to_move_;
    } else if (!game_.setup.empty() &&
               std::all_of(game_.setup.begin(), game_.setup.end(), is_black)) {
      game_.first_player = Color::kWhite;
    }
  }

  // Plays all moves so far from the current set-up and stops at an illegal one.
  void replay() {
    finish_setup();
    place_missing_handicap();
    choose_first_player();
    state_ = initial_state_or_fail();
    int out_of_turn = 0;
    for (std::size_t i = 0; i < game_.moves.size(); ++i) {
      const Move move = game_.moves[i];
      if (move.player != state_.next_player()) ++out_of_turn;
      if (play_record_move(state_, move)) continue;
      const bool occupied = state_.board().at(move.loc) != Color::kEmpty;
      fail(*places_[i], "move " + std::to_string(i + 1) + " (" +
                            std::string(search::player_letter(move.player)) + " " +
                            search::loc_to_string(move.loc, board_) + ") is illegal: " +
                            (occupied ? "the point is occupied" : "it is suicide"));
    }
    if (out_of_turn > 0) warn(std::to_string(out_of_turn) + " move(s) out of turn");
  }
  GameState initial_state_or_fail() const {
    try {
      return initial_state(game_);
    } catch (const SgfError& error) {
      throw SgfError(name_ + ": " + error.what());
    }
  }

  const SgfCollection& collection_;
  const int root_;
  const std::string& name_;
  SgfGame game_;
  Board board_{19, 19};
  GameState state_;
  std::map<Loc, Color> setup_;
  std::vector<const SgfProperty*> places_;  // of the moves
  std::optional<Player> player_to_move_;
  std::size_t setup_points_ = 0;
  bool folded_ = false;
};

std::string read_sgf_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw SgfError(path + ": cannot be opened: " + std::strerror(errno));
  std::string bytes;
  std::vector<char> chunk(std::size_t{1} << 16);
  while (bytes.size() <= kMaxSgfBytes) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    bytes.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (!file) break;
  }
  if (file.bad()) throw SgfError(path + ": cannot be read (is it a directory?)");
  return bytes;
}

}  // namespace

SgfGame sgf_game_from_bytes(std::string_view bytes, const std::string& name,
                            const search::Rules& default_rules) {
  const SgfCollection collection = parse_sgf(bytes, name);
  return GameBuilder(collection, collection.roots.front(), name, default_rules).build();
}

SgfGame load_sgf_game(const std::string& path, const search::Rules& default_rules) {
  return sgf_game_from_bytes(read_sgf_file(path), path, default_rules);
}

std::vector<SgfGame> load_sgf_games(const std::string& path, const search::Rules& default_rules) {
  const SgfCollection collection = parse_sgf(read_sgf_file(path), path);
  std::vector<SgfGame> games;
  for (const int root : collection.roots) {
    games.push_back(GameBuilder(collection, root, path, default_rules).build());
  }
  return games;
}

GameState initial_state(const SgfGame& game) {
  Board board(game.x_size, game.y_size);
  if (!board.set_stones_strict(game.setup)) {
    throw SgfError("the set-up stones leave a chain without liberties");
  }
  GameState state(board, game.first_player, game.rules);
  state.set_assume_handicap_from_moves(true);
  return state;
}

bool play_record_move(GameState& state, Move move, bool prevent_phase) {
  if (move.player != state.next_player()) {
    // Only the board decides legality here; ask before the history is lost.
    if (move.loc != search::kPassLoc) {
      const Board& board = state.board();
      if (!board.on_board(move.loc) || board.at(move.loc) != Color::kEmpty ||
          board.is_illegal_suicide(move.loc, move.player, true)) {
        return false;
      }
    }
    state.restart_with_player(move.player);
  }
  if (!state.is_legal_tolerant(move.loc, move.player)) return false;
  state.make_move(move.loc, move.player, prevent_phase);
  return true;
}

}  // namespace hayago::gtp
