// What the parts of the training loss mean, and what it refuses.
#include "quant/train/loss.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

constexpr int kEdge = 5, kPoints = kEdge * kEdge, kBoard = 4;

struct Evaluated {
  nn::NetInfo net;
  TestInput input;
  TestOutput raw;

  Evaluated(const std::string& arch, std::optional<int> version) {
    nn::SynthOptions options;
    options.arch = arch;
    options.version = version;
    const nn::ModelDesc model = nn::synth_model(options);
    net = nn::net_info(model);
    input = random_input(net, kEdge, kEdge, kBoard, kBoard, 3);
    raw = run_one(*nn::make_cpu_executor(model), kEdge, kEdge, input);
    // One policy plane in the place of both: what a network should say that was told one policy.
    const auto points = static_cast<std::ptrdiff_t>(kPoints);
    for (int c = 1; c < net.policy_channels; ++c) {
      std::copy_n(raw.policy.begin(), points, raw.policy.begin() + c * points);
      raw.pass[static_cast<std::size_t>(c)] = raw.pass[0];
    }
  }

  std::vector<float> mask() const {
    std::vector<float> mask;
    for (int p = 0; p < kPoints; ++p) {
      mask.push_back(input.view().on_board(p, net.c_spatial) ? 1.0f : 0.0f);
    }
    return mask;
  }
  // Channels of the policy beside one another, as tensors have them.
  std::vector<float> policy_rows() const {
    const auto channels = static_cast<std::size_t>(net.policy_channels);
    std::vector<float> rows(raw.policy.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i % kPoints * channels + i / kPoints] = raw.policy[i];
    }
    return rows;
  }
};

struct Derivatives {
  quant::Losses losses;
  TestOutput gradient;
};

Derivatives loss_of(const Evaluated& e, const quant::TrainingTargets& targets) {
  const std::vector<float> mask = e.mask(), policy = e.policy_rows();
  const auto channels = static_cast<std::size_t>(e.net.policy_channels);
  Derivatives result{{}, TestOutput(e.net, kPoints)};
  const quant::OutputRow<const float> out{policy.data(),
                                          e.raw.pass.data(),
                                          e.raw.value.data(),
                                          e.raw.score.data(),
                                          e.raw.ownership.data(),
                                          channels,
                                          1};
  TestOutput& g = result.gradient;
  const quant::OutputRow<float> gradient{g.policy.data(),
                                         g.pass.data(),
                                         g.value.data(),
                                         g.score.data(),
                                         g.ownership.data(),
                                         channels,
                                         1};
  result.losses = quant::position_loss(e.net, targets, out, mask, {}, 1, &gradient);
  return result;
}

nn::NetOutput post_processed(Evaluated& e, bool white, bool no_result) {
  std::vector<std::uint8_t> legal(kPoints + 1, 1);
  for (int p = 0; p < kPoints; ++p) {
    legal[static_cast<std::size_t>(p)] = e.input.view().on_board(p, e.net.c_spatial) && p % 3 != 0;
  }
  nn::PositionFacts facts;
  facts.board_width = facts.board_height = kBoard;
  facts.white_to_move = white;
  facts.no_result_possible = no_result;
  facts.legal = legal;
  return nn::postprocess(e.net, e.raw.view(), kEdge, kEdge, facts);
}

TEST_CASE("a network that says what it is told has nothing to learn", "[quant][train]") {
  for (const int version : {8, 9, 12, 14, 17}) {
    Evaluated e("b1c6nbt", version);
    for (const bool white : {false, true}) {
      const quant::TrainingTargets targets =
          quant::targets_of(post_processed(e, white, /*no_result=*/true), white);
      const Derivatives d = loss_of(e, targets);
      INFO("version " << version << ", white " << white);
      double entropy = 0;
      for (const float p : targets.value) entropy -= p * std::log(p);
      CHECK(d.losses.value == Approx(entropy).epsilon(1e-5));
      entropy = 0;
      for (const float p : targets.policy) entropy -= p > 0 ? p * std::log(p) : 0;
      CHECK(d.losses.policy == Approx(entropy).epsilon(1e-5));
      // Points are rounded to float; the deviation comes from the difference of two squares.
      CHECK(d.losses.score_mean <= 1e-9);
      CHECK(d.losses.score_stdev <= 1e-6);
      CHECK(d.losses.lead <= 1e-9);
      CHECK(d.losses.ownership <= 1e-12);
      CHECK((targets.winloss_error < 0) == (version == 8));
      CHECK(d.losses.variance_time <= 1e-9);
      CHECK(d.losses.winloss_error <= 1e-12);
      CHECK(d.losses.score_error <= 1e-9);
      for (const float g : d.gradient.flat()) CHECK(std::abs(g) <= 1e-4);
    }
  }
}

TEST_CASE("the view of targets is that of the player to move", "[quant][train]") {
  Evaluated e("b1c6nbt", 14);
  const nn::NetOutput output = post_processed(e, false, false);
  const quant::TrainingTargets black = quant::targets_of(output, false),
                               white = quant::targets_of(output, true);
  CHECK(black.value[0] == white.value[1]);
  CHECK(black.value[0] == output.white_loss);
  CHECK(black.value[2] == 0);
  CHECK(black.lead == -white.lead);
  CHECK(black.lead == -output.white_lead);
  CHECK(black.score_mean == -output.white_score_mean);
  CHECK(black.ownership[6] == -output.ownership[6]);
}

TEST_CASE("outputs without a target learn nothing", "[quant][train]") {
  nn::SynthOptions options;
  Evaluated e("b1c6nbt", 14);
  quant::TrainingTargets targets = random_targets(e.net, e.input, kPoints, 4);
  targets.ownership.clear();
  targets.variance_time = targets.winloss_error = targets.score_error = -1;
  const Derivatives d = loss_of(e, targets);
  for (std::size_t i = 0; i < d.gradient.score.size(); ++i) {
    CHECK((d.gradient.score[i] == 0) == (i > 2));
  }
  for (const float g : d.gradient.ownership) CHECK(g == 0);
  CHECK(d.losses.ownership == 0);
  const std::size_t channels = static_cast<std::size_t>(e.net.policy_channels);
  for (std::size_t i = 0; i < kPoints; ++i) {
    CHECK((d.gradient.policy[i * channels] == 0) == (targets.policy[i] < 0));
  }
}

TEST_CASE("losses are added up and averaged", "[quant][train]") {
  quant::Losses sum;
  CHECK(sum.mean().policy == 0);
  sum += quant::Losses{1, 2, 3, 4, 5, 6, 7, 8, 9, 1};
  sum += quant::Losses{3, 4, 5, 6, 7, 8, 9, 10, 11, 1};
  const quant::Losses mean = sum.mean();
  CHECK(mean.policy == 2);
  CHECK(mean.score_error == 10);
  CHECK(mean.positions == 1);
  CHECK(mean.total({1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}) == 1098765432);
}

TEST_CASE("examples that cannot be meant are refused with the reason", "[quant][train]") {
  const Evaluated e("b1c6nbt", 14);
  const quant::TrainingTargets good = random_targets(e.net, e.input, kPoints, 4);
  const auto message = [&](const std::function<void(quant::TrainingTargets&)>& damage) {
    quant::TrainingTargets targets = good;
    damage(targets);
    try {
      quant::check_example({e.input.view(), &targets}, e.net, kEdge, kEdge, 17);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using Catch::Contains;
  using Targets = quant::TrainingTargets;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  CHECK(message([](Targets&) {}).empty());
  CHECK(message([](Targets& t) { t.ownership.clear(); }).empty());
  CHECK_THAT(message([](Targets& t) { t.policy.pop_back(); }),
             Contains("position 17") && Contains("25 numbers") && Contains("26"));
  CHECK_THAT(message([](Targets& t) { t.ownership.push_back(0); }),
             Contains("ownership has 26 numbers"));
  CHECK_THAT(message([](Targets& t) { t.policy[3] = kNan; }), Contains("policy is nan"));
  CHECK_THAT(message([](Targets& t) { t.policy[25] += 0.1f; }), Contains("policy has the sum"));
  CHECK_THAT(message([](Targets& t) { t.policy.assign(26, -1.0f); }), Contains("no legal move"));
  CHECK_THAT(message([](Targets& t) { t.policy[24] = 0; }), Contains("point 24, which is off"));
  CHECK_THAT(message([](Targets& t) { t.value[1] = kNan; }), Contains("value is nan"));
  CHECK_THAT(message([](Targets& t) { t.value[0] += 0.01f; }), Contains("value has the sum"));
  CHECK_THAT(message([](Targets& t) { t.value[2] -= 1, t.value[0] += 1; }), Contains("is -0.95"));
  CHECK_THAT(message([](Targets& t) { t.score_mean = INFINITY; }), Contains("score mean is inf"));
  CHECK_THAT(message([](Targets& t) { t.score_stdev = -1; }), Contains("negative"));
  CHECK_THAT(message([](Targets& t) { t.lead = kNan; }), Contains("lead is nan"));
  CHECK_THAT(message([](Targets& t) { t.score_error = kNan; }), Contains("score error is nan"));
  CHECK_THAT(message([](Targets& t) { t.ownership[0] = 1.5f; }), Contains("1.5"));
  CHECK_THAT(message([](Targets& t) { t.ownership[0] = kNan; }), Contains("ownership is nan"));
  CHECK_THROWS_WITH(quant::check_example({e.input.view(), nullptr}, e.net, kEdge, kEdge, 2),
                    Contains("position 2") && Contains("no targets"));
}

}  // namespace
}  // namespace hayago::test
