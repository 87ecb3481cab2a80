// Derivatives of the training loss by every kind of parameter, against differences of the loss in
// double precision.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "quant/train/trainable_model.h"
#include "quant/train/training_pass.h"
#include "tests/quant/double_network.h"
#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

struct Case {
  std::string blocks;
  kernels::Act act;
  int version, kernel, height, width, board_height, board_width;
};

std::string describe(const Case& c) {
  return c.blocks + " version " + std::to_string(c.version) + " activation " +
         std::to_string(static_cast<int>(c.act)) + " board " + std::to_string(c.board_height) +
         "x" + std::to_string(c.board_width) + " in " + std::to_string(c.height) + "x" +
         std::to_string(c.width);
}

// b2c16 has enough channels for the forms of convolutions that large networks use.
nn::ModelDesc model_of(const Case& c) {
  if (c.blocks != "b2c16") return tiny_model(c.blocks, c.act, c.version, c.kernel);
  nn::SynthOptions options;
  options.arch = c.blocks;
  return nn::synth_model(options);
}

// Steps in double precision lose nothing worth mentioning to rounding (1e-16 of the loss / 1e-6).
// What is compared with them are sums in float through a dozen operations, some by Winograd's
// transforms (errors of 3e-6 of a product's terms): 4e-6 is the most that was seen.
constexpr double kStep = 1e-6, kTolerance = 2e-5;
constexpr std::size_t kPerArray = 24;  // numbers of every array that are tried

class GradientCheck {
 public:
  explicit GradientCheck(const Case& c)
      : case_(c),
        model_(model_of(c)),
        net_(nn::net_info(model_.model())),
        values_(model_.values()),
        plan_(model_.plan(values_)),
        exact_(values_.begin(), values_.end()) {
    const int points = c.height * c.width;
    for (unsigned seed = 1; seed <= 6; ++seed) {
      // The last one fills the buffer.
      const bool full = seed == 6;
      const TestInput input =
          random_input(net_, c.height, c.width, full ? c.height : c.board_height,
                       full ? c.width : c.board_width, seed);
      batch_.add(input, random_targets(net_, input, points, seed + 50));
    }
    batch_.targets[2].ownership.clear();
  }

  void run() {
    const quant::Losses losses = compare(nullptr);
    CHECK(evaluate().total(weights_) == losses.total(weights_));
  }

  // The trunk is to be that of a network with slightly other numbers.
  void run_with_trunk() {
    weights_.trunk = 30;
    std::mt19937 random(5);
    for (const float v : values_) {
      others_.push_back(v * (0.95f + static_cast<float>(random() % 256) / 2560.0f));
    }
    const nn::Plan plan = model_.plan(others_);
    quant::BoundPlan reference(plan, nullptr);
    reference.bind(false, 0, 1);
    for (std::size_t i = 0; i < batch_.inputs.size(); ++i) {
      DoubleNetwork network(plan, others_.data(), case_.height, case_.width);
      trunks_.push_back(network.run(batch_.inputs[i].view(), {others_.begin(), others_.end()}));
    }
    CHECK(compare(&reference).trunk > 0);
  }

 private:
  quant::Losses compare(const quant::BoundPlan* reference) {
    quant::BoundPlan bound(plan_, nullptr);
    bound.bind(true, 0, 1);
    quant::TrainingPass pass(plan_, net_, values_.data(), case_.height, case_.width);
    std::vector<float> gradient(model_.size());
    const quant::Losses losses =
        pass.train(bound, reference, batch_.examples(), weights_, 0.5, gradient);
    CHECK(losses.positions == 6);
    CHECK(losses.total(weights_) == Approx(loss()).epsilon(1e-5));
    for (const quant::Parameter& p : model_.parameters()) check(p, gradient);
    return losses;
  }

  quant::Losses evaluate() const {
    quant::BoundPlan bound(plan_, nullptr);
    bound.bind(false, 0, 1);
    quant::TrainingPass pass(plan_, net_, values_.data(), case_.height, case_.width);
    return pass.evaluate(bound, batch_.examples(), weights_);
  }

  double loss() const {
    double sum = 0;
    for (std::size_t i = 0; i < batch_.inputs.size(); ++i) {
      DoubleNetwork network(plan_, values_.data(), case_.height, case_.width);
      const auto tensors = network.run(batch_.inputs[i].view(), exact_);
      sum += double_loss(plan_, net_, tensors, network.mask(), batch_.targets[i], weights_);
      if (trunks_.empty()) continue;
      sum += weights_.trunk * double_trunk_loss(plan_, tensors, trunks_[i], network.mask());
    }
    return sum;
  }

  void check(const quant::Parameter& p, const std::vector<float>& gradient) {
    const std::size_t stride = std::max<std::size_t>(1, p.size / kPerArray) | 1;
    double errors = 0, squares = 0, worst = 0;
    for (std::size_t i = 0; i < p.size; i += stride) {
      const std::size_t at = p.offset + i;
      const double middle = exact_[at];
      exact_[at] = middle + kStep;
      const double above = loss();
      exact_[at] = middle - kStep;
      const double expected = 0.5 * (above - loss()) / (2 * kStep);
      exact_[at] = middle;
      const double error = static_cast<double>(gradient[at]) - expected;
      errors += error * error;
      squares += expected * expected;
      worst = std::max(worst, std::abs(error));
    }
    INFO(describe(case_) << ", " << p.name << ": worst error " << worst << ", gradient "
                         << std::sqrt(squares));
    CHECK(std::sqrt(errors) <= kTolerance * std::sqrt(squares) + 1e-7);
  }

  Case case_;
  quant::TrainableModel model_;
  nn::NetInfo net_;
  std::vector<float> values_;
  nn::Plan plan_;
  Doubles exact_;
  quant::LossWeights weights_;
  TestBatch batch_;
  std::vector<float> others_;                 // of another network
  std::vector<std::vector<Doubles>> trunks_;  // its tensors, by position
};

TEST_CASE("gradients of every parameter are those of the loss", "[quant][train]") {
  constexpr auto kRelu = kernels::Act::kRelu, kMish = kernels::Act::kMish,
                 kSilu = kernels::Act::kSilu, kIdentity = kernels::Act::kIdentity;
  const Case cases[] = {
      {"o", kRelu, 8, 3, 5, 5, 4, 3},       // a residual block
      {"og", kMish, 14, 5, 5, 4, 3, 4},     // pooling, a first layer of 5x5, two policies
      {"nG", kMish, 15, 3, 4, 5, 4, 2},     // nested ones, pass through a hidden layer
      {"g", kSilu, 16, 1, 3, 3, 2, 3},      // all 1x1 in front
      {"o", kIdentity, 17, 3, 2, 2, 2, 1},  // nearly no board
      {"g", kRelu, 10, 3, 1, 5, 1, 4},     {"o", kRelu, 9, 3, 3, 3, 2, 2},
      {"b2c16", kRelu, 8, 5, 5, 5, 5, 4},
  };
  for (const Case& c : cases) GradientCheck(c).run();
  GradientCheck(cases[1]).run_with_trunk();
}

TEST_CASE("gradients of weights do not depend on how a batch is grouped", "[quant][train]") {
  const kernels::ConvShape shape{3, 3, 5, 7};
  std::mt19937 random(3);
  constexpr int kN = 7, kH = 4, kW = 6, kPoints = kH * kW;
  nn::AlignedFloats in(kN * kPoints * 16), out(kN * kPoints * 16);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (i % 16 < 5) in.data()[i] = static_cast<float>(random() % 64) - 32;
    if (i % 16 < 7) out.data()[i] = static_cast<float>(random() % 64) - 32;
  }
  quant::GradientScratch scratch;
  quant::ConvWeightGradient whole(shape), parts(shape);
  whole.add(in.data(), out.data(), kN, kH, kW, scratch);
  for (int n = 0; n < kN; n += 3) {
    const auto at = static_cast<std::size_t>(n * kPoints * 16);
    parts.add(in.data() + at, out.data() + at, std::min(3, kN - n), kH, kW, scratch);
  }
  std::vector<float> a(9 * 5 * 7), b(a.size());
  whole.move_to(a);
  parts.move_to(b);
  CHECK(a == b);  // whole numbers: exact in any order
  CHECK(*std::max_element(a.begin(), a.end()) > 0);
}

}  // namespace
}  // namespace hayago::test
