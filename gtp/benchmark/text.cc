#include "gtp/benchmark/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "gtp/benchmark/scale.h"
#include "kernels/isa.h"

namespace hayago::gtp {
namespace {

double elo_of(const SearchSpeed& speed, double seconds_per_move) {
  return thread_elo(speed.visits_per_second(), speed.threads, seconds_per_move);
}

std::string start_of_line(const SearchSpeed& s) {
  return fmt::format("numSearchThreads = {:2d}: {} / {} positions, visits/s = {:.2f}", s.threads,
                     s.positions, s.planned, s.visits_per_second());
}

double ratio(double a, double b) { return b > 0 ? a / b : 0.0; }

}  // namespace

std::string progress_line(const SearchSpeed& s) {
  return start_of_line(s) + fmt::format(" ({:.1f} secs)", s.seconds);
}

std::string result_line(const SearchSpeed& s) {
  const auto evaluations = static_cast<double>(s.evaluations);
  const auto batches = static_cast<double>(s.batches);
  return start_of_line(s) +
         fmt::format(" nnEvals/s = {:.2f} nnBatches/s = {:.2f} avgBatchSize = {:.2f} ({:.1f} secs)",
                     s.per_second(evaluations), s.per_second(batches), ratio(evaluations, batches),
                     s.seconds);
}

std::string result_line_with_elo(const SearchSpeed& speed, const SearchSpeed& baseline,
                                 double seconds_per_move) {
  if (speed.threads == baseline.threads) return result_line(speed) + " (EloDiff baseline)";
  const double difference = elo_of(speed, seconds_per_move) - elo_of(baseline, seconds_per_move);
  return result_line(speed) + fmt::format(" (EloDiff {:+.0f})", difference);
}

std::string candidates_line(const std::vector<int>& candidates) {
  std::string line = "Possible numbers of threads to test: ";
  for (const int n : candidates) line += fmt::format("{}, ", n);
  return line;
}

std::vector<std::string> recommendation(const std::vector<SearchSpeed>& results,
                                        double seconds_per_move, const std::string& config_name) {
  std::vector<std::string> lines = {
      "Rule of thumb: twice the speed is worth about 250 Elo because the search goes deeper;",
      "each further thread costs about 7 Elo at 800 visits and 2 Elo at 5000, because threads that",
      "search at the same time know less of each other's results.",
      fmt::format("Estimated strength with {:g} seconds per move:", seconds_per_move)};
  const auto best = std::max_element(
      results.begin(), results.end(), [&](const SearchSpeed& a, const SearchSpeed& b) {
        return elo_of(a, seconds_per_move) < elo_of(b, seconds_per_move);
      });
  for (auto it = results.begin(); it != results.end(); ++it) {
    std::string line = fmt::format("numSearchThreads = {:2d}: ", it->threads);
    line += it == results.begin()
                ? "(baseline)"
                : fmt::format("{:+5.0f} Elo", elo_of(*it, seconds_per_move) -
                                                  elo_of(*results.begin(), seconds_per_move));
    if (it == best) line += " (recommended)";
    lines.push_back(line);
  }
  lines.emplace_back();
  lines.push_back("To use the recommended number, set numSearchThreads in " + config_name + ".");
  lines.emplace_back(
      "For much longer or shorter moves, run again with the seconds per move after -time: short "
      "searches are stronger with fewer threads.");
  return lines;
}

std::vector<std::string> comparison_lines(const Comparison& c, double macs_per_position) {
  const int threads = c.search.threads;
  const double gmacs = c.best_network_per_second * macs_per_position * 1e-9;
  const double evaluations = c.search.per_second(static_cast<double>(c.search.evaluations));
  return {
      fmt::format("FP32 multiply-add peak ({}, {} thread{}): {:.1f} GMAC/s ({:.1f} on one)",
                  kernels::isa_name(kernels::float_isa(kernels::best_isa())), threads,
                  threads == 1 ? "" : "s", c.peak_gmacs, c.single_peak_gmacs),
      fmt::format("Network alone: {:.2f} positions/s, best round {:.2f} = {:.1f} GMAC/s of direct "
                  "convolutions ({:.4f} GMAC each) = {:.2f} x peak",
                  c.network_per_second, c.best_network_per_second, gmacs, macs_per_position * 1e-9,
                  ratio(gmacs, c.peak_gmacs)),
      fmt::format("Search: {:.2f} visits/s = {:.1f} % of the network alone ({:.2f} evaluations/s = "
                  "{:.1f} %); {:.1f} % of the threads' time is spent in the network",
                  c.search.visits_per_second(),
                  100 * ratio(c.search.visits_per_second(), c.network_per_second), evaluations,
                  100 * ratio(evaluations, c.network_per_second),
                  100 * ratio(c.search.network_seconds, threads * c.search.seconds)),
  };
}

}  // namespace hayago::gtp
