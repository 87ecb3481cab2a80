// SGF files as found in the wild (FF[1]..FF[4]): reading with encodings, variations, set-up stones,
// handicap and vendor oddities (spec/03 sections 4.7 and 14, spec/07 section 15), and writing.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "search/board/game_state.h"

namespace hayago::gtp {

// what() names file or input, line, column and what was expected.
class SgfError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct SgfProperty {
  std::string name;                 // upper-case letters only
  std::vector<std::string> values;  // unescaped, UTF-8; never empty
  int line = 0, column = 0;         // 1-based, of the name
};

inline constexpr int kNoSgfNode = -1;

struct SgfNode {
  std::vector<SgfProperty> properties;
  int parent = kNoSgfNode, first_child = kNoSgfNode, next_sibling = kNoSgfNode;
  int line = 0, column = 0;  // of the ';'
  const SgfProperty* find(std::string_view name) const;
};

// All game trees of a file. Nodes are numbered in file order and linked by index, so that depth
// costs neither recursion when building nor when destroying.
struct SgfCollection {
  std::vector<SgfNode> nodes;
  std::vector<int> roots;
  std::vector<std::string> warnings;  // undeclared or broken encodings
};

// Limits that keep hostile files harmless; beyond them SgfError.
inline constexpr std::size_t kMaxSgfBytes = std::size_t{32} << 20;
inline constexpr std::size_t kMaxSgfNodes = 1'000'000;

// Text before the first "(;" and after the last game is skipped. `name` appears in messages.
SgfCollection parse_sgf(std::string_view bytes, const std::string& name);

struct SgfGame {
  int x_size = 19, y_size = 19;
  std::vector<search::Placement> setup;  // before the first move; every point at most once
  std::vector<search::Move> moves;       // main line, tolerantly legal from initial_state() on
  search::Rules rules;                   // from RU and KM, else `default_rules`
  bool rules_given = false, komi_given = false;         // present and understood
  std::string rules_text, komi_text;                    // RU and KM as written, "" if absent
  int handicap = 0;                                     // HA as written
  search::Player first_player = search::Color::kBlack;  // spec/03 section 14
  std::string black_name, white_name, black_rank, white_rank;
  std::string result, date, event;
  std::vector<std::string> warnings;
};
// Main line of the first tree. Set-up stones in the middle of the record are folded: the position
// with them becomes the set-up, the moves before are dropped, with a warning. Throws SgfError.
SgfGame load_sgf_game(const std::string& path, const search::Rules& default_rules = {});
SgfGame sgf_game_from_bytes(std::string_view bytes, const std::string& name,
                            const search::Rules& default_rules = {});
// The main lines of all trees of a file.
std::vector<SgfGame> load_sgf_games(const std::string& path,
                                    const search::Rules& default_rules = {});
// State before the first move: rules applied, leading Black moves count as handicap. Throws
// SgfError for impossible set-up stones.
search::GameState initial_state(const SgfGame& game);
// Plays one move of a record: tolerant legality, a move out of turn restarts the history (spec/03
// section 14). False if it is illegal; the state is then unchanged.
bool play_record_move(search::GameState& state, search::Move move, bool prevent_phase = true);

struct SgfWriteInfo {
  std::string black_name, white_name;
  std::string result;                 // used when the game is not finished by the rules
  std::vector<std::string> comments;  // one per move, may be shorter
  bool result_overrides = false;      // use `result` even then (dead stones taken off)
  std::vector<std::pair<std::string, std::string>> root_properties{};  // further ones, unescaped
};
// One line without a final newline (spec/07 section 15.2).
std::string write_sgf(const search::GameState& state, const SgfWriteInfo& info = {});

}  // namespace hayago::gtp
