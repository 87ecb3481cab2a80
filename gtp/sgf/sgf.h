// SGF files as found in the wild (FF[1]..FF[4]): reading with encodings, variations, set-up stones,
// handicap and vendor oddities, and writing.
#pragma once
#include <optional>
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
  std::vector<std::string> values;  // unescaped, UTF-8
};

struct SgfNode {
  std::vector<SgfProperty> properties;
  std::vector<SgfNode> children;  // first child = main line
  const SgfProperty* find(std::string_view name) const;
};

// All game trees of a collection. Depth and size are bounded by the input; no recursion per move.
std::vector<SgfNode> parse_sgf(std::string_view bytes, const std::string& name);

struct SgfGame {
  int x_size = 19, y_size = 19;
  std::vector<search::Placement> setup;  // root set-up stones
  std::vector<search::Move> moves;       // main line; later set-up nodes are an error or are folded
  search::Rules rules;                   // from RU and KM, else `default_rules`
  bool rules_given = false, komi_given = false;
  int handicap = 0;
  search::Player first_player = search::Color::kBlack;  // spec/03 section 14
  std::string black_name, white_name, result, date, event;
  std::vector<std::string> warnings;
};
// Main line of the first tree. Throws SgfError.
SgfGame load_sgf_game(const std::string& path, const search::Rules& default_rules = {});
SgfGame sgf_game_from_bytes(std::string_view bytes, const std::string& name,
                            const search::Rules& default_rules = {});
// State before the first move, rules and handicap settings applied. Throws SgfError for impossible
// set-up stones.
search::GameState initial_state(const SgfGame& game);

struct SgfWriteInfo {
  std::string black_name, white_name, result;
  std::vector<std::string> comments;  // one per move, may be shorter
};
std::string write_sgf(const search::GameState& state, const SgfWriteInfo& info = {});

}  // namespace hayago::gtp
