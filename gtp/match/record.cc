#include "gtp/match/record.h"

#include <stdexcept>

namespace hayago::gtp {
namespace {

constexpr std::array<std::string_view, 7> kEnds{"score",   "resignation", "agreement", "time",
                                                "illegal", "failure",     "move limit"};

GameEnd parse_end(const std::string& text) {
  for (std::size_t i = 0; i < kEnds.size(); ++i) {
    if (text == kEnds[i]) return static_cast<GameEnd>(i);
  }
  throw std::invalid_argument("unknown end of a game '" + text + "'");
}

}  // namespace

std::string_view to_string(GameEnd end) { return kEnds[static_cast<std::size_t>(end)]; }

nlohmann::ordered_json to_json(const MatchGame& game) {
  nlohmann::ordered_json out;
  out["game"] = game.number;
  out["pair"] = game.pair();
  out["black"] = game.a_is_black() ? "a" : "b";
  out["result"] = game.result;
  out["halfPoints"] = game.half_points;
  out["end"] = to_string(game.end);
  out["moves"] = game.moves;
  out["opening"] = game.opening;
  out["searches"] = game.searches;
  out["seconds"] = game.seconds;
  out["longest"] = game.longest;
  out["visits"] = game.visits;
  out["disputed"] = game.disputed;
  out["note"] = game.note;
  out["sgf"] = game.sgf;
  return out;
}

MatchGame match_game_from_json(const nlohmann::json& json) {
  MatchGame game;
  json.at("game").get_to(game.number);
  json.at("halfPoints").get_to(game.half_points);
  json.at("result").get_to(game.result);
  game.end = parse_end(json.at("end").get<std::string>());
  json.at("moves").get_to(game.moves);
  json.at("opening").get_to(game.opening);
  json.at("searches").get_to(game.searches);
  json.at("seconds").get_to(game.seconds);
  json.at("longest").get_to(game.longest);
  json.at("visits").get_to(game.visits);
  json.at("disputed").get_to(game.disputed);
  json.at("note").get_to(game.note);
  json.at("sgf").get_to(game.sgf);
  if (game.number < 0) throw std::invalid_argument("the number of a game is negative");
  if (game.half_points < 0 || game.half_points > 2) {
    throw std::invalid_argument("half points must be 0, 1 or 2");
  }
  return game;
}

}  // namespace hayago::gtp
