// Where the time of searches goes, for people.
#pragma once
#include <string>
#include <vector>

#include "search/engine.h"

namespace hayago::gtp {

// One line per stage with its share of the threads' time and its microseconds per visit, then one
// sentence that names the bottleneck. Empty without visits.
std::vector<std::string> explain_times(const search::SearchTimes& times, std::int64_t visits,
                                       int threads);
// That sentence alone.
std::string bottleneck_sentence(const search::SearchTimes& times, int threads);

}  // namespace hayago::gtp
