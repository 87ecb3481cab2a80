// Positions, targets and small networks for the tests of training.
#pragma once
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/exec/executor.h"
#include "nn/model/synth_blocks.h"
#include "nn/model/write.h"
#include "quant/train/loss.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {

// Random probabilities for pass and the points of the board, of which some moves are not legal.
inline std::vector<float> random_policy(const nn::NetInfo& net, const TestInput& input, int points,
                                        std::mt19937& random) {
  std::vector<float> policy(static_cast<std::size_t>(points) + 1, -1.0f);
  double sum = 0;
  for (std::size_t i = 0; i < policy.size(); ++i) {
    const bool pass = i + 1 == policy.size();
    if (!pass &&
        (!input.view().on_board(static_cast<int>(i), net.c_spatial) || random() % 4 == 0)) {
      continue;
    }
    sum += policy[i] = 0.02f + static_cast<float>(random() % 256) / 256.0f;
  }
  for (float& p : policy) {
    if (p >= 0) p = static_cast<float>(p / sum);
  }
  return policy;
}

inline quant::TrainingTargets random_targets(const nn::NetInfo& net, const TestInput& input,
                                             int points, unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<float>(random() % 1024) / 512.0f - 1.0f; };
  quant::TrainingTargets targets;
  targets.policy = random_policy(net, input, points, random);
  targets.value[0] = 0.45f + 0.4f * uniform();
  targets.value[2] = 0.05f;
  targets.value[1] = 1 - targets.value[0] - targets.value[2];
  targets.score_mean = 20 * uniform();
  targets.score_stdev = 12 + 10 * uniform();
  targets.lead = 20 * uniform();
  if (seed % 2 == 0) {
    targets.variance_time = 40 + 40 * uniform();
    targets.winloss_error = 0.5f + 0.5f * uniform();
    targets.score_error = 10 + 10 * uniform();
  }
  targets.ownership.resize(static_cast<std::size_t>(points));
  for (float& o : targets.ownership) o = uniform();
  return targets;
}

// Inputs with their targets, and the examples that point to them.
struct TestBatch {
  std::vector<TestInput> inputs;
  std::vector<quant::TrainingTargets> targets;

  void add(TestInput input, quant::TrainingTargets target) {
    inputs.push_back(std::move(input));
    targets.push_back(std::move(target));
  }
  std::vector<quant::TrainingExample> examples() const {
    std::vector<quant::TrainingExample> all;
    for (std::size_t i = 0; i < inputs.size(); ++i) all.push_back({inputs[i].view(), &targets[i]});
    return all;
  }
};

// A network of 6 channels in the trunk, with the kinds of blocks that the letters say
// (nn/model/synth_arch.h).
inline nn::ModelDesc tiny_model(const std::string& blocks, kernels::Act act, int version,
                                int kernel = 3) {
  nn::SynthOptions options;
  options.arch = "b1c6nbt";
  options.version = version;
  if (version >= 11) options.activation = act;
  options.initial_kernel = kernel;
  nn::ModelDesc model = nn::synth_model(options);
  nn::SynthArch arch{};
  arch.trunk = 6;
  arch.mid = 5;
  arch.pooled = 3;
  arch.version = version;
  arch.act = act;
  nn::SynthLayers layers(7, act);
  nn::SynthBlocks make(layers, arch);
  float spread = 1;
  model.trunk.blocks.clear();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    model.trunk.blocks.push_back(
        make.block(blocks[i], "blocks." + std::to_string(i), 6, spread, 0.4f));
  }
  return model;
}

// The size of the positions of whole runs.
inline constexpr int kEdge = 7, kPoints = kEdge * kEdge;

// Stones of both colours at random, as features have them: plane 0 the board, 1 and 2 the stones.
inline TestInput random_stones(const nn::NetInfo& net, std::mt19937& random) {
  TestInput input;
  input.planes.assign(kPoints, 1u);
  const unsigned stones = random() % 40;
  for (unsigned i = 0; i < stones; ++i) input.planes[random() % kPoints] = 1u | (2u << (i % 2));
  input.global.assign(static_cast<std::size_t>(net.c_global), 0.0f);
  input.global[5] = static_cast<float>(random() % 16) / 16.0f - 0.5f;
  return input;
}

inline quant::TrainingTargets judged(const nn::NetInfo& net, nn::ExecContext& teacher,
                                     const TestInput& input) {
  TestOutput raw = run_batch(teacher, net, kPoints, {input}).front();
  std::vector<std::uint8_t> legal(kPoints + 1, 1);
  for (std::size_t i = 0; i < kPoints; ++i) legal[i] = input.planes[i] == 1u;
  nn::PositionFacts facts;
  facts.board_width = facts.board_height = kEdge;
  facts.legal = legal;
  return quant::targets_of(nn::postprocess(net, raw.view(), kEdge, kEdge, facts), false);
}

inline nn::ModelDesc random_teacher() {
  nn::SynthOptions options;
  options.arch = "b2c16";
  options.seed = 3;
  return nn::synth_model(options);
}

// Positions of kEdge x kEdge points and what the network says of them.
inline TestBatch judged_positions(const nn::ModelDesc& model, std::size_t count, unsigned seed) {
  const auto teacher = nn::make_cpu_executor(model);
  const auto context = teacher->make_context(kEdge, kEdge, 1);
  std::mt19937 random(seed);
  TestBatch batch;
  for (std::size_t i = 0; i < count; ++i) {
    const TestInput input = random_stones(teacher->info(), random);
    batch.add(input, judged(teacher->info(), *context, input));
  }
  return batch;
}

// Of a position that fills the buffer.
inline quant::Losses loss_of(const nn::NetInfo& net, const TestOutput& output,
                             const quant::TrainingTargets& targets) {
  const quant::OutputRow<const float> row{output.policy.data(),
                                          output.pass.data(),
                                          output.value.data(),
                                          output.score.data(),
                                          output.ownership.data(),
                                          1,
                                          1};
  return quant::position_loss(net, targets, row, {}, {}, 0, nullptr);
}

// The part of a loss that a student could do without: what it says is not what the teacher says.
inline double excess(const quant::Losses& losses, const TestBatch& positions) {
  double entropy = 0;
  for (const quant::TrainingTargets& t : positions.targets) {
    const quant::LossWeights weights;
    for (const float p : t.policy) entropy -= p > 0 ? weights.policy * p * std::log(p) : 0;
    for (const float p : t.value) entropy -= p > 0 ? weights.value * p * std::log(p) : 0;
  }
  return losses.total({}) - entropy / static_cast<double>(positions.targets.size());
}

}  // namespace hayago::test
