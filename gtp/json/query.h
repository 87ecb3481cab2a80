// Requests of the analysis protocol as values (spec/08 sections 2, 3 and 6).
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gtp/config/config.h"
#include "gtp/json/perspective.h"
#include "search/engine.h"

namespace hayago::gtp {

// What is the same for all queries of a process. Nothing here needs an engine.
struct QueryContext {
  Config config;                  // of the process; overrideSettings are applied to copies
  search::SearchParams defaults;  // below the configuration
  search::SearchParams params;    // defaults with the configuration
  Perspective perspective = Perspective::kSideToMove;
  int pv_length = 15;
  bool warn_unused_fields = true;
  bool assume_handicap_from_moves = true;
  bool prevent_cleanup = true;
  int model_version = 8;
  bool has_human_model = false;
  bool main_needs_profile = false;         // the main network itself has a metadata input
  int max_board_x = 19, max_board_y = 19;  // of the network buffer
};

// Reads the keys of the analysis subcommand (spec/09 section 6) into a context. Throws ConfigError.
// Without any configuration file searches stop at 500 visits unless a limit is set.
QueryContext load_query_context(const Config& config, bool has_human_model);

struct AnalysisTurn {
  int turn = 0;  // position after the first `turn` moves
  std::int64_t priority = 0;
};

struct AnalysisQuery {
  std::string id;
  search::GameState initial;
  std::vector<search::Move> moves;  // tolerantly legal
  bool prevent_cleanup = true;
  std::vector<AnalysisTurn> turns;  // increasing, each once
  search::SearchParams params;
  search::AvoidLists avoid;
  Perspective perspective = Perspective::kSideToMove;
  search::ReportOptions report;
  bool include_policy = false, include_pv_visits = false, include_no_result_value = false;
  // Seconds; 0 = no intermediate reports / only one.
  double first_report_after = 0, report_every = 0;

  search::GameState state_at(int turn) const;
};

enum class ActionKind { kQueryVersion, kQueryModels, kClearCache, kTerminate, kTerminateAll };
struct AnalysisAction {
  ActionKind kind = ActionKind::kQueryVersion;
  nlohmann::json request;  // echoed
  std::string terminate_id;
  std::optional<std::vector<std::int64_t>> turns;  // restriction of a termination
};

struct ParsedRequest {
  std::vector<nlohmann::json> warnings;  // to send first
  nlohmann::json error;                  // an object if the line is rejected, else null
  std::variant<std::monostate, std::shared_ptr<const AnalysisQuery>, AnalysisAction> request;
};

// Longest move list of a query; it bounds the work of one line.
inline constexpr std::size_t kMaxQueryMoves = 10'000;
inline constexpr int kMaxJsonDepth = 200;

// One trimmed, non-empty line of input. Never throws for bad input.
ParsedRequest parse_request(std::string_view line, const QueryContext& context);

// {"error":TEXT,"field":FIELD,"id":ID} and the like; empty field or null id are left out.
nlohmann::json error_response(const std::string& text, const std::string& field = {},
                              const std::string* id = nullptr);
nlohmann::json warning_response(const std::string& text, const std::string& field,
                                const std::string& id);

}  // namespace hayago::gtp
