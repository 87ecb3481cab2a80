// What the search costs by itself, measured with made-up networks: time and memory per visit, the
// gain from a second thread, and how well simulated devices are kept busy.
#pragma once
#include <functional>
#include <string>

#include "search/params.h"

namespace hayago::gtp {

struct SimulationOptions {
  std::int64_t visits = 3000;
  int positions = 5;
  int devices = 8;
  double positions_per_second = 30000;  // of one device
  double latency_seconds = 0.003;       // of one batch
};

// Calls `print` for every line of the report.
void run_simulation(const search::SearchParams& params, const SimulationOptions& options,
                    const std::function<void(const std::string&)>& print);

}  // namespace hayago::gtp
