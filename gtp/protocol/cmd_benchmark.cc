// kata-benchmark (spec/07 section 16.2).
#include <fmt/format.h>

#include <algorithm>

#include "gtp/benchmark/explain.h"
#include "gtp/benchmark/measure.h"
#include "gtp/benchmark/positions.h"
#include "gtp/benchmark/text.h"
#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"

namespace hayago::gtp {

Reply cmd_benchmark(Session& session, const Words& args) {
  constexpr int kPositions = 10;
  const int size = session.board().x_size();
  if (size != session.board().y_size()) {
    return Reply::error("there are benchmark games for square boards only");
  }
  if (size < kSmallestSampleBoard || size > kLargestSampleBoard) {
    return Reply::error(
        fmt::format("there are benchmark games for boards of {0}x{0} to {1}x{1} only",
                    kSmallestSampleBoard, kLargestSampleBoard));
  }
  const auto visits = parse_int64(args[0]);
  if (!visits || *visits < 1) {
    return Reply::error(
        fmt::format("the number of visits must be an integer from 1, not '{}'", args[0]));
  }
  session.clear_cache();
  search::SearchParams params = session.params().genmove();
  params.max_visits = *visits;
  params.max_playouts = *visits;
  params.max_time = 1e20;
  session.output().begin_stream(session.command_id());
  const SearchSpeed speed = measure_search(session.evaluator(), params,
                                           choose_positions(sample_positions(size), kPositions),
                                           [](const SearchSpeed&) {});
  session.clear_cache();
  session.output().line(result_line(speed));
  session.output().end_stream();
  return Reply::streamed();
}

// Where the time of the last search went; its last line names the bottleneck.
Reply cmd_speed(Session& session, const Words&) {
  const search::SearchStats stats = session.engine().stats();
  const std::vector<std::string> lines = explain_times(stats.times, stats.playouts, stats.threads);
  if (lines.empty()) return Reply::error("no search has run yet: use genmove or kata-search first");
  std::string text = fmt::format(
      "{} playouts in {:.3f} s = {:.1f} per second, {} thread{}", stats.playouts, stats.seconds,
      static_cast<double>(stats.playouts) / std::max(1e-9, stats.seconds), stats.threads,
      stats.threads == 1 ? "" : "s");
  for (const std::string& line : lines) text += "\n" + line;
  return Reply::ok(text);
}

}  // namespace hayago::gtp
