#include "gtp/benchmark/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hayago::gtp {
namespace {

struct Stage {
  const char* name;
  const char* what;
  double seconds;
};

std::array<Stage, 5> stages(const search::SearchTimes& t) {
  return {{{"network", "running the network in the search threads", t.eval.network},
           {"waiting", "waiting for results of the network", t.eval.waiting},
           {"tree", "selecting, playing and backing up", t.tree()},
           {"features", "inputs of the network: ladders, areas, history", t.eval.features},
           {"outputs", "policies and values from raw results", t.eval.outputs}}};
}

}  // namespace

std::string bottleneck_sentence(const search::SearchTimes& t, int threads) {
  const double total = std::max(1e-12, t.total);
  const double network = t.eval.network / total, waiting = t.eval.waiting / total;
  const double own = 1 - network - waiting;
  if (network >= 0.5) {
    return fmt::format(
        "The network is the bottleneck: it takes {:.0f} % of the threads' time, so a smaller "
        "network, a faster instruction set or more cores would help, nothing else much.",
        100 * network);
  }
  if (waiting >= 0.5) {
    return fmt::format(
        "The device that runs the network is the bottleneck: the search threads wait {:.0f} % of "
        "their time; more search threads only help if its batches are not full.",
        100 * waiting);
  }
  if (own >= 0.5) {
    return fmt::format(
        "The search itself is the bottleneck: tree, features and outputs take {:.0f} % of the "
        "time of {} thread{}; more processor cores would help, a faster network would not.",
        100 * own, threads, threads == 1 ? "" : "s");
  }
  return fmt::format(
      "No single bottleneck: {:.0f} % of the threads' time goes to the network, {:.0f} % to "
      "waiting and {:.0f} % to the search itself.",
      100 * network, 100 * waiting, 100 * own);
}

std::vector<std::string> explain_times(const search::SearchTimes& t, std::int64_t visits,
                                       int threads) {
  if (visits <= 0 || t.total <= 0) return {};
  std::vector<std::string> lines;
  for (const Stage& stage : stages(t)) {
    lines.push_back(fmt::format("{:<9} {:5.1f} %  {:9.2f} us per visit  {}", stage.name,
                                100 * stage.seconds / t.total,
                                1e6 * stage.seconds / static_cast<double>(visits), stage.what));
  }
  lines.push_back(bottleneck_sentence(t, threads));
  return lines;
}

}  // namespace hayago::gtp
