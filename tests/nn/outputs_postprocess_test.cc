// The worked examples of spec/02 section 11.6 and the rules of section 11 one by one.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/model/desc.h"
#include "nn/outputs/postprocess.h"

namespace hayago::test {
namespace {

constexpr int kSize = 9, kPoints = kSize * kSize, kCentre = 4 * kSize + 4;
// The printed numbers have seven digits, and so have the raw numbers they follow from.
constexpr double kPrinted = 2e-6;

nn::NetInfo net_of(int version) {
  nn::NetInfo net;
  net.name = "test";
  net.version = version;
  net.policy_channels = version <= 11 ? 1 : version == 16 ? 4 : 2;
  net.score_channels = nn::score_channels(version);
  if (version >= 13) net.multipliers.shortterm_score_error = 150;
  return net;
}

// Raw outputs of one position that are all 0 until a test sets them.
struct Raw {
  std::vector<float> policy = std::vector<float>(4 * kPoints), pass = std::vector<float>(4);
  std::vector<float> value = std::vector<float>(3), score = std::vector<float>(6);
  std::vector<float> ownership = std::vector<float>(kPoints);
  nn::RawOutput view() {
    return {policy.data(), pass.data(), value.data(), score.data(), ownership.data()};
  }
};

struct Position {
  std::vector<std::uint8_t> legal = std::vector<std::uint8_t>(kPoints + 1, 1);
  nn::PositionFacts facts;
  Position() {
    facts.board_width = facts.board_height = kSize;
    facts.white_to_move = true;
    facts.legal = legal;
  }
};

nn::NetOutput run(int version, Raw& raw, const nn::PositionFacts& facts) {
  return nn::postprocess(net_of(version), raw.view(), kSize, kSize, facts);
}

struct Worked {
  int version;
  bool no_result_possible;
  std::vector<float> value, score;
  double win, loss, no_result, mean, mean_sq, lead, variance_time, winloss_error, score_error;
};

void check_worked(const Worked& w) {
  Raw raw;
  std::copy(w.value.begin(), w.value.end(), raw.value.begin());
  std::copy(w.score.begin(), w.score.end(), raw.score.begin());
  Position position;
  position.facts.no_result_possible = w.no_result_possible;
  const nn::NetOutput out = run(w.version, raw, position.facts);
  const auto near = [](double x) { return Approx(x).epsilon(kPrinted).margin(1e-7); };
  INFO("version " << w.version);
  CHECK(out.white_win == near(w.win));
  CHECK(out.white_loss == near(w.loss));
  CHECK(out.white_no_result == near(w.no_result));
  CHECK(out.white_score_mean == near(w.mean));
  CHECK(out.white_score_mean_sq == near(w.mean_sq));
  CHECK(out.white_lead == near(w.lead));
  CHECK(out.var_time_left == near(w.variance_time));
  CHECK(out.shortterm_winloss_error == near(w.winloss_error));
  CHECK(out.shortterm_score_error == near(w.score_error));

  position.facts.white_to_move = false;
  const nn::NetOutput black = run(w.version, raw, position.facts);
  CHECK(black.white_win == out.white_loss);
  CHECK(black.white_loss == out.white_win);
  CHECK(black.white_no_result == out.white_no_result);
  CHECK(black.white_score_mean == -out.white_score_mean);
  CHECK(black.white_score_mean_sq == out.white_score_mean_sq);
  CHECK(black.white_lead == -out.white_lead);
  CHECK(black.var_time_left == out.var_time_left);
}

TEST_CASE("outputs: worked values of every version", "[outputs]") {
  check_worked({3,
                false,
                {-1.510394f, -2.971391f, -1.332157f},
                {-0.6354958f},
                .4120122,
                .0955888,
                .492399,
                -11.43892,
                130.849,
                -11.43892,
                -1,
                -1,
                -1});
  check_worked({4,
                false,
                {-0.3051594f, -0.4621265f, -3.76204f},
                {0.2423087f, -0.4625032f},
                .5391614,
                .4608386,
                0,
                4.846174,
                118.8989,
                4.846174,
                -1,
                -1,
                -1});
  check_worked({8,
                false,
                {1.651342f, 3.06569f, -1.921967f},
                {0.4332005f, -1.92937f, -0.3635161f, 0.9167799f},
                .1955493,
                .8044507,
                0,
                8.664011,
                82.42154,
                -7.270322,
                -1,
                -1,
                -1});
  check_worked({9,
                false,
                {0.1902947f, -0.8334267f, -2.243444f},
                {0.1610271f, -0.7217412f, 0.2338335f, 1.086875f, -0.344214f, -0.821388f},
                .7356969,
                .2643032,
                0,
                3.220542,
                73.106,
                4.676671,
                55.10017,
                0.535778,
                3.645186});
  check_worked({10,
                false,
                {-2.088381f, 1.43266f, -4.212715f},
                {1.612377f, -0.4242512f, -0.1864886f, 0.554938f, -0.5639889f, -2.3091f},
                .0287195,
                .9712805,
                0,
                32.24755,
                1141.25,
                -3.729772,
                40.34507,
                0.3355581,
                1.685701});
  check_worked({13,
                false,
                {-3.36384f, 0.9519058f, -7.701663f},
                {0.05215514f, -1.812965f, 0.8179539f, 0.8542835f, 2.518266f, 2.488267f},
                .0131805,
                .9868194,
                0,
                1.043103,
                10.22644,
                16.35908,
                48.35471,
                0.8055716,
                19.62671});
  check_worked({14,
                false,
                {1.393003f, 0.05573298f, -4.019048f},
                {0.07785276f, -0.06693999f, -0.3567714f, -0.9623607f, -0.4215298f, -1.605729f},
                .7920406,
                .2079594,
                0,
                1.557055,
                176.7897,
                -7.135427,
                12.94098,
                0.2966536,
                4.534172});
  check_worked({14,
                true,
                {0.2774945f, -0.427328f, -4.428036f},
                {-0.1556895f, 0.442778f, 0.03245621f, -0.6261717f, -0.5015537f, -1.631258f},
                .6652291,
                .3287538,
                .006017073,
                -3.095054,
                360.088,
                0.6452184,
                17.13169,
                0.2877997,
                4.486012});
}

// The three logits are known for three entries only. The rest of the mass is put where it makes the
// first entry right; the others must then follow.
TEST_CASE("outputs: worked policy with optimism and temperature", "[outputs]") {
  struct Row {
    double optimism, temperature;
    float corner, neighbour, pass;  // logits after optimism
    double p_corner, p_neighbour, p_pass;
  };
  const Row rows[] = {{0, 1, 3.421462f, 1.249606f, 7.931144f, 0.004112461, 0.0004686803, 0.3737934},
                      {0.3, 1, 3.799246f, 1.529488f, 6.062432f, 0.01162766, 0.00120157, 0.1117846},
                      {1, 1, 4.680741f, 2.182546f, 1.702106f, 0.03951129, 0.003249143, 0.002009633},
                      {0, 2, 3.421462f, 1.249606f, 7.931144f, 0.01112649, 0.003756173, 0.1060775}};
  const Row &base = rows[0], &optimistic = rows[2];
  for (const Row& row : rows) {
    Raw raw;
    Position position;
    position.facts.policy_optimism = static_cast<float>(row.optimism);
    position.facts.policy_temperature = static_cast<float>(row.temperature);
    std::fill(position.legal.begin(), position.legal.end(), 0);
    const std::size_t rest = 50;  // all other moves together
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}, rest, std::size_t{kPoints}}) {
      position.legal[i] = 1;
    }
    raw.policy[0] = base.corner;
    raw.policy[1] = base.neighbour;
    raw.pass[0] = base.pass;
    raw.policy[kPoints] = optimistic.corner;
    raw.policy[kPoints + 1] = optimistic.neighbour;
    raw.pass[1] = optimistic.pass;
    const double others = 1 - row.p_corner - row.p_neighbour - row.p_pass;
    const auto logit =
        static_cast<float>(row.corner + row.temperature * std::log(others / row.p_corner));
    raw.policy[rest] = raw.policy[kPoints + rest] = logit;
    const nn::NetOutput out = run(14, raw, position.facts);
    INFO("optimism " << row.optimism << " temperature " << row.temperature);
    CHECK(out.policy_optimism_used == position.facts.policy_optimism);
    CHECK(out.policy.size() == kPoints + 1);
    // Logits of seven digits around 8: relative errors of 1e-6 in the weights.
    CHECK(out.policy[0] == Approx(row.p_corner).epsilon(3e-6));
    CHECK(out.policy[1] == Approx(row.p_neighbour).epsilon(3e-6));
    CHECK(out.policy[kPoints] == Approx(row.p_pass).epsilon(3e-6));
    CHECK(out.policy[kCentre] == -1);
  }
}

TEST_CASE("outputs: optimism needs a second channel and no metadata encoder", "[outputs]") {
  Raw raw;
  raw.policy[kPoints] = 5;
  Position position;
  position.facts.policy_optimism = 1;
  CHECK(run(12, raw, position.facts).policy[0] > 0.5);
  CHECK(run(8, raw, position.facts).policy[0] == Approx(1.0 / (kPoints + 1)));
  nn::NetInfo human = net_of(15);
  human.c_meta = 192;
  const nn::NetOutput out = nn::postprocess(human, raw.view(), kSize, kSize, position.facts);
  CHECK(out.policy[0] == Approx(1.0 / (kPoints + 1)));
  CHECK(out.policy_optimism_used == 0);
}

TEST_CASE("outputs: passing is capped at 95 percent on request", "[outputs]") {
  Raw raw;
  raw.pass[0] = 30;
  Position position;
  CHECK(run(8, raw, position.facts).policy[kPoints] > 0.999);
  position.facts.cap_pass = true;
  CHECK(run(8, raw, position.facts).policy[kPoints] == Approx(0.95).epsilon(1e-6));
  CHECK(run(8, raw, position.facts).policy[0] == Approx(0.05 / kPoints).epsilon(1e-5));
  raw.pass[0] = 0;
  CHECK(run(8, raw, position.facts).policy[kPoints] == Approx(1.0 / (kPoints + 1)));
  // Only passing is legal: its weight is floored, so it still gets everything.
  std::fill(position.legal.begin(), position.legal.end() - 1, 0);
  CHECK(run(8, raw, position.facts).policy[kPoints] == 1);
}

TEST_CASE("outputs: illegal moves read -1 and do not count", "[outputs]") {
  Raw raw;
  raw.policy[7] = std::numeric_limits<float>::quiet_NaN();  // nobody looks at illegal entries
  raw.policy[8] = 1e30f;
  Position position;
  position.legal[7] = position.legal[8] = 0;
  const nn::NetOutput out = run(8, raw, position.facts);
  CHECK(out.policy[7] == -1);
  CHECK(out.policy[8] == -1);
  CHECK(out.policy[0] == Approx(1.0 / (kPoints - 1)));
}

TEST_CASE("outputs: ownership is White's and 0 off the board", "[outputs]") {
  Raw raw;
  std::fill(raw.ownership.begin(), raw.ownership.end(), 0.5f);
  Position position;
  position.facts.board_width = 5;
  position.facts.board_height = 7;
  const nn::NetOutput white = run(8, raw, position.facts);
  position.facts.white_to_move = false;
  const nn::NetOutput black = run(8, raw, position.facts);
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      const auto i = static_cast<std::size_t>(y * kSize + x);
      const float expected = x < 5 && y < 7 ? std::tanh(0.5f) : 0.0f;
      CHECK(white.ownership[i] == expected);
      CHECK(black.ownership[i] == -expected);
    }
  }
  nn::RawOutput without = raw.view();
  without.ownership = nullptr;
  CHECK(nn::postprocess(net_of(8), without, kSize, kSize, position.facts).ownership.empty());
}

TEST_CASE("outputs: results that are not finite are reported", "[outputs]") {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity()};
  for (const float value : bad) {
    Position position;
    const auto check = [&](int version, auto change) {
      Raw raw;
      change(raw);
      CHECK_THROWS_WITH(run(version, raw, position.facts), Catch::Contains("nonfinite"));
    };
    check(8, [&](Raw& raw) { raw.policy[3] = value; });
    check(8, [&](Raw& raw) { raw.pass[0] = value; });
    check(8, [&](Raw& raw) { raw.value[0] = value; });
    check(8, [&](Raw& raw) { raw.score[0] = value; });
    check(8, [&](Raw& raw) { raw.score[1] = value; });
    check(8, [&](Raw& raw) { raw.score[2] = value; });
    check(3, [&](Raw& raw) { raw.value[1] = value; });
    for (const int version : {9, 10, 14}) {
      for (const std::size_t i : {3, 4, 5}) {
        check(version, [&](Raw& raw) { raw.score[i] = value; });
      }
    }
  }
  Raw raw;
  raw.ownership[kCentre] = bad[0];
  Position position;
  CHECK_THROWS_AS(run(8, raw, position.facts), nn::NonFiniteOutput);
}

TEST_CASE("outputs: version 3 limits its score like a tangent", "[outputs]") {
  Raw raw;
  raw.score[0] = 3e7f;
  Position position;
  CHECK(run(3, raw, position.facts).white_score_mean == Approx(1e6 * 2 * kSize));
}

}  // namespace
}  // namespace hayago::test
