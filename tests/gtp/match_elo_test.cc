// Elo, its interval, and the sequential test, against values worked out by hand.
#include <catch2/catch.hpp>
#include <cmath>

#include "gtp/match/elo.h"
#include "gtp/match/sprt.h"

namespace {

using namespace hayago::gtp;

TEST_CASE("match: score and Elo are the logistic curve", "[match]") {
  CHECK(expected_score(0) == Approx(0.5));
  CHECK(expected_score(400) == Approx(10.0 / 11));
  CHECK(elo_from_score(0.75) == Approx(190.8485));  // 400*log10(3)
  CHECK(elo_from_score(expected_score(-37)) == Approx(-37));
  CHECK(elo_from_score(1) == HUGE_VAL);
  CHECK(elo_from_score(0) == -HUGE_VAL);
}

TEST_CASE("match: the interval comes from the spread of the pairs", "[match]") {
  // Mean 0.75; squared distances from it sum to 6.25 - 7.5^2/10 = 0.625, so the standard error is
  // sqrt(0.625 / 9 / 10) = 1/12 and the mean lies three of them above one half.
  const EloEstimate e = estimate_elo({0, 1, 2, 3, 4});
  CHECK(e.pairs == 10);
  CHECK(e.score == Approx(0.75));
  CHECK(e.elo == Approx(190.8485));
  CHECK(e.low == Approx(elo_from_score(0.75 - 1.959964 / 12)));
  CHECK(e.low == Approx(60.8385).epsilon(1e-4));
  CHECK(e.high == Approx(409.1043).epsilon(1e-4));
  CHECK(e.superiority == Approx(0.998650).epsilon(1e-6));  // normal distribution at 3
  const EloEstimate mirrored = estimate_elo({4, 3, 2, 1, 0});
  CHECK(mirrored.elo == Approx(-e.elo));
  CHECK(mirrored.low == Approx(-e.high));
  CHECK(mirrored.superiority == Approx(1 - e.superiority));
}

TEST_CASE("match: pairs that split tell more than single games would", "[match]") {
  // The same 20 wins and 20 losses: openings that decide both games alike make the pairs noisier.
  const EloEstimate split = estimate_elo({1, 0, 18, 0, 1}), swept = estimate_elo({9, 0, 2, 0, 9});
  CHECK(split.elo == Approx(0).margin(1e-9));
  CHECK(swept.elo == Approx(0).margin(1e-9));
  CHECK(split.high < swept.high / 2);
}

TEST_CASE("match: without information there is no interval", "[match]") {
  for (const PairCounts& pairs :
       {PairCounts{}, PairCounts{0, 0, 0, 0, 1}, PairCounts{0, 0, 7, 0, 0}}) {
    const EloEstimate e = estimate_elo(pairs);
    CHECK(std::isinf(e.low));
    CHECK(std::isinf(e.high));
    CHECK(e.superiority == 0.5);
  }
  CHECK(estimate_elo({0, 0, 0, 0, 3}).elo == HUGE_VAL);
}

TEST_CASE("match: the bounds of the sequential test are Wald's", "[match]") {
  const auto sprt = parse_sprt("0,10,0.05,0.1");
  REQUIRE(sprt);
  CHECK(sprt.value->elo1 == 10);
  CHECK(sprt.value->lower() == Approx(std::log(0.1 / 0.95)));
  CHECK(sprt.value->upper() == Approx(std::log(0.9 / 0.05)));
  CHECK(sprt_decision(*sprt.value, sprt.value->lower()) == SprtDecision::kH0);
  CHECK(sprt_decision(*sprt.value, 0) == SprtDecision::kNone);
  CHECK(sprt_decision(*sprt.value, sprt.value->upper()) == SprtDecision::kH1);
  CHECK(parse_sprt("-5,5").value->alpha == 0.05);
  for (const char* bad : {"", "1", "1,2,3", "a,b", "10,0", "0,10,0,0.05", "0,10,0.05,0.5", "0,2000",
                          "0,10,0.05,0.05,1"}) {
    INFO(bad);
    const auto parsed = parse_sprt(bad);
    CHECK(!parsed);
    CHECK(!parsed.error.empty());
  }
}

TEST_CASE("match: likelihood ratio of pairs that only win or lose both games", "[match]") {
  // With two possible values the distribution of a given mean is unique: win both games with
  // probability s. So LLR = 75*ln(s1/s0) + 25*ln((1-s1)/(1-s0)), s0 = 0.5, s1 = 1/(1+10^-0.25).
  // The trace that unseen results get moves it by less than 0.001.
  const double s1 = 1 / (1 + std::pow(10, -0.25));
  const double by_hand = 75 * std::log(s1 / 0.5) + 25 * std::log((1 - s1) / 0.5);
  CHECK(by_hand == Approx(10.3050).epsilon(1e-4));
  CHECK(log_likelihood_ratio({25, 0, 0, 0, 75}, 0, 100) == Approx(by_hand).margin(0.005));
}

TEST_CASE("match: likelihood ratio of five results", "[match]") {
  const PairCounts pairs{10, 50, 80, 60, 20};
  // For means close to each other the ratio is that of normal distributions around them:
  // n*(s1-s0)*(2*mean-s0-s1) / (2*variance) = 1.3265.
  const double n = 220, mean = (50 * 0.25 + 80 * 0.5 + 60 * 0.75 + 20) / n;
  const double squares = (50 * 0.0625 + 80 * 0.25 + 60 * 0.5625 + 20) / n;
  const double s0 = 0.5, s1 = expected_score(10);
  const double normal = n * (s1 - s0) * (2 * mean - s0 - s1) / (2 * (squares - mean * mean));
  const double llr = log_likelihood_ratio(pairs, 0, 10);
  CHECK(llr == Approx(normal).epsilon(0.03));
  CHECK(llr > 0);
  // Exchanging the players exchanges the hypotheses.
  CHECK(log_likelihood_ratio({20, 60, 80, 50, 10}, -10, 0) == Approx(-llr).epsilon(1e-9));
  CHECK(log_likelihood_ratio({}, 0, 10) == 0);
  // A result beyond both hypotheses favours the nearer one.
  CHECK(log_likelihood_ratio({0, 0, 0, 0, 5}, 0, 10) > 0);
  CHECK(log_likelihood_ratio({5, 0, 0, 0, 0}, 0, 10) < 0);
}

}  // namespace
