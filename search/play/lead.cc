// The lead as the komi that makes the game even (spec/06 section 12.3).
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "search/play/scoring.h"

namespace hayago::search {
namespace {

// E(k) with rounding, clipping and memory.
class KomiCurve {
 public:
  KomiCurve(int area, const std::function<KomiValue(double)>& evaluate)
      : area_(area), evaluate_(evaluate) {}

  const KomiValue& at(double komi) {
    const float rounded = round_and_clip_komi(komi, area_);
    const auto known = values_.find(rounded);
    if (known != values_.end()) return known->second;
    return values_.emplace(rounded, evaluate_(double{rounded})).first->second;
  }
  double win_loss(double komi) { return at(komi).win_loss; }

 private:
  const int area_;
  const std::function<KomiValue(double)>& evaluate_;
  std::map<float, KomiValue> values_;
};

bool shift_made_it_worse(const KomiValue& last, const KomiValue& now) {
  return (last.lead > 0 && now.lead > last.lead + 5 && now.win_loss < 0.75) ||
         (last.lead < 0 && now.lead < last.lead - 5 && now.win_loss > -0.75) ||
         (last.win_loss > 0 && now.win_loss > last.win_loss + 0.1) ||
         (last.win_loss < 0 && now.win_loss < last.win_loss - 0.1);
}

// Step 1: follow the network's own estimate of the lead towards an even game.
double approach_by_lead(KomiCurve& curve, double komi) {
  std::optional<KomiValue> last;
  double last_shift = 0;
  for (int i = 0; i < 3; ++i) {
    const KomiValue now = curve.at(komi);
    if (last && shift_made_it_worse(*last, now)) return komi - last_shift * 0.5;
    double shift = -now.lead;
    if (last) shift = std::clamp(shift, -std::abs(last_shift), std::abs(last_shift));
    if (shift > 0 && now.win_loss > 0) return komi;
    last = now;
    last_shift = shift;
    komi += shift;
    if (std::abs(shift) < 16) return komi;
  }
  return komi;
}

struct Window {
  double lower = 0, upper = 0;  // relative to the komi
};

// Step 2: White loses at the lower end and wins at the upper one.
Window grow_window(KomiCurve& curve, double komi) {
  Window w;
  if (curve.win_loss(komi) < 0) {
    for (w.upper = 1; w.upper < 32 && curve.win_loss(komi + w.upper) < 0; w.upper *= 2) {
    }
  } else {
    for (w.lower = -1; w.lower > -32 && curve.win_loss(komi + w.lower) > 0; w.lower *= 2) {
    }
  }
  return w;
}

// Where the line through two values crosses zero; the middle if White does better at the lower
// komi.
double interpolate(double x0, double w0, double x1, double w1) {
  if (w0 >= w1) return 0.5 * (x0 + x1);
  return x0 + (x1 - x0) * (-w0) / (w1 - w0);
}

// Steps 3 and 4.
double even_komi(KomiCurve& curve, double komi, Window w) {
  while (w.upper - w.lower > 0.500001) {
    const double middle = 0.5 * (w.lower + w.upper);
    (curve.win_loss(komi + middle) < 0 ? w.lower : w.upper) = middle;
  }
  const double low = curve.win_loss(komi + w.lower), high = curve.win_loss(komi + w.upper);
  if (low >= high) return komi + 0.5 * (w.lower + w.upper);
  if (high <= 0) return komi + w.upper;
  if (low >= 0) return komi + w.lower;
  return komi + interpolate(w.lower, low, w.upper, high);
}

// Step 5: under area scoring results move in steps of two points, which averaging evens out.
double smooth_two_point_steps(KomiCurve& curve, double fair) {
  const double lower = std::floor(fair * 2) / 2, upper = lower + 0.5;
  const double low = 0.5 * (curve.win_loss(upper) + curve.win_loss(lower - 0.5));
  const double high = 0.5 * (curve.win_loss(upper + 0.5) + curve.win_loss(lower));
  const double crossing = interpolate(lower, low, upper, high);
  return std::clamp(crossing, lower - 0.5, upper + 0.5);
}

}  // namespace

double lead_by_komi_search(const Rules& rules, int area,
                           const std::function<KomiValue(double)>& evaluate) {
  KomiCurve curve(area, evaluate);
  const double komi = double{rules.komi};
  const double near = approach_by_lead(curve, komi);
  double fair = even_komi(curve, near, grow_window(curve, near));
  const bool two_point_steps = rules.scoring == ScoringRule::kArea && !rules.has_button;
  if (two_point_steps && fair != std::floor(fair)) fair = smooth_two_point_steps(curve, fair);
  return komi - fair;
}

double lead_by_komi_search(const SideSearch& side, const GameState& state, std::int64_t visits) {
  const SearchParams params = noiseless_params(scoring_params(side.params), visits);
  return lead_by_komi_search(state.rules(), state.board().area(), [&](double komi) {
    GameState with_komi = state;
    with_komi.set_komi(static_cast<float>(komi));
    const RootValues values = search_values(side, params, with_komi);
    return KomiValue{.lead = values.lead, .win_loss = values.win_loss};
  });
}

}  // namespace hayago::search
