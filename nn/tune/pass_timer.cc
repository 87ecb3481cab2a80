#include "nn/tune/pass_timer.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>

#include "kernels/cpu/spread.h"
#include "nn/exec/cpu/cpu_executor.h"

namespace hayago::nn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostPositions = 16;
constexpr double kLong = 0.2;  // seconds: a pass that needs no second look
constexpr double kWorthIt = 0.97;

// Positions with some stones, and somewhere for their results.
class Positions {
 public:
  Positions(const NetInfo& net, int points, int count)
      : planes_(static_cast<std::size_t>(points), 1u),
        global_(static_cast<std::size_t>(net.c_global)),
        results_(static_cast<std::size_t>((net.policy_channels + 1) * (points + 1) +
                                          net.score_channels + 3)) {
    for (std::size_t p = 0; p < planes_.size(); p += 3) planes_[p] |= p % 2 == 0 ? 2u : 4u;
    RawOutput output;
    output.policy = results_.data();
    output.pass = output.policy + net.policy_channels * points;
    output.value = output.pass + net.policy_channels;
    output.score = output.value + 3;
    output.ownership = output.score + net.score_channels;
    inputs.resize(static_cast<std::size_t>(count));
    for (PositionInput& input : inputs) {
      input.planes = planes_.data();
      input.global = global_.data();
    }
    outputs.assign(static_cast<std::size_t>(count), output);
  }
  std::vector<PositionInput> inputs;
  std::vector<RawOutput> outputs;  // all in the same place

 private:
  std::vector<std::uint32_t> planes_;
  std::vector<float> global_, results_;
};

// Seconds of a pass of that many positions while all threads make such passes: the mean over the
// threads of the best of their rounds.
double seconds_of_pass(const CpuExecutor& executor, const TuneOptions& options, int positions,
                       int rounds) {
  std::barrier start(options.threads);
  std::vector<double> best(static_cast<std::size_t>(options.threads), 0);
  const auto measure = [&](std::size_t thread) {
    const auto context =
        executor.make_cpu_context(options.height, options.width, positions, positions);
    Positions batch(executor.info(), options.height * options.width, positions);
    for (int round = 0; round < rounds; ++round) {
      start.arrive_and_wait();
      const auto begin = Clock::now();
      context->run(batch.inputs, batch.outputs);
      const std::chrono::duration<double> seconds = Clock::now() - begin;
      best[thread] = round == 0 ? seconds.count() : std::min(best[thread], seconds.count());
    }
  };
  const kernels::CoreSpread spread;
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < best.size(); ++t) {
    others.emplace_back(measure, t);
    spread.place(others.back(), static_cast<int>(t));
  }
  measure(0);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (const double seconds : best) sum += seconds;
  return sum / options.threads;
}

}  // namespace

std::vector<TuneReport::Pass> time_passes(const ModelDesc& model, CpuOptions cpu,
                                          const TuneOptions& options) {
  cpu.cores = 1;  // threads do not help each other here
  cpu.max_batch = kMostPositions;
  const CpuExecutor executor(model, cpu);
  std::vector<TuneReport::Pass> passes;
  for (int positions = 1; positions <= kMostPositions; positions *= 2) {
    const std::size_t done = passes.size();
    const bool wanted = positions <= kTunedPositions[kDecisive] ||
                        passes[done - 1].seconds < kWorthIt * passes[done - 2].seconds;
    if (!wanted) break;
    const int rounds = !passes.empty() && passes.back().seconds * positions > kLong ? 1 : 2;
    const double seconds = seconds_of_pass(executor, options, positions, rounds);
    passes.push_back({positions, seconds / positions});
  }
  return passes;
}

}  // namespace hayago::nn
