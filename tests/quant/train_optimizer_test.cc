// Optimizers, schedule, average, data order: against their formulas.
#include "quant/train/optimizer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "quant/train/data_order.h"
#include "quant/train/initialise.h"
#include "quant/train/parallel.h"
#include "quant/train/trainer.h"
#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

std::vector<float> numbers(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(size);
  for (float& v : values) v = static_cast<float>(random() % 2048) / 1024.0f - 1.0f;
  return values;
}

// Three steps; `expected` makes of a number and its gradients what it should be.
template <class Expected>
void check_steps(const quant::OptimizerOptions& options, const Expected& expected) {
  const quant::TrainableModel model(tiny_model("g", kernels::Act::kRelu, 8));
  quant::Optimizer optimizer(options, model);
  std::vector<float> values = model.values();
  const std::vector<float> before = values;
  std::vector<std::vector<float>> gradients;
  for (unsigned step = 0; step < 3; ++step) {
    gradients.push_back(numbers(model.size(), step));
    optimizer.step(values, gradients.back(), 0.01 * (step + 1));
  }
  CHECK(optimizer.state().steps == 3);
  for (const quant::Parameter& p : model.parameters()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      const double g[] = {gradients[0][i], gradients[1][i], gradients[2][i]};
      const double exact = expected(static_cast<double>(before[i]), g, p.decays());
      if (std::abs(values[i] - exact) > 3e-6) FAIL(p.name << ": " << values[i] << ", " << exact);
    }
  }
}

TEST_CASE("AdamW is the formula of its paper, and spares norms and biases", "[quant][train]") {
  quant::OptimizerOptions options;
  options.weight_decay = 0.5;
  options.beta1 = 0.8;
  options.beta2 = 0.95;
  check_steps(options, [](double x, const double* g, bool decays) {
    double m = 0, v = 0;
    for (int t = 1; t <= 3; ++t) {
      const double rate = 0.01 * t, now = g[t - 1];
      m = 0.8 * m + 0.2 * now;
      v = 0.95 * v + 0.05 * now * now;
      const double mean = m / (1 - std::pow(0.8, t)), square = v / (1 - std::pow(0.95, t));
      x -= rate * (decays ? 0.5 * x : 0) + rate * mean / (std::sqrt(square) + 1e-8);
    }
    return x;
  });
}

TEST_CASE("gradient descent has momentum, and decay apart from it", "[quant][train]") {
  quant::OptimizerOptions options;
  options.kind = quant::OptimizerKind::kSgd;
  options.weight_decay = 0.5;
  options.momentum = 0.75;
  check_steps(options, [](double x, const double* g, bool decays) {
    double v = 0;
    for (int t = 1; t <= 3; ++t) {
      const double rate = 0.01 * t;
      v = 0.75 * v + g[t - 1];
      x -= rate * (decays ? 0.5 * x : 0) + rate * v;
    }
    return x;
  });
}

TEST_CASE("learning rates rise in a line and fall as a cosine", "[quant][train]") {
  const quant::Schedule schedule{0.1, 0.01, 10, 110};
  CHECK(schedule.rate(0) == Approx(0.01));
  CHECK(schedule.rate(4) == Approx(0.05));
  CHECK(schedule.rate(9) == Approx(0.1));
  CHECK(schedule.rate(10) == Approx(0.1));
  CHECK(schedule.rate(60) == Approx(0.055));
  CHECK(schedule.rate(85) == Approx(0.055 - 0.045 * std::sqrt(0.5)));
  CHECK(schedule.rate(110) == 0.01);
  CHECK(schedule.rate(1000) == 0.01);
  CHECK(quant::Schedule{0.1, 0, 0, 10}.rate(0) == Approx(0.1));
}

TEST_CASE("only gradients that are too long are scaled", "[quant][train]") {
  std::vector<float> gradient{3, 0, -4};
  CHECK(quant::clip(gradient, 5) == 5);
  CHECK(gradient == std::vector<float>{3, 0, -4});
  CHECK(quant::clip(gradient, 2.5) == 5);
  CHECK(gradient == std::vector<float>{1.5f, 0, -2});
  gradient[1] = NAN;
  CHECK(std::isnan(quant::clip(gradient, 1)));
}

TEST_CASE("the average follows quickly at first", "[quant][train]") {
  std::vector<float> average{0}, values{1};
  quant::average_into(average, values, 0.999, 0);
  CHECK(average[0] == Approx(0.9));
  average[0] = 0;
  quant::average_into(average, values, 0.999, 1'000'000);
  CHECK(average[0] == Approx(0.001));
}

TEST_CASE("every epoch has every position once, in an order of its own", "[quant][train]") {
  constexpr std::size_t kSize = 100;
  quant::DataOrder order(kSize, {7});
  std::vector<std::vector<std::size_t>> epochs(3);
  std::set<int> symmetries;
  for (auto& epoch : epochs) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto item = order.next();
      epoch.push_back(item.index);
      symmetries.insert(item.symmetry);
    }
    CHECK(std::set<std::size_t>(epoch.begin(), epoch.end()).size() == kSize);
    CHECK(*std::max_element(epoch.begin(), epoch.end()) == kSize - 1);
  }
  CHECK(epochs[0] != epochs[1]);
  CHECK(epochs[1] != epochs[2]);
  CHECK(symmetries == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(quant::DataOrder(kSize, {8}).next().index != quant::DataOrder(kSize, {7}).next().index);
}

TEST_CASE("the order of positions goes on from its state", "[quant][train]") {
  for (const int steps : {0, 1, 37, 100, 101, 250}) {
    quant::DataOrder whole(100, {3});
    for (int i = 0; i < steps; ++i) whole.next();
    quant::DataOrder resumed(100, whole.state());
    for (int i = 0; i < 150; ++i) {
      const auto a = whole.next(), b = resumed.next();
      REQUIRE(a.index == b.index);
      REQUIRE(a.symmetry == b.symmetry);
    }
    CHECK(whole.state() == resumed.state());
  }
  CHECK_THROWS_AS(quant::DataOrder(0, {}), std::invalid_argument);
  CHECK_THROWS_AS(quant::DataOrder(10, {1, 0, 11}), std::invalid_argument);
}

TEST_CASE("all tasks are done, and the first error is thrown", "[quant][train]") {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> done(7);
    quant::run_tasks(7, threads, [&](int i) { ++done[static_cast<std::size_t>(i)]; });
    CHECK(done == std::vector<int>(7, 1));
    CHECK_THROWS_WITH(quant::run_tasks(7, threads,
                                       [](int i) {
                                         if (i > 2) throw std::runtime_error(std::to_string(i));
                                       }),
                      "3");
  }
  quant::run_tasks(0, 2, [](int) { FAIL("there is none"); });
}

TEST_CASE("new networks say little and are trainable however deep", "[quant][train]") {
  const std::string shallow = "go", deep(24, 'o');
  for (const std::string& blocks : {shallow, deep, std::string("nGnGnGnG")}) {
    nn::ModelDesc model = tiny_model(blocks, kernels::Act::kRelu, 8);
    quant::initialise(model, 5);
    const nn::NetInfo net = nn::net_info(model);
    quant::TrainerOptions options;
    options.height = options.width = 5;
    quant::Trainer trainer(std::move(model), options);
    TestBatch batch;
    for (unsigned seed = 0; seed < 8; ++seed) {
      const TestInput input = random_input(net, 5, 5, 5, 5, seed);
      quant::TrainingTargets targets = random_targets(net, input, 25, seed);
      targets.policy.assign(26, 1.0f / 26);
      batch.add(input, targets);
    }
    const quant::StepReport report = trainer.step(batch.examples());
    INFO(blocks);
    CHECK(report.losses.policy == Approx(std::log(26.0)).epsilon(0.05));
    CHECK(report.losses.value < 1.3);
    CHECK(report.gradient_norm > 0.05);
    CHECK(report.gradient_norm < 20);
  }
}

}  // namespace
}  // namespace hayago::test
