// The simulated executor: outputs that depend on the stones, time that depends on the devices.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>
#include <vector>

#include "nn/exec/executor.h"

using namespace hayago::nn;

namespace {

constexpr int kPoints = 81;

struct Buffers {
  explicit Buffers(const NetInfo& info)
      : spatial(static_cast<std::size_t>(kPoints * info.c_spatial)),
        global(static_cast<std::size_t>(info.c_global)),
        policy(static_cast<std::size_t>(kPoints * info.policy_channels)),
        pass(2),
        value(3),
        score(6),
        ownership(kPoints) {}
  PositionInput input() const { return {.spatial = spatial.data(), .global = global.data()}; }
  RawOutput output() {
    return {.policy = policy.data(),
            .pass = pass.data(),
            .value = value.data(),
            .score = score.data(),
            .ownership = ownership.data()};
  }
  std::vector<float> spatial, global, policy, pass, value, score, ownership;
};

void run(const Executor& executor, Buffers& b) {
  const auto context = executor.make_context(9, 9, 1);
  const PositionInput in = b.input();
  const RawOutput out = b.output();
  context->run({&in, 1}, {&out, 1});
}

}  // namespace

TEST_CASE("simulated outputs are finite and follow the stones", "[nn][simulated]") {
  const auto executor = make_simulated_executor({.devices = 0, .batch = 4});
  CHECK(executor->runs_inline());
  CHECK(executor->pipeline_depth() == 1);
  Buffers a(executor->info()), b(executor->info());
  run(*executor, a);
  run(*executor, b);
  CHECK(a.policy == b.policy);
  b.spatial[static_cast<std::size_t>(40 * executor->info().c_spatial + 1)] = 1;
  run(*executor, b);
  CHECK(a.policy != b.policy);
  CHECK(b.value[0] > -1);
  for (const float x : b.policy) CHECK(std::isfinite(x));
  for (const float x : b.ownership) CHECK(std::abs(x) <= 0.5f);
}

TEST_CASE("a simulated device takes its time for every batch, one after the other",
          "[nn][simulated]") {
  using Clock = std::chrono::steady_clock;
  const auto executor = make_simulated_executor({.devices = 1, .batch = 4, .batch_seconds = 0.02});
  CHECK_FALSE(executor->runs_inline());
  CHECK(executor->pipeline_depth() == 2);
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      Buffers b(executor->info());
      for (int k = 0; k < 2; ++k) run(*executor, b);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = Clock::now() - start;
  CHECK(seconds.count() >= 0.08);  // four batches of the one device
}

TEST_CASE("simulated devices out of range are refused", "[nn][simulated]") {
  CHECK_THROWS_AS(make_simulated_executor({.devices = 65}), std::invalid_argument);
  CHECK_THROWS_AS(make_simulated_executor({.devices = 1, .batch = 0}), std::invalid_argument);
  CHECK_THROWS_AS(make_simulated_executor({.devices = 1, .batch_seconds = -1}),
                  std::invalid_argument);
}
