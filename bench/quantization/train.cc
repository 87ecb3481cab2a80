// How many positions a step of training takes in per second: bench_train [NET [BATCH [THREADS]]].
// NET is an architecture (nn/model/synth_arch.cc), positions are random, 19x19.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "nn/model/write.h"
#include "quant/train/initialise.h"
#include "quant/train/trainer.h"

namespace hayago {
namespace {

constexpr int kEdge = 19, kPoints = kEdge * kEdge;

struct Position {
  std::vector<std::uint32_t> planes;
  std::vector<float> global;
  quant::TrainingTargets targets;
};

Position random_position(const nn::NetInfo& net, std::mt19937& random) {
  Position position;
  position.planes.resize(kPoints);
  for (std::uint32_t& word : position.planes) {
    word = (1u | (random() & random() & random())) & ((1u << net.c_spatial) - 1);
  }
  position.global.assign(static_cast<std::size_t>(net.c_global), 0.1f);
  position.targets.policy.assign(kPoints + 1, 1.0f / (kPoints + 1));
  position.targets.value[0] = 1;
  position.targets.ownership.assign(kPoints, 0.5f);
  return position;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int run(const std::string& net, std::size_t batch, int threads) {
  nn::SynthOptions synth;
  synth.arch = net;
  nn::ModelDesc model = nn::synth_model(synth);
  quant::initialise(model, 1);
  const nn::NetInfo info = nn::net_info(model);
  quant::TrainerOptions options;
  options.shards = options.threads = threads;
  quant::Trainer trainer(std::move(model), options);
  std::mt19937 random(1);
  std::vector<Position> positions;
  std::vector<quant::TrainingExample> examples;
  for (std::size_t i = 0; i < batch; ++i) positions.push_back(random_position(info, random));
  for (const Position& p : positions) {
    examples.push_back({{nullptr, p.global.data(), nullptr, p.planes.data()}, &p.targets});
  }
  double step = 1e9, there = 1e9, processor = 1e9;
  for (int i = 0; i < 12; ++i) {
    const std::clock_t clock = std::clock();
    step = std::min(step, seconds_of([&] { trainer.step(examples); }));
    processor = std::min(processor, static_cast<double>(std::clock() - clock) / CLOCKS_PER_SEC);
    there = std::min(there,
                     seconds_of([&] { trainer.evaluate(examples, quant::WhichWeights::kLatest); }));
  }
  const auto count = static_cast<double>(batch);
  std::printf(
      "%s, batch %zu, %d threads: %.0f positions/s, %.0f without the way back; %.0f in a "
      "second of processor time\n",
      net.c_str(), batch, threads, count / step, count / there, count / processor);
  return 0;
}

}  // namespace
}  // namespace hayago

int main(int argc, char** argv) {
  const std::string net = argc > 1 ? argv[1] : "b4c64";
  const int batch = argc > 2 ? std::atoi(argv[2]) : 32, threads = argc > 3 ? std::atoi(argv[3]) : 2;
  if (batch < 1 || threads < 1) return 1;
  return hayago::run(net, static_cast<std::size_t>(batch), threads);
}
