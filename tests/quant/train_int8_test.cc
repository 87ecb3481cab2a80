// Training of networks whose layers will be in int8.
#include <catch2/catch.hpp>

#include "quant/layer.h"
#include "quant/observe.h"
#include "quant/train/data_order.h"
#include "quant/train/trainer.h"
#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

using quant::WhichWeights;

nn::ModelDesc network(const std::string& arch, unsigned seed = 3) {
  nn::SynthOptions options;
  options.arch = arch;
  options.version = 8;
  options.seed = seed;
  return nn::synth_model(options);
}

// Formats from the float network on these positions.
quant::Int8Training formats(const nn::ModelDesc& model, const TestBatch& positions,
                            double fine_share, quant::WeightScales scales) {
  quant::Calibrator calibrator(model, {}, kEdge, kEdge, 1, /*patches_per_position=*/0);
  for (const TestInput& input : positions.inputs) {
    const nn::PositionInput view = input.view();
    calibrator.add({&view, 1});
  }
  quant::QuantizeOptions options;
  options.rounding = quant::Rounding::kNearest;
  options.bias_correction = false;
  options.fine_share = fine_share;
  options.weight_scales = scales;
  return {calibrator.precision(options), scales};
}

quant::TrainerOptions trainer_options(std::optional<quant::Int8Training> int8) {
  quant::TrainerOptions options;
  options.height = options.width = kEdge;
  options.int8 = std::move(int8);
  options.optimizer.weight_decay = 0;
  options.optimizer.beta2 = 0.99;
  options.optimizer.vector_rate = 10;
  options.schedule = {1e-4, 1e-6, 5, 150};
  options.average_decay = 0.9;
  return options;
}

// Root mean square of the differences of total losses by position: of what training computes, and
// of what an executor of the trained network does.
double loss_difference(quant::Trainer& trainer, const nn::Executor& executor,
                       const TestBatch& positions) {
  const auto context = executor.make_context(kEdge, kEdge, 1);
  const auto all = positions.examples();
  double squares = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const TestOutput output =
        run_batch(*context, executor.info(), kPoints, {positions.inputs[i]}).front();
    const double real = loss_of(executor.info(), output, positions.targets[i]).total({});
    const double here = trainer.evaluate({&all[i], 1}, WhichWeights::kLatest).total({});
    squares += (real - here) * (real - here);
  }
  return std::sqrt(squares / static_cast<double>(all.size()));
}

// What training gets wrong of the losses, as a share of what it would in float.
double share_missed(const std::string& arch, const quant::Int8Training& int8,
                    const TestBatch& positions) {
  quant::Trainer trainer(network(arch), trainer_options(int8));
  for (int i = 0; i < 3; ++i) trainer.step(positions.examples());
  const nn::ModelDesc& model = trainer.model(WhichWeights::kLatest);
  const nn::CpuExecutor in_float(model, {}, nn::Precision{});
  const nn::CpuExecutor in_int8(model, {}, trainer.precision(WhichWeights::kLatest));
  const double of_rounding = loss_difference(trainer, in_float, positions);
  CHECK(of_rounding > 1e-5);
  return loss_difference(trainer, in_int8, positions) / of_rounding;
}

TEST_CASE("training computes what the network will in int8", "[quant][train][slow]") {
  // Fine channels' parts of steps have coarse weights, which training takes for exact.
  const auto [fine_share, scales, allowed] = GENERATE(
      table<double, quant::WeightScales, double>({{0.0, quant::WeightScales::kPerOutput, 0.1},
                                                  {0.0, quant::WeightScales::kPerTensor, 0.1},
                                                  {1.0, quant::WeightScales::kPerOutput, 0.4}}));
  for (const char* arch : {"b4c32", "b3c64nbt"}) {
    const nn::ModelDesc model = network(arch);
    const TestBatch positions = judged_positions(model, 20, 8);
    const quant::Int8Training all = formats(model, positions, fine_share, scales);
    for (const auto& layer : all.precision.layers) {
      quant::Int8Training alone = all;
      alone.precision.layers = {layer};
      INFO(arch << " " << layer.first << ", fine " << fine_share);
      CHECK(share_missed(arch, alone, positions) < allowed);
    }
    // Of many layers, the first byte that falls on the other side of a tie makes others do so.
    INFO(arch << ", fine " << fine_share);
    CHECK(share_missed(arch, all, positions) < 0.6);
  }
}

TEST_CASE("training makes up for coarse weights", "[quant][train][slow]") {
  const nn::ModelDesc teacher = network("b4c32");
  const TestBatch seen = judged_positions(teacher, 400, 31),
                  held_out = judged_positions(teacher, 100, 32);
  const auto all = seen.examples(), unseen = held_out.examples();
  const auto int8 = formats(teacher, seen, 0, quant::WeightScales::kPerTensor);
  quant::Trainer trainer(network("b4c32"), trainer_options(int8));
  const auto what_is_lost = [&] {
    return excess(trainer.evaluate(unseen, WhichWeights::kAverage), held_out);
  };
  const double before = what_is_lost();
  quant::DataOrder order(all.size(), {});
  for (int i = 0; i < 150; ++i) {
    std::vector<quant::TrainingExample> batch;
    for (int k = 0; k < 16; ++k) batch.push_back(all[order.next().index]);
    trainer.step(batch);
  }
  const double after = what_is_lost();
  INFO(before << " before, " << after << " after");
  CHECK(after < 0.6 * before);
}

TEST_CASE("outputs that a norm reads get equally large weights, and the network stays",
          "[quant][train]") {
  const nn::ModelDesc model = network("b4c32");
  const TestBatch positions = judged_positions(model, 4, 8);
  const auto int8 = formats(model, positions, 0, quant::WeightScales::kPerTensor);
  quant::TrainableModel trainable(network("b4c32"));
  const std::vector<float> before = trainable.values();
  trainable.with(quant::equalised(trainable, int8.precision));
  const nn::CpuExecutor exact(model, {}, nn::Precision{}),
      same(trainable.model(), {}, nn::Precision{});
  for (const TestInput& input : positions.inputs) {
    CHECK(rms_relative(run_one(exact, kEdge, kEdge, input), run_one(same, kEdge, kEdge, input)) <
          1e-5);
  }
  const std::vector<float> after = trainable.values();
  int changed = 0;
  for (const quant::Parameter& p : trainable.parameters()) {
    if (p.kind != quant::ParameterKind::kWeights) continue;
    const auto was = std::span(before).subspan(p.offset, p.size),
               is = std::span(after).subspan(p.offset, p.size);
    if (std::equal(was.begin(), was.end(), is.begin())) continue;
    INFO(p.name);
    ++changed;
    const std::string layer = p.name.substr(0, p.name.rfind('/'));
    const auto& scales = int8.precision.layers.at(layer).channel_scales;
    const auto outputs = static_cast<std::size_t>(p.shape.back());
    std::vector<float> largest(outputs, 0.0f);
    for (std::size_t i = 0; i < is.size(); ++i) {
      const float scaled = std::abs(is[i]) * scales[i / outputs % scales.size()];
      largest[i % outputs] = std::max(largest[i % outputs], scaled);
    }
    const auto [least, most] = std::minmax_element(largest.begin(), largest.end());
    CHECK(*least == Approx(*most).epsilon(1e-5));
  }
  CHECK(changed >= 2);
}

TEST_CASE("int8 that does not fit the network is not trained", "[quant][train]") {
  const nn::ModelDesc model = network("b4c32");
  auto int8 = formats(model, judged_positions(model, 2, 1), 0, quant::WeightScales::kPerOutput);
  int8.precision.layers["no such layer"] = int8.precision.layers.begin()->second;
  CHECK_THROWS_WITH(quant::Trainer(network("b4c32"), trainer_options(int8)),
                    Catch::Contains("no such layer"));
}

TEST_CASE("one scale for all weights is at most as fine as one per output", "[quant]") {
  const std::vector<float> weights = {0.75f, -0.25f, 0.5f, 0.125f, -2.0f, 0.0f};  // (3, 2)
  const auto one = quant::nearest_weights(weights, 2, {}, quant::WeightScales::kPerTensor);
  CHECK(one.scales == std::vector<float>(2, 2.0f / 127));
  CHECK(one.weights == std::vector<std::int8_t>{48, -16, 32, 8, -127, 0});
  const auto scaled = quant::nearest_weights(weights, 2, std::vector<float>{1, 4, 0.25f},
                                             quant::WeightScales::kPerTensor);
  CHECK(scaled.scales == std::vector<float>(2, 2.0f / 127));
  CHECK(scaled.weights == std::vector<std::int8_t>{48, -16, 127, 32, -32, 0});
  const auto two = quant::nearest_weights(weights, 2, {}, quant::WeightScales::kPerOutput);
  CHECK(two.scales == std::vector<float>{2.0f / 127, 0.25f / 127});
}

}  // namespace
}  // namespace hayago::test
