#include "gtp/json/query_builder.h"

#include <array>
#include <map>

#include "gtp/config/load_params.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {

using nlohmann::json;
using search::Board;
using search::Color;
using search::Player;

namespace {

constexpr std::int64_t kMaxPriority = (std::int64_t{1} << 62) - 1;

std::string setting_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

QueryBuilder::QueryBuilder(const json& request, const QueryContext& context)
    : request_(request), context_(context), query_(std::make_shared<AnalysisQuery>()) {
  query_->id = request.at("id").get<std::string>();
  query_->params = context.params;
  query_->perspective = context.perspective;
  query_->prevent_cleanup = context.prevent_cleanup;
  query_->report.pv_length = context.pv_length;
  query_->report.cut_pv_before_phase_end = true;
}

Refused QueryBuilder::build() {
  using Step = Refused (QueryBuilder::*)();
  static constexpr Step kSteps[] = {
      &QueryBuilder::read_board_size,
      &QueryBuilder::read_initial_stones,
      &QueryBuilder::read_move_list,
      &QueryBuilder::read_initial_player,
      &QueryBuilder::read_turns,
      &QueryBuilder::read_priorities,
      &QueryBuilder::read_rules,
      &QueryBuilder::read_komi,
      &QueryBuilder::read_handicap_bonus,
      &QueryBuilder::read_override_settings,
      &QueryBuilder::read_limits,
      &QueryBuilder::read_includes,
      &QueryBuilder::read_report_times,
      &QueryBuilder::read_priority,
      &QueryBuilder::read_move_restrictions,
      &QueryBuilder::substitute_rules,
      &QueryBuilder::warn_unused_fields,
      &QueryBuilder::play_moves,
  };
  for (const Step step : kSteps) {
    if (Refused refused = (this->*step)()) return refused;
  }
  return std::nullopt;
}

const json* QueryBuilder::find(const char* field) const {
  const auto at = request_.find(field);
  return at == request_.end() ? nullptr : &*at;
}

Refused QueryBuilder::read_board_size() {
  constexpr std::array<const char*, 2> kFields{"boardXSize", "boardYSize"};
  const std::array<int, 2> max{context_.max_board_x, context_.max_board_y};
  // Programs that probe for large boards know this sentence.
  const auto expected = [&](std::size_t i) {
    return "Must provide an integer from 2 to " + std::to_string(max[i]);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    if (find(kFields[i]) == nullptr) return Rejection{kFields[i], expected(i)};
  }
  std::array<int, 2> size{};
  for (std::size_t i = 0; i < 2; ++i) {
    std::optional<std::int64_t> value;
    if (read_integer(request_, kFields[i], 2, max[i], "", value)) {
      return Rejection{kFields[i], expected(i)};
    }
    size[i] = static_cast<int>(*value);
  }
  board_ = Board(size[0], size[1]);
  return std::nullopt;
}

Refused QueryBuilder::read_initial_stones() {
  const json* stones = find("initialStones");
  if (stones == nullptr) return std::nullopt;
  std::vector<search::Move> placements;
  if (auto refused = read_moves(*stones, "initialStones", board_, false, placements))
    return refused;
  for (const search::Move& stone : placements) board_.set_stone(stone.loc, stone.player);
  return std::nullopt;
}

Refused QueryBuilder::read_move_list() {
  const json* moves = find("moves");
  if (moves == nullptr) {
    return Rejection{"moves", "Must be given; [] analyses the initial position"};
  }
  return read_moves(*moves, "moves", board_, true, query_->moves);
}

Refused QueryBuilder::read_initial_player() {
  const json* player = find("initialPlayer");
  if (player == nullptr) return std::nullopt;
  if (player->is_string()) initial_player_ = search::parse_player(player->get<std::string>());
  if (!initial_player_) {
    return Rejection{"initialPlayer", "Must be \"b\" or \"w\"" + but_got(*player)};
  }
  return std::nullopt;
}

Refused QueryBuilder::read_turns() {
  const json* turns = find("analyzeTurns");
  const auto last = static_cast<std::int64_t>(query_->moves.size());
  if (turns == nullptr) {
    turns_ = {last};
    return std::nullopt;
  }
  const auto values = lenient_integers(*turns);
  if (!values) {
    return Rejection{"analyzeTurns",
                     "Must be an array of turn numbers, such as [0,1,2]" + but_got(*turns)};
  }
  for (const std::int64_t turn : *values) {
    if (turn >= 0 && turn <= last) continue;
    return Rejection{"analyzeTurns", "Invalid turn number: " + std::to_string(turn) +
                                         ", the moves allow 0 to " + std::to_string(last)};
  }
  turns_ = *values;
  return std::nullopt;
}

Refused QueryBuilder::read_priorities() {
  const json* priorities = find("priorities");
  if (priorities == nullptr) return std::nullopt;
  const auto values = lenient_integers(*priorities);
  if (!values) {
    return Rejection{"priorities", "Must be an array of integers" + but_got(*priorities)};
  }
  if (find("analyzeTurns") == nullptr) {
    return Rejection{"priorities", "Needs analyzeTurns: there is one priority per listed turn"};
  }
  if (values->size() != turns_.size()) {
    return Rejection{"priorities", "Has " + std::to_string(values->size()) +
                                       " entries, analyzeTurns " + std::to_string(turns_.size()) +
                                       "; they must match"};
  }
  for (const std::int64_t priority : *values) {
    if (priority >= -kMaxPriority && priority <= kMaxPriority) continue;
    return Rejection{"priorities", "Invalid priority: " + std::to_string(priority) +
                                       " is not between -2^62 and 2^62"};
  }
  priorities_ = *values;
  return std::nullopt;
}

Refused QueryBuilder::read_rules() {
  const json* rules = find("rules");
  if (rules == nullptr || !(rules->is_string() || rules->is_object())) {
    return Rejection{"rules",
                     "Must be a name such as \"chinese\" or \"tromp-taylor\", or an object such as "
                     "{\"ko\":\"SIMPLE\",\"scoring\":\"AREA\"}" +
                         (rules == nullptr ? ", but is missing" : but_got(*rules))};
  }
  const std::string text = setting_text(*rules);
  const auto parsed = search::parse_rules(text);
  if (!parsed) {
    return Rejection{"rules", "Could not parse rules: " + shortened(text, 200) +
                                  (parsed.error.empty() ? "" : " (" + parsed.error + ")")};
  }
  rules_ = *parsed.value;
  return std::nullopt;
}

Refused QueryBuilder::read_komi() {
  std::optional<double> komi;
  const std::string expected = "an integer or half-integer from -400 to 400";
  if (auto refused = read_number(request_, "komi", -400, 400, expected, komi)) return refused;
  if (!komi) return std::nullopt;
  if (!search::is_half_integer_komi(*komi)) {
    return Rejection{"komi", "Must be " + expected + ", got " + find("komi")->dump()};
  }
  rules_.komi = static_cast<float>(*komi);
  return std::nullopt;
}

Refused QueryBuilder::read_handicap_bonus() {
  const json* bonus = find("whiteHandicapBonus");
  if (bonus == nullptr) return std::nullopt;
  const std::string expected = "Must be one of the texts \"0\", \"N\" and \"N-1\"";
  if (!bonus->is_string()) return Rejection{"whiteHandicapBonus", expected + but_got(*bonus)};
  const auto parsed = search::parse_handicap_bonus(bonus->get<std::string>());
  if (!parsed) return Rejection{"whiteHandicapBonus", expected + but_got(*bonus)};
  rules_.white_handicap_bonus = *parsed.value;
  return std::nullopt;
}

bool QueryBuilder::is_known_setting(const std::string& key) const {
  return search::find_param(key) != nullptr || key == "reportAnalysisWinratesAs" ||
         context_.config.contains(key);
}

Refused QueryBuilder::read_override_settings() {
  const json* settings = find("overrideSettings");
  const bool given = settings != nullptr;
  if (given && !settings->is_object()) {
    return Rejection{"overrideSettings",
                     "Must be an object of configuration keys and values, such "
                     "as {\"wideRootNoise\":0}" +
                         but_got(*settings)};
  }
  if (given) {
    Config config = context_.config;
    std::string unknown;
    try {
      for (const auto& [key, value] : settings->items()) {
        config.set(key, setting_text(value));
        if (!is_known_setting(key)) unknown += (unknown.empty() ? "" : ",") + key;
      }
      query_->params = load_search_params(config, context_.defaults, context_.has_human_model);
      query_->perspective = load_perspective(config);
    } catch (const ConfigError& error) {
      return Rejection{"overrideSettings", std::string("Could not set settings: ") + error.what()};
    }
    if (!unknown.empty()) {
      warnings_.push_back({"overrideSettings", "Unknown config params: " + unknown});
    }
  }
  const std::string& profile = query_->params.human_sl_profile;
  if (!profile.empty() && !context_.has_human_model && !context_.main_needs_profile) {
    return Rejection{"overrideSettings",
                     "Could not set settings: humanSLProfile needs a network "
                     "with human input (flag -human-model FILE)"};
  }
  if (profile.empty() && context_.main_needs_profile) {
    return Rejection{"overrideSettings",
                     "The network imitates human players and needs humanSLProfile, such as "
                     "{\"humanSLProfile\":\"rank_5k\"}"};
  }
  return std::nullopt;
}

Refused QueryBuilder::read_limits() {
  constexpr std::int64_t kMaxVisits = std::int64_t{1} << 50;
  std::optional<std::int64_t> visits, pv_length;
  std::optional<double> fpu, temperature;
  if (auto no =
          read_integer(request_, "maxVisits", 1, kMaxVisits, "an integer from 1 to 2^50", visits)) {
    return no;
  }
  if (auto no = read_integer(request_, "analysisPVLen", 1, 1000, "an integer from 1 to 1000",
                             pv_length)) {
    return no;
  }
  if (auto no = read_number(request_, "rootFpuReductionMax", 0, 2, "a number from 0 to 2", fpu)) {
    return no;
  }
  if (auto no = read_number(request_, "rootPolicyTemperature", 0.01, 100,
                            "a number from 0.01 to 100", temperature)) {
    return no;
  }
  if (visits) query_->params.max_visits = *visits;
  if (pv_length) query_->report.pv_length = static_cast<int>(*pv_length);
  if (fpu) query_->params.root_fpu_reduction_max = *fpu;
  if (temperature) {
    query_->params.root_policy_temperature = *temperature;
    query_->params.root_policy_temperature_early = *temperature;
  }
  return std::nullopt;
}

Refused QueryBuilder::read_includes() {
  search::ReportOptions& report = query_->report;
  const std::array<std::pair<const char*, bool*>, 7> fields{{
      {"includeMovesOwnership", &report.moves_ownership},
      {"includeMovesOwnershipStdev", &report.moves_ownership_stdev},
      {"includeOwnership", &report.ownership},
      {"includeOwnershipStdev", &report.ownership_stdev},
      {"includePolicy", &query_->include_policy},
      {"includePVVisits", &query_->include_pv_visits},
      {"includeNoResultValue", &query_->include_no_result_value},
  }};
  for (const auto& [field, target] : fields) {
    if (auto refused = read_bool(request_, field, *target)) return refused;
  }
  return std::nullopt;
}

Refused QueryBuilder::read_report_times() {
  const std::string expected = "a number of seconds from 0.001 to 1000000";
  std::optional<double> every, first;
  if (auto no = read_number(request_, "reportDuringSearchEvery", 0.001, 1e6, expected, every)) {
    return no;
  }
  if (auto no =
          read_number(request_, "firstReportDuringSearchAfter", 0.001, 1e6, expected, first)) {
    return no;
  }
  query_->report_every = every.value_or(0);
  query_->first_report_after = first.value_or(query_->report_every);
  return std::nullopt;
}

Refused QueryBuilder::read_priority() {
  std::optional<std::int64_t> priority;
  if (find("priority") != nullptr && find("priorities") != nullptr) {
    return Rejection{"priority", "Cannot be combined with priorities"};
  }
  if (auto no = read_integer(request_, "priority", -kMaxPriority, kMaxPriority,
                             "an integer between -2^62 and 2^62", priority)) {
    return no;
  }
  // Repeated turns count once, with the last priority (spec/08 section 4).
  std::map<std::int64_t, std::int64_t> by_turn;
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    by_turn[turns_[i]] = priorities_.empty() ? priority.value_or(0) : priorities_[i];
  }
  for (const auto& [turn, value] : by_turn) {
    query_->turns.push_back({static_cast<int>(turn), value});
  }
  return std::nullopt;
}

Refused QueryBuilder::substitute_rules() {
  const search::Rules supported = search::supported_rules(rules_, context_.model_version);
  if (supported != rules_) {
    warnings_.push_back({"rules", "Rules " + search::rules_compact(rules_, true) +
                                      " not supported by neural net, using " +
                                      search::rules_compact(supported, true) + " instead"});
    rules_ = supported;
  }
  return std::nullopt;
}

void QueryBuilder::build_initial_state() {
  Player player = Color::kBlack;
  if (initial_player_) {
    player = *initial_player_;
  } else if (!query_->moves.empty()) {
    player = query_->moves.front().player;
  } else if (board_.stones_of(Color::kBlack) >= 2 && board_.stones_of(Color::kWhite) == 0) {
    player = Color::kWhite;
  }
  query_->initial = search::GameState(board_, player, rules_);
  query_->initial.set_assume_handicap_from_moves(context_.assume_handicap_from_moves);
}

Refused QueryBuilder::play_moves() {
  build_initial_state();
  search::GameState state = query_->initial;
  for (std::size_t i = 0; i < query_->moves.size(); ++i) {
    if (play_record_move(state, query_->moves[i], query_->prevent_cleanup)) continue;
    const search::Loc loc = query_->moves[i].loc;
    const bool occupied = state.board().at(loc) != Color::kEmpty;
    return Rejection{"moves", "Illegal move " + std::to_string(i) + ": " +
                                  search::loc_to_string(loc, board_) +
                                  (occupied ? " (the point is occupied)" : " (it is suicide)")};
  }
  return std::nullopt;
}

search::GameState AnalysisQuery::state_at(int turn) const {
  search::GameState state = initial;
  for (std::size_t i = 0; i < static_cast<std::size_t>(turn); ++i) {
    play_record_move(state, moves[i], prevent_cleanup);
  }
  return state;
}

}  // namespace hayago::gtp
