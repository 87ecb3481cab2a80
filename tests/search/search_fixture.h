// Engines on the fake executor, for tests of the search.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nn/exec/executor.h"
#include "search/engine.h"

namespace hayago::test {

struct FakeEngine {
  explicit FakeEngine(const search::SearchParams& params, int size = 9, int model_version = 8,
                      search::EvaluatorConfig config = {}) {
    config.randomize = false;
    evaluator = std::make_unique<search::Evaluator>(nn::make_fake_executor(model_version), config);
    engine =
        std::make_unique<search::Engine>(params, evaluator.get(), nullptr, "test",
                                         [this](const std::string& line) { log.push_back(line); });
    search::Rules rules;
    rules.komi = 7.5f;
    engine->set_position(
        search::GameState(search::Board(size, size), search::Color::kBlack, rules));
  }
  search::SearchReport report() const {
    search::SearchReport out;
    search::ReportOptions options;
    options.duplicate_for_symmetries = false;
    engine->report(options, out);
    return out;
  }
  search::Engine* operator->() const { return engine.get(); }

  std::vector<std::string> log;
  std::unique_ptr<search::Evaluator> evaluator;
  std::unique_ptr<search::Engine> engine;
};

inline search::SearchParams visits_params(std::int64_t visits, int threads = 1) {
  search::SearchParams params;
  params.max_visits = visits;
  params.num_search_threads = threads;
  params.min_playouts_per_thread = 0;
  params.root_symmetry_pruning = false;
  return params;
}

}  // namespace hayago::test
