// Whole networks on the CPU: positions per second, multiply-accumulates of the plain algorithm per
// second ("direct-equivalent") and their share of the float multiply-add peak measured in the same
// run. Names are net/precision/positions per call; threads run independent contexts. int8 has
// made-up scales, which its speed does not depend on.
#include <benchmark/benchmark.h>

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/peak.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"
#include "nn/plan/fuse.h"

namespace hayago {
namespace {

using nn::Precision;

constexpr int kSize = 19;
constexpr const char* kNets[] = {"b6c96",      "b10c128",   "b18c384nbt",      "b20c256",
                                 "b28c512nbt", "b7c96h3tf", "b11c768h12nbt3tf"};

struct Kind {
  const char* name;
  Precision::Kind kind;
};
constexpr Kind kKinds[] = {{"fp32", Precision::Kind::kFp32},
                           {"bf16", Precision::Kind::kBf16},
                           {"int8", Precision::Kind::kInt8}};

struct Loaded {
  std::string name;
  std::unique_ptr<nn::Executor> executor;
  double gmacs = 0;  // per position
};

Precision precision_for(const nn::ModelDesc& model, Precision::Kind kind) {
  Precision precision;
  precision.kind = kind;
  if (kind != Precision::Kind::kInt8) return precision;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(nn::fuse(nn::build_plan(model)))) {
    precision.layers[layer.name] = {0.05f, 50, {}, nullptr};
  }
  return precision;
}

// Networks are made on first use, by one of the threads, and only the latest stays.
std::shared_ptr<const Loaded> loaded_net(const std::string& arch, const Kind& kind, int cores) {
  static std::shared_ptr<const Loaded> latest;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string name = arch + "/" + kind.name + "/" + std::to_string(cores);
  if (latest != nullptr && latest->name == name) return latest;
  latest = nullptr;
  auto net = std::make_shared<Loaded>();
  nn::SynthOptions options;
  options.arch = arch;
  const nn::ModelDesc model = nn::synth_model(options);
  net->name = name;
  nn::CpuOptions cpu;
  cpu.cores = cores;
  net->executor = std::make_unique<nn::CpuExecutor>(model, cpu, precision_for(model, kind.kind));
  net->gmacs = nn::macs_per_position(model, kSize, kSize) / 1e9;
  latest = net;
  return latest;
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

// `cores` for one pass of one thread.
void net_positions(benchmark::State& state, const std::string& arch, const Kind& kind, int batch,
                   int cores) {
  const std::shared_ptr<const Loaded> net = loaded_net(arch, kind, cores);
  Batch data(net->executor->info(), batch);
  const auto context = net->executor->make_context(kSize, kSize, batch);
  context->run(data.inputs, data.outputs);
  for (auto _ : state) {
    context->run(data.inputs, data.outputs);
    benchmark::DoNotOptimize(data.memory.data());
  }
  const double positions = static_cast<double>(state.iterations()) * batch;
  using benchmark::Counter;
  state.counters["positions/s"] = Counter(positions, Counter::kIsRate);
  state.counters["GMAC/s"] = Counter(positions * net->gmacs, Counter::kIsRate);
  state.counters["of_peak"] =
      Counter(positions * net->gmacs / fma_peak(), Counter::kIsRate | Counter::kAvgThreads);
  state.SetLabel(net->executor->description());
}

bool usable(const Kind& kind) {
  using kernels::NarrowType;
  if (kind.kind == Precision::Kind::kFp32) return true;
  const bool bytes = kind.kind == Precision::Kind::kInt8;
  return kernels::narrow_usable(kernels::best_isa(), bytes ? NarrowType::kU8 : NarrowType::kBf16);
}

const bool kRegistered = [] {
  for (const std::string arch : kNets) {
    for (const Kind& kind : kKinds) {
      for (const int batch : {1, 4, 16}) {
        if (!usable(kind)) continue;
        const std::string name = arch + "/" + kind.name + "/" + std::to_string(batch);
        benchmark::RegisterBenchmark(name.c_str(), net_positions, arch, kind, batch, 1)
            ->Threads(1)
            ->Threads(2)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
        if (batch > 1) continue;
        benchmark::RegisterBenchmark((name + "/two_cores").c_str(), net_positions, arch, kind,
                                     batch, 2)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace hayago
