// How well the network in the program knows Go: against the network that taught it.
#include <catch2/catch.hpp>

#include "gtp/accuracy/accuracy.h"
#include "gtp/accuracy/positions.h"
#include "nn/default/builtin.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "tests/support/shared_data.h"

namespace hayago::test {

TEST_CASE("the built-in network agrees with its teacher on games of others", "[gtp][nn]") {
  HAYAGO_SHARED_FILE(teacher, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  HAYAGO_SHARED_FILE(games, "games");
  gtp::PositionOptions options;
  options.evaluate = 300;
  options.every_moves = 25;
  const auto positions = gtp::read_evaluation_positions({games}, options).evaluate.states;
  const auto exact = nn::make_cpu_executor(nn::load_model(teacher));
  const auto builtin = nn::make_cpu_executor(nn::load_model(std::string(nn::kBuiltinModel)));
  const gtp::Accuracy accuracy = gtp::compare_networks(*exact, *builtin, options.size, positions);
  REQUIRE(accuracy.positions == 300);
  CHECK(accuracy.same_best_move() >= 0.45);
  CHECK(accuracy.winrate_points.mean() <= 20);
}

}  // namespace hayago::test
