// The compact form of network results: what is exact, what is close, sharing and accounting.
#include "search/eval/evaluation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

namespace hayago::test {
namespace {

using namespace hayago::search;

// A policy with `illegal` illegal moves whose priors span many magnitudes, some of them equal.
NetOutput random_output(std::mt19937& random, int points, int illegal, bool ownership) {
  NetOutput out;
  out.white_win = 0.25f;
  out.white_lead = -3.5f;
  out.shortterm_score_error = 0.125f;
  out.policy.resize(static_cast<std::size_t>(points) + 1);
  std::uniform_real_distribution<float> exponent(-18, 0);
  for (float& q : out.policy) q = std::exp(exponent(random));
  for (std::size_t i = 3; i + 1 < out.policy.size(); i += 7) out.policy[i] = out.policy[i + 1];
  const float sum = std::accumulate(out.policy.begin(), out.policy.end(), 0.0f);
  for (float& q : out.policy) q /= sum;
  std::vector<std::size_t> order(out.policy.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  for (int i = 0; i < illegal; ++i) out.policy[order[static_cast<std::size_t>(i)]] = -1;
  if (ownership) {
    std::uniform_real_distribution<float> owner(-1, 1);
    for (int i = 0; i < points; ++i) out.ownership.push_back(owner(random));
  }
  return out;
}

// Positions of the legal moves, likeliest first, the earlier one on ties.
std::vector<int> ranking(const NetOutput& out) {
  std::vector<int> order;
  for (std::size_t i = 0; i < out.policy.size(); ++i) {
    if (out.policy[i] >= 0) order.push_back(static_cast<int>(i));
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return out.policy[static_cast<std::size_t>(a)] > out.policy[static_cast<std::size_t>(b)];
  });
  return order;
}

void check_against(const Evaluation& e, const NetOutput& out) {
  const std::vector<int> order = ranking(out);
  const auto ranked = std::min<std::size_t>(order.size(), Evaluation::kRanked);
  REQUIRE(e.ranked() == static_cast<int>(ranked));
  std::vector<float> expanded;
  e.expand_policy(expanded);
  REQUIRE(expanded.size() == out.policy.size());
  for (std::size_t i = 0; i < ranked; ++i) {
    CHECK(e.ranked_pos(static_cast<int>(i)) == order[i]);
    CHECK(e.ranked_prior(static_cast<int>(i)) == out.policy[static_cast<std::size_t>(order[i])]);
  }
  double worst = 0;
  for (std::size_t i = 0; i < out.policy.size(); ++i) {
    const float prior = e.prior(static_cast<int>(i)), exact = out.policy[i];
    CHECK(expanded[i] == prior);
    if (exact < 0) {
      CHECK(prior == Evaluation::kIllegal);
    } else if (exact > out.policy[static_cast<std::size_t>(order[ranked - 1])] * 1e-5f) {
      worst = std::max(worst, std::abs(double{prior} / exact - 1));
    } else {
      CHECK(prior >= 0);
      CHECK(prior < out.policy[static_cast<std::size_t>(order[ranked - 1])]);
    }
  }
  CHECK(worst < 0.05);
}

}  // namespace

TEST_CASE("a compact evaluation keeps the likeliest moves exactly and the rest closely",
          "[eval][evaluation]") {
  std::mt19937 random(11);
  MemoryAccount account;
  for (const int points : {4, 25, 81, 361}) {
    for (const int illegal : {0, 1, points / 3, points / 2, points - 1}) {
      CAPTURE(points, illegal);
      const NetOutput out = random_output(random, points, illegal, points % 2 == 1);
      const EvaluationRef e = Evaluation::make_compact(out, account);
      CHECK_FALSE(e->full());
      CHECK(e->white_win == out.white_win);
      CHECK(e->white_lead == out.white_lead);
      CHECK(e->shortterm_score_error == out.shortterm_score_error);
      check_against(*e, out);
      REQUIRE(e->has_ownership() == !out.ownership.empty());
      for (std::size_t i = 0; i < out.ownership.size(); ++i) {
        CHECK(e->ownership(static_cast<int>(i)) == Approx(out.ownership[i]).margin(2e-5));
      }
      std::vector<float> owners(static_cast<std::size_t>(points), -0.25f);
      const EvaluationRef owned = e->with_ownership(owners);
      check_against(*owned, out);
      CHECK(owned->ownership(points - 1) == Approx(-0.25).margin(2e-5));
      const NetOutputPtr expanded = e->expand(points, 1);
      CHECK(expanded->width == points);
      CHECK(expanded->white_lead == out.white_lead);
      CHECK(expanded->ownership.size() == out.ownership.size());
      CHECK(expanded->policy.back() == e->prior(points));
      // Other probabilities, the same rest.
      const EvaluationRef changed = e->with_result(0.75f, 0.25f);
      CHECK(changed->white_win == 0.75f);
      CHECK(changed->white_loss == 0.25f);
      CHECK(changed->has_ownership() == e->has_ownership());
      check_against(*changed, out);
    }
  }
  CHECK(account.bytes() == 0);
}

TEST_CASE("a full evaluation is the output itself", "[eval][evaluation]") {
  std::mt19937 random(12);
  MemoryAccount account;
  auto out = std::make_shared<NetOutput>(random_output(random, 361, 100, true));
  {
    const EvaluationRef e = Evaluation::make_full(out, account);
    CHECK(e->full() == out);
    CHECK(e->prior(17) == out->policy[17]);
    CHECK(e->ownership(17) == out->ownership[17]);
    CHECK(account.bytes() > 723 * sizeof(float));
    const EvaluationRef changed = e->with_result(1, 0);
    CHECK(changed->full()->policy == out->policy);
    CHECK(changed->white_win == 1);
    CHECK(out->white_win == 0.25f);
  }
  CHECK(account.bytes() == 0);
  CHECK(out.use_count() == 1);
}

TEST_CASE("the account follows the last owner", "[eval][evaluation]") {
  std::mt19937 random(13);
  MemoryAccount account;
  const NetOutput out = random_output(random, 361, 160, false);
  EvaluationRef first = Evaluation::make_compact(out, account);
  const std::size_t one = account.bytes();
  CHECK(one == first->bytes());
  CHECK(one < 600);  // the point of it all
  EvaluationRef second = first;
  first = {};
  CHECK(account.bytes() == one);
  const Evaluation* bare = second.release();
  CHECK_FALSE(second);
  CHECK(account.bytes() == one);
  second = EvaluationRef::adopt(bare);
  second = {};
  CHECK(account.bytes() == 0);
}

}  // namespace hayago::test
