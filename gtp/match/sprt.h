// Sequential test of two hypotheses about the Elo difference: H0 "A is elo0 stronger than B"
// against H1 "A is elo1 stronger" (A. Wald, Sequential Tests of Statistical Hypotheses, 1945). The
// score of a pair of games has five possible values (pentanomial model). Only its mean is fixed by
// a hypothesis, so the likelihood of each is maximised over all distributions with that mean, as in
// the generalised test (M. Van den Bergh, The Generalized Sequential Probability Ratio Test for
// multinomial distributions; A Practical Introduction to the GSPRT).
#pragma once
#include <string>
#include <string_view>

#include "gtp/match/elo.h"
#include "search/board/rules.h"

namespace hayago::gtp {

struct SprtSettings {
  double elo0 = 0, elo1 = 0;
  double alpha = 0.05, beta = 0.05;  // chances to accept H1 under H0, and H0 under H1
  // Wald's bounds of the log-likelihood ratio: at or below `lower` accept H0, from `upper` on H1.
  double lower() const;
  double upper() const;
};
// "elo0,elo1,alpha,beta", the last two optional.
search::Parsed<SprtSettings> parse_sprt(std::string_view text);

// Logarithm of the ratio of the two largest likelihoods, H1 over H0; 0 without pairs.
double log_likelihood_ratio(const PairCounts& pairs, double elo0, double elo1);

enum class SprtDecision { kNone, kH0, kH1 };
SprtDecision sprt_decision(const SprtSettings& settings, double llr);

}  // namespace hayago::gtp
