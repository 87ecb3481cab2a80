// What a query may restrict, and fields that it should not have.
#include <algorithm>
#include <array>
#include <string_view>

#include "gtp/config/parse.h"
#include "gtp/json/query_builder.h"

namespace hayago::gtp {

using nlohmann::json;
using search::Color;

namespace {

// Every field that a request may have, for the warnings about unused ones.
constexpr std::array<std::string_view, 31> kKnownFields{"action",
                                                        "allowMoves",
                                                        "analysisPVLen",
                                                        "analyzeTurns",
                                                        "avoidMoves",
                                                        "boardXSize",
                                                        "boardYSize",
                                                        "firstReportDuringSearchAfter",
                                                        "id",
                                                        "includeMovesOwnership",
                                                        "includeMovesOwnershipStdev",
                                                        "includeNoResultValue",
                                                        "includeOwnership",
                                                        "includeOwnershipStdev",
                                                        "includePVVisits",
                                                        "includePolicy",
                                                        "initialPlayer",
                                                        "initialStones",
                                                        "komi",
                                                        "maxVisits",
                                                        "moves",
                                                        "overrideSettings",
                                                        "priorities",
                                                        "priority",
                                                        "reportDuringSearchEvery",
                                                        "rootFpuReductionMax",
                                                        "rootPolicyTemperature",
                                                        "rules",
                                                        "terminateId",
                                                        "turnNumbers",
                                                        "whiteHandicapBonus"};

// "" if nothing is similar enough to be meant.
std::string nearest_field(const std::string& field) {
  int best = std::max(1, static_cast<int>(field.size()) / 3) + 1;
  std::string nearest;
  for (const std::string_view known : kKnownFields) {
    const int distance = edit_distance(field, known);
    if (distance >= best) continue;
    best = distance;
    nearest = known;
  }
  return nearest;
}

// Errors inside the entries name the inner key as their field.
std::string in(const char* field) { return " (in " + std::string(field) + ")"; }

}  // namespace

Refused QueryBuilder::read_move_restrictions() {
  const json* allow = find("allowMoves");
  const json* avoid = find("avoidMoves");
  if (allow != nullptr && avoid != nullptr) {
    return Rejection{"allowMoves", "Cannot be combined with avoidMoves"};
  }
  const json* entries = allow != nullptr ? allow : avoid;
  if (entries == nullptr) return std::nullopt;
  const char* field = allow != nullptr ? "allowMoves" : "avoidMoves";
  const auto is_entry = [](const json& entry) {
    return entry.is_object() && entry.contains("player") && entry.contains("moves") &&
           entry.contains("untilDepth");
  };
  if (!entries->is_array() || !std::all_of(entries->begin(), entries->end(), is_entry)) {
    return Rejection{field,
                     "Must be an array of objects such as {\"player\":\"B\",\"moves\":"
                     "[\"C3\"],\"untilDepth\":1}, with all three keys" +
                         but_got(*entries)};
  }
  if (allow != nullptr && entries->size() > 2) {
    return Rejection{
        field, "Can have at most one entry per player, has " + std::to_string(entries->size())};
  }
  for (const json& entry : *entries) {
    if (auto refused = read_restriction(entry, field, allow != nullptr)) return refused;
  }
  return std::nullopt;
}

Refused QueryBuilder::read_restriction(const json& entry, const char* field, bool allow) {
  const json& player_text = entry.at("player");
  const auto player =
      player_text.is_string() ? search::parse_player(player_text.get<std::string>()) : std::nullopt;
  if (!player) {
    return Rejection{"player", "Must be \"b\" or \"w\"" + but_got(player_text) + in(field)};
  }
  const json& moves = entry.at("moves");
  const auto is_text = [](const json& move) { return move.is_string(); };
  if (!moves.is_array() || !std::all_of(moves.begin(), moves.end(), is_text)) {
    return Rejection{"moves", "Must be an array of vertices, such as [\"C3\",\"pass\"]" +
                                  but_got(moves) + in(field)};
  }
  std::vector<search::Loc> locs;
  for (const json& move : moves) {
    const auto loc = search::parse_loc(move.get<std::string>(), board_);
    if (!loc) {
      return Rejection{"moves", "Could not parse board location: " +
                                    shortened(move.get<std::string>(), 100) + in(field)};
    }
    locs.push_back(*loc);
  }
  std::optional<std::int64_t> depth;
  if (read_integer(entry, "untilDepth", 1, 1'000'000'000, "", depth)) {
    return Rejection{"untilDepth", "Must be an integer from 1 to 1000000000" +
                                       but_got(entry.at("untilDepth")) + in(field)};
  }
  std::vector<int>& list = *player == Color::kBlack ? query_->avoid.black : query_->avoid.white;
  if (allow && !list.empty()) {
    return Rejection{field, "Has two entries for the same player"};
  }
  const int until = static_cast<int>(*depth);
  if (list.empty()) list.assign(static_cast<std::size_t>(search::kLocCount), allow ? until : 0);
  for (const search::Loc loc : locs) list[static_cast<std::size_t>(loc)] = allow ? 0 : until;
  return std::nullopt;
}

Refused QueryBuilder::warn_unused_fields() {
  if (!context_.warn_unused_fields) return std::nullopt;
  for (const auto& [field, value] : request_.items()) {
    if (std::find(kKnownFields.begin(), kKnownFields.end(), field) != kKnownFields.end()) continue;
    const std::string nearest = nearest_field(field);
    warnings_.push_back(
        {field, "Unexpected or unused field, " +
                    (nearest.empty() ? "is it misspelt?" : "did you mean " + nearest + "?") +
                    " (warnUnusedFields=false in the config turns this warning off)"});
  }
  return std::nullopt;
}

}  // namespace hayago::gtp
