// What a speed is worth: estimated Elo per number of threads, and the search for the best number
// (spec/09 section 8). Pure functions.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace hayago::gtp {

// Relative strength of `threads` search threads at a speed, when a move takes `seconds_per_move`.
double thread_elo(double visits_per_second, int threads, double seconds_per_move);

// {1, 3, 5} * 2^k from lo to hi, ascending; 1 <= lo.
std::vector<int> thread_candidates(int lo, int hi);

// Ternary search for the candidate with the largest elo(), which is called once per candidate tried
// and remembered. Returns the best.
int best_thread_count(const std::vector<int>& candidates, const std::function<double(int)>& elo);

// "1,2,8" -> numbers from 1 to 4096, in order, each once. Throws ConfigError naming the flag.
std::vector<int> parse_thread_list(const std::string& text);

}  // namespace hayago::gtp
