// Whole networks on the CPU: positions per second, multiply-accumulates of the plain algorithm per
// second ("direct-equivalent") and their share of the FMA peak measured in the same run.
// Arguments of a benchmark: net, positions per call; threads run independent contexts.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/peak.h"
#include "nn/exec/executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago {
namespace {

constexpr int kSize = 19;
constexpr const char* kNets[] = {"b6c96", "b10c128", "b18c384nbt", "b7c96h3tf"};

struct Loaded {
  std::unique_ptr<nn::Executor> executor;
  double gmacs = 0;  // per position
};

// Networks are made on first use; benchmark::State threads must not race for them.
const Loaded& loaded_net(int which) {
  static std::map<int, Loaded> nets;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  Loaded& net = nets[which];
  if (!net.executor) {
    nn::SynthOptions options;
    options.arch = kNets[which];
    const nn::ModelDesc model = nn::synth_model(options);
    net.executor = nn::make_cpu_executor(model);
    net.gmacs = nn::macs_per_position(model, kSize, kSize) / 1e9;
  }
  return net;
}

double fma_peak() {
  static const double peak = kernels::measure_fma_peak_gmacs(kernels::best_isa(), 0.5);
  return peak;
}

struct Batch {
  Batch(const nn::NetInfo& net, int count) {
    std::mt19937 random(1);
    const auto points = static_cast<std::size_t>(kSize * kSize);
    spatial.resize(points * static_cast<std::size_t>(net.c_spatial));
    for (std::size_t i = 0; i < spatial.size(); ++i) {
      const bool board_plane = i % static_cast<std::size_t>(net.c_spatial) == 0;
      spatial[i] = board_plane || random() % 4 == 0 ? 1.0f : 0.0f;
    }
    global.resize(static_cast<std::size_t>(net.c_global), 0.25f);
    const std::size_t floats = static_cast<std::size_t>(net.policy_channels) * (points + 1) + 3 +
                               static_cast<std::size_t>(net.score_channels) + points;
    memory.resize(floats);  // all positions may write to the same place
    float* at = memory.data();
    nn::RawOutput out;
    out.policy = std::exchange(at, at + static_cast<std::size_t>(net.policy_channels) * points);
    out.pass = std::exchange(at, at + net.policy_channels);
    out.value = std::exchange(at, at + 3);
    out.score = std::exchange(at, at + net.score_channels);
    out.ownership = at;
    inputs.assign(static_cast<std::size_t>(count), {spatial.data(), global.data(), nullptr});
    outputs.assign(static_cast<std::size_t>(count), out);
  }
  std::vector<float> spatial, global, memory;
  std::vector<nn::PositionInput> inputs;
  std::vector<nn::RawOutput> outputs;
};

void net_positions(benchmark::State& state) {
  const Loaded& net = loaded_net(static_cast<int>(state.range(0)));
  const int batch = static_cast<int>(state.range(1));
  Batch data(net.executor->info(), batch);
  const auto context = net.executor->make_context(kSize, kSize, batch);
  context->run(data.inputs, data.outputs);
  for (auto _ : state) {
    context->run(data.inputs, data.outputs);
    benchmark::DoNotOptimize(data.memory.data());
  }
  const double positions = static_cast<double>(state.iterations()) * batch;
  using benchmark::Counter;
  state.counters["positions/s"] = Counter(positions, Counter::kIsRate);
  state.counters["GMAC/s"] = Counter(positions * net.gmacs, Counter::kIsRate);
  state.counters["of_peak"] =
      Counter(positions * net.gmacs / fma_peak(), Counter::kIsRate | Counter::kAvgThreads);
  state.SetLabel(std::string(kNets[state.range(0)]) + " " + net.executor->description());
}

void all_nets(benchmark::internal::Benchmark* benchmark) {
  for (int net = 0; net < static_cast<int>(std::size(kNets)); ++net) {
    for (const int batch : {1, 4, 16}) benchmark->Args({net, batch});
  }
}

}  // namespace

BENCHMARK(net_positions)
    ->Apply(all_nets)
    ->ArgNames({"net", "batch"})
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace hayago
