// Whole networks on the GPU: positions per second over batch sizes, with one context (latency) and
// with as many as the executor wants (throughput), and the share of the peak given with --peak
// (TFLOP/s of a large matrix product measured in the same session).
//
//     bench_gpu_nets [--peak TFLOPS] [--nets a,b] [--batches 1,8] [--precision fp16] [--json FILE]
//                    [--profile BATCH]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "kernels/cuda/runtime.h"
#include "nn/exec/cuda/cuda_executor.h"
#include "nn/exec/executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago::bench {
namespace {

constexpr int kSize = 19;

struct Options {
  double peak = 0;
  std::vector<std::string> nets = {"b10c128",    "b20c256",    "b40c256",
                                   "b18c384nbt", "b28c512nbt", "b11c768h12nbt3tf"};
  std::vector<int> batches = {1, 8, 16, 32, 64, 92, 128, 256};
  std::string precision = "fp16";
  std::string json;
  int profile = 0;  // batch to print the times of operations for
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i], value = argv[i + 1];
    if (key == "--peak") {
      options.peak = std::stod(value);
    } else if (key == "--nets") {
      options.nets = split(value);
    } else if (key == "--batches") {
      options.batches.clear();
      for (const std::string& part : split(value)) options.batches.push_back(std::stoi(part));
    } else if (key == "--precision") {
      options.precision = value;
    } else if (key == "--profile") {
      options.profile = std::stoi(value);
    } else if (key == "--json") {
      options.json = value;
    } else {
      throw std::invalid_argument("unknown flag " + key);
    }
  }
  return options;
}

// Random stones; every position its own.
struct Batch {
  Batch(const nn::NetInfo& net, int count, unsigned seed) {
    std::mt19937 random(seed);
    const auto points = static_cast<std::size_t>(kSize * kSize);
    const auto planes = static_cast<std::size_t>(net.c_spatial);
    spatial.resize(static_cast<std::size_t>(count) * points * planes);
    for (std::size_t i = 0; i < spatial.size(); ++i) {
      spatial[i] = i % planes == 0 || random() % 4 == 0 ? 1.0f : 0.0f;
    }
    global.resize(static_cast<std::size_t>(net.c_global), 0.25f);
    meta.resize(static_cast<std::size_t>(net.c_meta), 0.5f);
    const auto policies = static_cast<std::size_t>(net.policy_channels);
    const std::size_t floats =
        policies * (points + 1) + 3 + static_cast<std::size_t>(net.score_channels) + points;
    memory.resize(static_cast<std::size_t>(count) * floats);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      inputs.push_back({spatial.data() + i * points * planes, global.data(),
                        meta.empty() ? nullptr : meta.data()});
      float* at = memory.data() + i * floats;
      nn::RawOutput out;
      out.policy = at;
      out.pass = out.policy + policies * points;
      out.value = out.pass + policies;
      out.score = out.value + 3;
      out.ownership = out.score + net.score_channels;
      outputs.push_back(out);
    }
  }
  std::vector<float> spatial, global, meta, memory;
  std::vector<nn::PositionInput> inputs;
  std::vector<nn::RawOutput> outputs;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Positions per second of `contexts` threads over about `wanted` seconds.
double throughput(const nn::Executor& executor, int batch, int contexts, double wanted) {
  std::vector<std::unique_ptr<nn::ExecContext>> made;
  std::vector<Batch> data;
  for (int i = 0; i < contexts; ++i) {
    made.push_back(executor.make_context(kSize, kSize, batch));
    data.emplace_back(executor.info(), batch, static_cast<unsigned>(i + 1));
    made.back()->run(data.back().inputs, data.back().outputs);
    made.back()->run(data.back().inputs, data.back().outputs);
  }
  std::vector<long long> runs(static_cast<std::size_t>(contexts));
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < made.size(); ++i) {
    threads.emplace_back([&, i] {
      while (seconds_since(start) < wanted) {
        made[i]->run(data[i].inputs, data[i].outputs);
        ++runs[i];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  long long total = 0;
  for (const long long count : runs) total += count;
  return static_cast<double>(total) * batch / seconds_since(start);
}

// Times of the operations of a pass, added up by kind and shape, longest first.
void print_profile(const nn::Executor& executor, int batch) {
  const auto* cuda = dynamic_cast<const nn::CudaExecutor*>(&executor);
  const auto context = cuda->make_cuda_context(kSize, kSize, batch);
  Batch data(executor.info(), batch, 1);
  context->run(data.inputs, data.outputs);
  struct Sum {
    double seconds = 0;
    int count = 0;
  };
  std::map<std::string, Sum> sums;
  double total = 0;
  for (const auto& [what, seconds] : context->time_ops(batch)) {
    sums[what].seconds += seconds;
    ++sums[what].count;
    total += seconds;
  }
  std::vector<std::pair<std::string, Sum>> order(sums.begin(), sums.end());
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  fmt::print("operations of a batch of {}, each timed alone: {:.3f} ms\n", batch, 1e3 * total);
  for (const auto& [what, sum] : order) {
    fmt::print("{:5.1f} % {:9.2f} us = {:3} x {:7.2f} us  {}\n", 100 * sum.seconds / total,
               1e6 * sum.seconds, sum.count, 1e6 * sum.seconds / sum.count, what);
  }
}

nlohmann::json run_net(const Options& options, const std::string& name) {
  nn::SynthOptions synth;
  synth.arch = name;
  const nn::ModelDesc model = nn::synth_model(synth);
  const double macs = nn::macs_per_position(model, kSize, kSize);
  nn::CudaOptions cuda;
  cuda.precision = options.precision;
  const auto start = Clock::now();
  const auto executor = nn::make_cuda_executor(model, cuda);
  fmt::print("\n{} on {}: {:.2f} GMAC/position, {:.0f} ms to load\n", name, executor->description(),
             macs * 1e-9, 1e3 * seconds_since(start));
  fmt::print("{:>6} {:>12} {:>14} {:>14} {:>10} {:>8}\n", "batch", "ms/batch", "positions/s",
             "with two", "TFLOP/s", "of peak");
  nlohmann::json rows = nlohmann::json::array();
  for (const int batch : options.batches) {
    const double one = throughput(*executor, batch, 1, 0.3);
    const double two = throughput(*executor, batch, executor->wanted_contexts(), 0.4);
    const double tflops = 2e-12 * macs * std::max(one, two);
    const double share = options.peak > 0 ? tflops / options.peak : 0;
    fmt::print("{:6} {:12.3f} {:14.0f} {:14.0f} {:10.0f} {:7.0f}%\n", batch, 1e3 * batch / one, one,
               two, tflops, 100 * share);
    rows.push_back({{"batch", batch}, {"one", one}, {"two", two}, {"tflops", tflops}});
  }
  if (options.profile > 0) print_profile(*executor, options.profile);
  return {
      {"net", name}, {"executor", executor->description()}, {"gmacs", macs * 1e-9}, {"rows", rows}};
}

int run(const Options& options) {
  const kernels::CudaInventory found = kernels::cuda_inventory();
  if (found.devices.empty()) {
    fmt::print("skipped: {}\n", found.why_none);
    return 0;
  }
  nlohmann::json all = {{"device", found.devices[0].name},
                        {"driver", found.driver},
                        {"peak_tflops", options.peak},
                        {"precision", options.precision},
                        {"nets", nlohmann::json::array()}};
  for (const std::string& net : options.nets) all["nets"].push_back(run_net(options, net));
  if (!options.json.empty()) std::ofstream(options.json) << all.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace hayago::bench

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return hayago::bench::run(hayago::bench::parse(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_gpu_nets: {}\n", error.what());
    return 1;
  }
}
