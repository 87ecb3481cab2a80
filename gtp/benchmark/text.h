// The texts of `hayago benchmark`. Other programs parse these lines: keep their shape (spec/09
// section 8). Pure functions; every line without its line feed.
#pragma once
#include <string>
#include <vector>

#include "gtp/benchmark/measure.h"

namespace hayago::gtp {

// "numSearchThreads =  1: 1 / 2 positions, visits/s = 165.14 (0.0 secs)"
std::string progress_line(const SearchSpeed& speed);
// "numSearchThreads =  1: 2 / 2 positions, visits/s = 176.37 nnEvals/s = ... (0.1 secs)"
std::string result_line(const SearchSpeed& speed);
// result_line with " (EloDiff baseline)" or " (EloDiff +105)".
std::string result_line_with_elo(const SearchSpeed& speed, const SearchSpeed& baseline,
                                 double seconds_per_move);
// "Possible numbers of threads to test: 1, 2, 3, "
std::string candidates_line(const std::vector<int>& candidates);
// What the speeds are worth and which number to use; `config_name` is where the user sets it.
std::vector<std::string> recommendation(const std::vector<SearchSpeed>& results,
                                        double seconds_per_move, const std::string& config_name);
// How close the search is to the network alone, and the network to the processor.
std::vector<std::string> comparison_lines(const Comparison& comparison, double macs_per_position);

}  // namespace hayago::gtp
