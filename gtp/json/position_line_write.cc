#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "gtp/json/position_line.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;
using search::AreaSets;
using search::Board;
using search::Color;
using search::GameState;
using search::Loc;

// A float as a JSON number of nine significant digits, without a fraction where it has none.
Json number(float value) {
  if (value == std::floor(value) && std::abs(value) < 1e9f) {
    return Json(static_cast<std::int64_t>(value));
  }
  return Json(std::strtod(fmt::format("{:.9g}", value).c_str(), nullptr));
}

template <class F>
void for_each_point(const Board& board, const F& f) {
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) f(board.loc(x, y), y * board.x_size() + x);
  }
}

std::string area_text(const Board& board, const AreaSets& area) {
  std::string text;
  for_each_point(board, [&](Loc l, int) {
    text += area.black.test(l) ? 'X' : area.white.test(l) ? 'O' : '.';
  });
  return text;
}

std::string stones_text(const Board& board) {
  std::string text;
  for_each_point(board, [&](Loc l, int) { text += ".XO"[static_cast<std::size_t>(board.at(l))]; });
  return text;
}

std::string legal_text(const GameState& state) {
  std::string text;
  for_each_point(state.board(),
                 [&](Loc l, int) { text += state.is_legal(l, state.next_player()) ? '1' : '0'; });
  return text + (state.is_legal(search::kPassLoc, state.next_player()) ? '1' : '0');
}

Json result_fields(const GameState& state) {
  const Color winner = state.winner();
  return {{"winner", winner == Color::kEmpty ? "E" : search::player_letter(winner)},
          {"whiteMinusBlackScore", number(state.final_score())},
          {"isScored", state.is_scored()},
          {"isNoResult", state.is_no_result()}};
}

Json state_fields(const GameState& state, const search::NnInputParams& params) {
  Json banned = Json::array(), blocked = Json::array();
  for_each_point(state.board(), [&](Loc l, int i) {
    if (state.superko_banned(l)) banned.push_back(i);
    if (state.ko_recap_blocked(l)) blocked.push_back(i);
  });
  const search::Player p = state.next_player();
  return {{"encorePhase", state.phase()},
          {"consecutiveEndingPasses", state.consecutive_ending_passes()},
          {"numTurnsThisPhase", state.turns_this_phase()},
          {"numApproxValidTurnsThisPhase", state.valid_turns_this_phase()},
          {"numConsecValidTurnsThisGame", state.valid_turns_this_game()},
          {"hasButton", state.has_button()},
          {"isPastNormalPhaseEnd", state.is_past_normal_phase_end()},
          {"whiteBonusScore", number(state.white_bonus())},
          {"whiteHandicapBonusScore", number(state.white_handicap_bonus())},
          {"numHandicapStones", state.num_handicap_stones()},
          {"superKoBanned", banned},
          {"koRecapBlocked", blocked},
          {"passWouldEndPhase", state.pass_would_end_phase(p)},
          {"passWouldEndGame", state.pass_would_end_game(p)},
          {"suppressEndGameFromFriendlyPass", state.suppress_friendly_pass(p)},
          {"koHashHistoryLen", state.ko_history_length()},
          {"selfKomi", number(state.self_komi(p, params.draw_equivalent_wins_for_white))}};
}

Json area_fields(const GameState& state) {
  const Board& board = state.board();
  const bool suicide = state.area_suicide_flag();
  Json out;
  const auto area = [&](const search::AreaOptions& options) {
    return area_text(board, search::calculate_area(board, options));
  };
  out["passAlive"] = area({false, false, false, suicide});
  out["passAliveSafeBig"] = area({false, true, false, suicide});
  out["full"] = area({true, true, true, suicide});
  const auto life = search::calculate_independent_life(board, false, false, suicide);
  out["independentLife"] = area_text(board, life.area);
  out["independentLifeCount"] = life.life_count;
  AreaSets scoring;
  state.board_score(scoring);
  out["scoring"] = area_text(board, scoring);
  return out;
}

// Plane -> buffer indices where it is 1; plane 0 is named instead of listed.
Json input_fields(const PositionLine& position, int version) {
  const int planes = search::feature_planes(version);
  const auto points = static_cast<std::size_t>(position.nn_x * position.nn_y);
  std::vector<float> spatial(points * static_cast<std::size_t>(planes));
  std::vector<float> global(static_cast<std::size_t>(search::feature_globals(version)));
  search::fill_features(version, position.state, position.params, position.nn_x, position.nn_y,
                        spatial.data(), global.data());
  Json s = Json::object();
  for (int plane = 0; plane < planes; plane++) {
    Json indices = Json::array();
    for (std::size_t i = 0; i < points; i++) {
      const float value =
          spatial[i * static_cast<std::size_t>(planes) + static_cast<std::size_t>(plane)];
      if (value != 0) indices.push_back(i);
    }
    if (plane == 0) {
      s["0"] = "board";
    } else if (!indices.empty()) {
      s[std::to_string(plane)] = indices;
    }
  }
  Json g = Json::array();
  for (float value : global) g.push_back(number(value));
  return {{"s", s}, {"g", g}};
}

Json metadata_fields(const PositionLine& position) {
  std::array<float, search::kMetadataSize> row;
  search::fill_metadata(*position.profile, position.state.next_player(),
                        position.state.board().area(), row.data());
  Json values = Json::array();
  for (float value : row) values.push_back(number(value));
  return {{"profile", position.profile->name}, {"row", values}};
}

}  // namespace

Json computed_fields(const PositionLine& position, const std::vector<int>& versions) {
  const GameState& state = position.state;
  const Board& board = state.board();
  Json out;
  out["nextPlayer"] = search::player_letter(state.next_player());
  out["board"] = stones_text(board);
  out["koLoc"] = search::loc_to_string(board.ko_loc(), board);
  out["blackStonesCaptured"] = board.captured(Color::kBlack);
  out["whiteStonesCaptured"] = board.captured(Color::kWhite);
  out["legal"] = legal_text(state);
  out["isGameOver"] = state.is_finished();
  if (state.is_finished()) out["result"] = result_fields(state);
  out["state"] = state_fields(state, position.params);
  out["thisHash"] = search::to_hex(board.situation_hash(state.next_player()));
  out["areas"] = area_fields(state);
  GameState scored = state;
  scored.end_and_score_now();
  out["scoreIfEndedNow"] = number(scored.final_score());
  GameState early = state;
  if (early.end_if_all_pass_alive()) out["allPassAliveScore"] = number(early.final_score());
  for (int version : versions) {
    out["v" + std::to_string(version)] = input_fields(position, version);
  }
  if (position.profile) out["meta"] = metadata_fields(position);
  return out;
}

}  // namespace hayago::gtp
