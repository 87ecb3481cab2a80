// Whole networks on the CPU: positions per second, multiply-accumulates of the plain algorithm per
// second ("direct-equivalent") and their share of the float multiply-add peak measured in the same
// run. Names are net/instruction set/precision/positions per call; threads run independent
// contexts. int8 has made-up scales, which its speed does not depend on. --isas=all takes every
// instruction set with kernels of its own for a precision, --isas=avx2,amx some, the default is the
// best. bench/nn/plot.py makes a table and a plot of the results.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/peak.h"
#include "kernels/list.h"
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
  const char *op, *type;  // in the lists of kernels
};
constexpr Kind kKinds[] = {{"fp32", Precision::Kind::kFp32, "conv", "f32"},
                           {"bf16", Precision::Kind::kBf16, "narrow", "bf16"},
                           {"fp16", Precision::Kind::kFp16, "narrow", "f16"},
                           {"int8", Precision::Kind::kInt8, "narrow", "i8"}};

struct Loaded {
  std::string name;
  std::unique_ptr<nn::Executor> executor;
  double gmacs = 0;  // per position
};

Precision precision_for(const nn::ModelDesc& model, Precision::Kind kind) {
  Precision precision;
  precision.kind = kind;
  if (kind != Precision::Kind::kInt8) return precision;
  const nn::Plan plan = nn::fuse(nn::build_plan(model));
  for (const nn::NarrowLayer& layer : nn::narrow_layers(plan)) {
    precision.layers[layer.name] = {0.05f, 50, {}, nullptr};
  }
  precision.attention = nn::narrow_attention(plan);
  return precision;
}

// Networks are made on first use, by one of the threads, and only the latest stays.
std::shared_ptr<const Loaded> loaded_net(const std::string& arch, const std::string& isa,
                                         const Kind& kind, int cores) {
  static std::shared_ptr<const Loaded> latest;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string name = arch + "/" + isa + "/" + kind.name + "/" + std::to_string(cores);
  if (latest != nullptr && latest->name == name) return latest;
  latest = nullptr;
  auto net = std::make_shared<Loaded>();
  nn::SynthOptions options;
  options.arch = arch;
  const nn::ModelDesc model = nn::synth_model(options);
  nn::CpuOptions cpu;
  cpu.isa = isa;
  cpu.cores = cores;
  net->name = name;
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
void net_positions(benchmark::State& state, const std::string& arch, const std::string& isa,
                   const Kind& kind, int batch, int cores) {
  const std::shared_ptr<const Loaded> net = loaded_net(arch, isa, kind, cores);
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

// Those that have kernels of their own for the kind and run here, best first.
std::vector<std::string> isas_for(const Kind& kind) {
  std::vector<std::string> names;
  for (const kernels::KernelInfo& info : kernels::kernel_list()) {
    if (info.op != kind.op || info.type != kind.type || info.isa == kernels::Isa::kRef) continue;
    const std::string name(kernels::isa_name(info.isa));
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (info.compiled && kernels::isa_usable(info.isa) && !known) names.push_back(name);
  }
  return names;
}

// `wanted`: "best", "all", or names with commas between them.
std::vector<std::string> chosen_isas(const Kind& kind, const std::string& wanted) {
  std::vector<std::string> names = isas_for(kind);
  if (wanted == "best" && !names.empty()) names.resize(1);
  if (wanted == "best" || wanted == "all") return names;
  std::erase_if(names, [&](const std::string& name) {
    return ("," + wanted + ",").find("," + name + ",") == std::string::npos;
  });
  return names;
}

// The number of networks, instruction sets and precisions registered.
int register_nets(const std::string& isas) {
  int count = 0;
  for (const std::string arch : kNets) {
    for (const Kind& kind : kKinds) {
      for (const std::string& isa : chosen_isas(kind, isas)) {
        ++count;
        for (const int batch : {1, 4, 16}) {
          const std::string name = arch + "/" + isa + "/" + kind.name + "/" + std::to_string(batch);
          benchmark::RegisterBenchmark(name.c_str(), net_positions, arch, isa, kind, batch, 1)
              ->Threads(1)
              ->Threads(2)
              ->UseRealTime()
              ->Unit(benchmark::kMillisecond);
          if (batch > 1) continue;
          benchmark::RegisterBenchmark((name + "/two_cores").c_str(), net_positions, arch, isa,
                                       kind, batch, 2)
              ->UseRealTime()
              ->Unit(benchmark::kMillisecond);
        }
      }
    }
  }
  return count;
}

// Takes --isas=... out of the arguments.
std::string take_isas(int& argc, char** argv) {
  const std::string flag = "--isas=";
  std::string isas = "best";
  argc = static_cast<int>(std::remove_if(argv + 1, argv + argc,
                                         [&](const std::string& argument) {
                                           if (!argument.starts_with(flag)) return false;
                                           isas = argument.substr(flag.size());
                                           return true;
                                         }) -
                          argv);
  return isas;
}

}  // namespace
}  // namespace hayago

int main(int argc, char** argv) {
  const std::string isas = hayago::take_isas(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (hayago::register_nets(isas) == 0) {
    std::cerr << "bench_nn: no kernels here for --isas=" << isas
              << " (expected best, all, or names of `hayago kernels` with commas between them)\n";
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
}
