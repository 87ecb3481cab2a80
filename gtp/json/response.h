// Results of a search as the objects of spec/08 section 5 (values: spec/05 section 19.3 to 19.6).
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "gtp/json/query.h"
#include "search/engine.h"

namespace hayago::gtp {

// 9 significant digits (spec/05 section 19.3).
double round_significant(double x);

nlohmann::json result_response(const AnalysisQuery& query, int turn, bool during_search,
                               const search::GameState& state, const search::SearchReport& report);
// The task ended before its search had any value.
nlohmann::json no_results_response(const std::string& id, int turn);

// One line without blanks, keys in alphabetical order; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::json& response);

}  // namespace hayago::gtp
