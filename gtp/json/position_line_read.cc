#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "gtp/json/position_line.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;
using search::Board;
using search::Color;
using search::GameState;
using search::Loc;
using search::Player;
using search::Rules;

constexpr double kMaxKomi = 1e5;
constexpr int kMaxBuffer = 64;

constexpr std::string_view kInputs[] = {"id",
                                        "src",
                                        "boardXSize",
                                        "boardYSize",
                                        "rules",
                                        "komi",
                                        "initialStones",
                                        "initialEncorePhase",
                                        "initialPlayer",
                                        "moves",
                                        "preventEncore",
                                        "assumeHandicap",
                                        "overrideHandicap",
                                        "passAliveSuicide",
                                        "params",
                                        "nnXLen",
                                        "nnYLen"};

// Leaves the nested readers; becomes a value in read_position_line().
struct FieldError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(std::string_view key, std::string_view expected) {
  throw FieldError(fmt::format("field '{}': expected {}", key, expected));
}

int get_int(const Json& object, const std::string& key, std::optional<int> fallback, int min,
            int max) {
  if (!object.contains(key) && fallback) return *fallback;
  const Json value = object.value(key, Json());
  const auto in_range = [&](auto v) { return v >= min && v <= max; };
  if (!value.is_number_integer() || !in_range(value.get<std::int64_t>())) {
    fail(key, fmt::format("an integer in {}..{}", min, max));
  }
  return value.get<int>();
}

bool get_bool(const Json& object, const std::string& key, bool fallback) {
  if (!object.contains(key)) return fallback;
  if (!object[key].is_boolean()) fail(key, "true or false");
  return object[key].get<bool>();
}

double get_double(const Json& object, const std::string& key, double fallback, double radius) {
  if (!object.contains(key)) return fallback;
  const Json& value = object[key];
  if (!value.is_number() || !(std::abs(value.get<double>()) <= radius)) {
    fail(key, fmt::format("a number within +-{}", radius));
  }
  return value.get<double>();
}

// The komi may be any number here, so it is taken out of the rules text.
Rules get_rules(const Json& line) {
  Rules rules;
  if (line.contains("rules")) {
    Json text = line["rules"];
    std::optional<double> komi;
    if (text.is_object()) {
      komi = text.contains("komi") ? std::optional(get_double(text, "komi", 0, kMaxKomi))
                                   : std::nullopt;
      text.erase("komi");
    } else if (!text.is_string()) {
      fail("rules", "a rules object or text");
    }
    const auto parsed =
        search::parse_rules(text.is_string() ? text.get<std::string>() : text.dump());
    if (!parsed) throw FieldError("field 'rules': " + parsed.error);
    rules = *parsed.value;
    if (komi) rules.komi = static_cast<float>(*komi);
  }
  rules.komi = static_cast<float>(get_double(line, "komi", rules.komi, kMaxKomi));
  return rules;
}

// A [player, point] pair.
search::Move get_pair(const Json& entry, const Board& board, std::string_view key, std::size_t i) {
  const std::string where = fmt::format("{}[{}]", key, i);
  if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string()) {
    fail(where, "a pair [\"B\" or \"W\", point]");
  }
  const auto player = search::parse_player(entry[0].get<std::string>());
  const auto loc = search::parse_loc(entry[1].get<std::string>(), board);
  if (!player) fail(where, "a player B or W");
  if (!loc)
    fail(where, fmt::format("a point of the {}x{} board or pass", board.x_size(), board.y_size()));
  return {*loc, *player};
}

const Json& get_list(const Json& line, const std::string& key) {
  static const Json kEmptyList = Json::array();
  if (!line.contains(key)) return kEmptyList;
  if (!line[key].is_array()) fail(key, "a list");
  return line[key];
}

void place_initial_stones(const Json& line, Board& board) {
  const Json& list = get_list(line, "initialStones");
  for (std::size_t i = 0; i < list.size(); i++) {
    const auto [loc, player] = get_pair(list[i], board, "initialStones", i);
    if (loc == search::kPassLoc || board.at(loc) != Color::kEmpty) {
      fail(fmt::format("initialStones[{}]", i), "an empty point");
    }
    board.set_stone(loc, player);
    if (board.at(loc) != player) {
      fail(fmt::format("initialStones[{}]", i), "a stone with a liberty");
    }
  }
}

void make_moves(const Json& line, GameState& state) {
  const bool prevent = get_bool(line, "preventEncore", true);
  const Json& list = get_list(line, "moves");
  for (std::size_t i = 0; i < list.size(); i++) {
    const auto [loc, player] = get_pair(list[i], state.board(), "moves", i);
    if (!state.is_legal_tolerant(loc, player)) {
      fail(fmt::format("moves[{}]", i), "a possible move");
    }
    state.make_move(loc, player, prevent);
  }
}

search::NnInputParams get_params(const Json& line) {
  search::NnInputParams params;
  if (!line.contains("params")) return params;
  const Json& p = line["params"];
  if (!p.is_object()) fail("params", "an object");
  params.draw_equivalent_wins_for_white = get_double(p, "drawEquivalentWinsForWhite", 0.5, 1);
  params.conservative_pass_and_is_root = get_bool(p, "conservativePassAndIsRoot", false);
  params.enable_passing_hacks = get_bool(p, "enablePassingHacks", false);
  params.playout_doubling_advantage = get_double(p, "playoutDoublingAdvantage", 0, 1000);
  params.max_history = get_int(p, "maxHistory", 1000, 0, 1 << 30);
  const int suicide = get_int(p, "passAliveSuicideOverride", -1, -1, 1);
  if (suicide >= 0) params.pass_alive_suicide_override = suicide == 1;
  return params;
}

std::optional<search::HumanProfile> get_profile(const Json& line) {
  if (!line.contains("meta")) return std::nullopt;
  const Json& meta = line["meta"];
  if (!meta.is_object() || !meta.contains("profile") || !meta["profile"].is_string()) {
    fail("meta", "an object with the text 'profile'");
  }
  const auto profile = search::parse_human_profile(meta["profile"].get<std::string>());
  if (!profile) fail("meta.profile", "a known profile such as rank_3d or proyear_1985");
  return profile;
}

PositionLine read_fields(const Json& line) {
  if (!line.is_object()) throw FieldError("expected a JSON object");
  const int x_size = get_int(line, "boardXSize", std::nullopt, 1, search::kMaxBoard);
  const int y_size = get_int(line, "boardYSize", std::nullopt, 1, search::kMaxBoard);
  Board board(x_size, y_size);
  place_initial_stones(line, board);
  Player player = Color::kBlack;
  if (line.contains("initialPlayer")) {
    const Json& text = line["initialPlayer"];
    const auto parsed =
        text.is_string() ? search::parse_player(text.get<std::string>()) : std::nullopt;
    if (!parsed) fail("initialPlayer", "B or W");
    player = *parsed;
  }
  PositionLine position;
  GameState& state = position.state;
  state = GameState(board, player, get_rules(line), get_int(line, "initialEncorePhase", 0, 0, 2));
  state.set_pass_alive_under_suicide(get_bool(line, "passAliveSuicide", false));
  state.set_assume_handicap_from_moves(get_bool(line, "assumeHandicap", false));
  state.set_override_handicap(get_int(line, "overrideHandicap", -1, -1, search::kMaxArea));
  make_moves(line, state);
  position.params = get_params(line);
  position.nn_x = get_int(line, "nnXLen", board.x_size(), board.x_size(), kMaxBuffer);
  position.nn_y = get_int(line, "nnYLen", board.y_size(), board.y_size(), kMaxBuffer);
  position.profile = get_profile(line);
  return position;
}

}  // namespace

bool is_position_input(const std::string& key) {
  return std::find(std::begin(kInputs), std::end(kInputs), key) != std::end(kInputs);
}

search::Parsed<PositionLine> read_position_line(const Json& line) {
  try {
    return {read_fields(line), {}};
  } catch (const FieldError& error) {
    return {std::nullopt, error.what()};
  }
}

}  // namespace hayago::gtp
