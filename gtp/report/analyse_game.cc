#include "gtp/report/analyse_game.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

namespace hayago::gtp {
namespace {

// Moves of a variation that are worth reading.
constexpr int kPvLength = 9;

PositionValue analyse_one(search::Engine& engine, const search::GameState& state) {
  engine.set_position(state);
  engine.clear_tree();
  engine.search({});
  PositionValue out;
  search::ReportOptions options;
  options.pv_length = kPvLength;
  options.duplicate_for_symmetries = true;
  search::SearchReport report;
  if (!engine.report(options, report)) return out;
  out.black_winrate = 0.5 * (1 - std::clamp(report.root.win_loss, -1.0, 1.0));
  out.black_lead = -report.root.lead;
  out.visits = report.root.visits;
  if (report.moves.empty()) return out;
  out.best = report.moves.front().move;
  out.pv = report.moves.front().pv;
  return out;
}

}  // namespace

std::vector<PositionValue> analyse_positions(const SgfGame& game, const AnalyseOptions& options,
                                             search::Evaluator& evaluator) {
  std::vector<search::GameState> states;
  search::GameState state = initial_state(game);
  for (int turn = 0; turn <= options.last_move; ++turn) {
    if (turn > 0) play_record_move(state, game.moves[static_cast<std::size_t>(turn - 1)]);
    if (turn >= options.first_move - 1) states.push_back(state);
  }

  std::vector<PositionValue> values(states.size());
  std::atomic<std::size_t> next{0};
  std::mutex error_mutex;
  std::exception_ptr error;
  const auto work = [&](int number) {
    try {
      search::Engine engine(options.params, &evaluator, nullptr,
                            "analyse:" + std::to_string(number));
      for (std::size_t i = next++; i < states.size(); i = next++) {
        values[i] = analyse_one(engine, states[i]);
        if (options.on_position) options.on_position();
      }
    } catch (...) {
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
      next = states.size();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  return values;
}

}  // namespace hayago::gtp
