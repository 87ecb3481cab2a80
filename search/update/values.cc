#include "search/update/values.h"

#include <algorithm>
#include <cmath>

#include "search/update/score_value.h"

namespace hayago::search {
namespace {

// Centre and scale of the static score utility are fixed.
constexpr double kStaticScale = 2.0;

double stdev_of(double mean, double mean_sq) {
  return std::sqrt(std::max(0.0, mean_sq - mean * mean));
}

double score_utility_with_stdev(const SearchContext& c, double mean, double stdev) {
  const SearchParams& p = c.params;
  double utility = 0;
  if (p.static_score_utility_factor != 0) {
    utility += p.static_score_utility_factor *
               expected_score_value(mean, stdev, 0.0, kStaticScale, c.root_area);
  }
  if (p.dynamic_score_utility_factor != 0) {
    utility += p.dynamic_score_utility_factor * expected_score_value(mean, stdev, c.score_center,
                                                                     p.dynamic_score_center_scale,
                                                                     c.root_area);
  }
  return utility;
}

double evaluation_weight(const SearchContext& c, const NetValues& output) {
  if (!c.use_uncertainty) return 1.0;
  const SearchParams& p = c.params;
  const double mean = output.white_score_mean;
  const double slope =
      p.static_score_utility_factor * score_value_slope(mean, 0.0, kStaticScale, c.root_area) +
      p.dynamic_score_utility_factor *
          score_value_slope(mean, c.score_center, p.dynamic_score_center_scale, c.root_area);
  const double error = p.win_loss_utility_factor * output.shortterm_winloss_error +
                       slope * output.shortterm_score_error;
  const double powered =
      p.uncertainty_exponent == 1.0 ? error : std::pow(error, p.uncertainty_exponent);
  return p.uncertainty_coeff / (powered + p.uncertainty_coeff / p.uncertainty_max_weight);
}

}  // namespace

double result_utility(const SearchContext& c, double win_loss, double no_result) {
  return c.params.win_loss_utility_factor * win_loss +
         c.params.no_result_utility_for_white * no_result;
}

double score_utility(const SearchContext& c, double mean, double mean_sq) {
  return score_utility_with_stdev(c, mean, stdev_of(mean, mean_sq));
}

double score_utility_diff(const SearchContext& c, double mean, double mean_sq, double shift) {
  const double stdev = stdev_of(mean, mean_sq);
  return score_utility_with_stdev(c, mean + shift, stdev) -
         score_utility_with_stdev(c, mean, stdev);
}

LeafValue network_value(const SearchContext& c, const NetValues& output) {
  LeafValue v;
  v.win_loss = static_cast<double>(output.white_win) - static_cast<double>(output.white_loss);
  v.no_result = output.white_no_result;
  v.score_mean = output.white_score_mean;
  v.score_sq = output.white_score_mean_sq;
  v.lead = output.white_lead;
  v.utility =
      result_utility(c, v.win_loss, v.no_result) + score_utility(c, v.score_mean, v.score_sq);
  v.weight = evaluation_weight(c, output);
  return v;
}

double raw_utility(const SearchContext& c, const NetValues& output) {
  const float win_loss = output.white_win - output.white_loss;
  return result_utility(c, win_loss, output.white_no_result) +
         score_utility(c, output.white_score_mean, output.white_score_mean_sq);
}

LeafValue terminal_value(const SearchContext& c, const GameState& state) {
  const double draw = c.params.draw_equivalent_wins_for_white;
  LeafValue v;
  v.weight = c.use_uncertainty ? c.params.uncertainty_max_weight : 1.0;
  if (state.is_no_result()) {
    v.no_result = 1;
  } else {
    const double white_wins = state.winner() == Color::kWhite   ? 1.0
                              : state.winner() == Color::kBlack ? 0.0
                                                                : draw;
    v.win_loss = 2 * white_wins - 1;
    const double score = state.final_score();
    v.score_mean = v.lead = score + state.draw_adjust(draw);
    if (score == std::floor(score)) {
      const double below = (score - 0.5) * (score - 0.5), above = (score + 0.5) * (score + 0.5);
      v.score_sq = below + draw * (above - below);
    } else {
      v.score_sq = score * score;
    }
  }
  v.utility =
      result_utility(c, v.win_loss, v.no_result) + score_utility(c, v.score_mean, v.score_sq);
  return v;
}

NodeStats first_stats(const LeafValue& v) {
  NodeStats s;
  s.visits = 1;
  s.weight = v.weight;
  s.weight_sq = v.weight * v.weight;
  s.win_loss = v.win_loss;
  s.no_result = v.no_result;
  s.score_mean = v.score_mean;
  s.score_sq = v.score_sq;
  s.lead = v.lead;
  s.utility = v.utility;
  s.utility_sq = v.utility * v.utility;
  return s;
}

void add_leaf_visit(NodeStats& s, const LeafValue& v) {
  if (s.visits == 0) {
    s = first_stats(v);
    return;
  }
  merge_stats(s, first_stats(v), v.weight, v.weight * v.weight);
  ++s.visits;
}

}  // namespace hayago::search
