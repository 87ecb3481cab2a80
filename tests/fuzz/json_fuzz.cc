// Requests of the analysis protocol: any line is a query, an action or an error, and every response
// is one line of valid JSON. No engine runs.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gtp/json/query.h"
#include "gtp/json/response.h"

namespace {

using namespace hayago;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_response(const nlohmann::json& response) {
  const std::string line = gtp::to_line(response);
  require(line.find('\n') == std::string::npos);
  require(nlohmann::json::parse(line).is_object());
}

void check_query(const gtp::AnalysisQuery& query) {
  for (const gtp::AnalysisTurn& turn : query.turns) {
    const search::GameState state = query.state_at(turn.turn);
    state.board().check_consistency();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gtp::QueryContext context = gtp::load_query_context(gtp::Config(), false);
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const gtp::ParsedRequest parsed = gtp::parse_request(line, context);
  for (const nlohmann::json& warning : parsed.warnings) check_response(warning);
  if (!parsed.error.is_null()) {
    check_response(parsed.error);
    require(parsed.request.index() == 0);
  } else {
    require(parsed.request.index() != 0);
  }
  if (const auto* query = std::get_if<1>(&parsed.request)) check_query(**query);
  if (const auto* action = std::get_if<2>(&parsed.request)) check_response(action->request);
  return 0;
}
