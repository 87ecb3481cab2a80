#include "nn/outputs/postprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace hayago::nn {
namespace {

constexpr float kIllegal = -1.0f;
constexpr float kMaxPassOdds = 19.0f;  // pass at most 95 %
constexpr float kMinPassWeight = 1e-20f;
constexpr double kNoResultPenalty = 100000.0;
constexpr double kMaxTangent = 1e6;  // version 3
constexpr int kFirstVersionOfErrors = 9;

void require_finite(float value, std::string_view what, const NetInfo& net) {
  if (std::isfinite(value)) return;
  throw NonFiniteOutput(fmt::format("network {}: {} is {} (nonfinite); damaged weights or input",
                                    net.name, what, value));
}

double softplus(double x) { return x > 40 ? x : std::log1p(std::exp(x)); }

// e^x for x <= 0, at most 2 units in the last place off; 0 below -87. Loops over it become vector
// code on every machine, and without fused operations all machines compute the same bits.
inline float exp_of_nonpositive(float x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float clamped = std::max(x, -87.0f);
  const float shifted = clamped * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  // Minimax polynomial of (e^r - 1 - r) / r^2 on [-ln 2 / 2, ln 2 / 2].
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float mantissa = p * (r * r) + r + 1.0f;
  const std::uint32_t scale = (std::bit_cast<std::uint32_t>(shifted) << 23) + (127u << 23);
  const float power = mantissa * std::bit_cast<float>(scale);
  return x < -87.0f ? 0.0f : power;
}

// Section 11.1, steps 1 to 3: scaled logits.
void scaled_logits(const NetInfo& net, const RawOutput& raw, std::size_t points,
                   const PositionFacts& facts, float optimism, std::vector<float>& logits) {
  const float scale = 1.0f / facts.policy_temperature;
  logits.resize(points + 1);
  float* out = logits.data();
  if (net.policy_channels < 2) {
    for (std::size_t i = 0; i < points; ++i) out[i] = raw.policy[i] * scale;
    out[points] = raw.pass[0] * scale;
    return;
  }
  const float* optimistic = raw.policy + points;
  for (std::size_t i = 0; i < points; ++i) {
    out[i] = (raw.policy[i] + (optimistic[i] - raw.policy[i]) * optimism) * scale;
  }
  out[points] = (raw.pass[0] + (raw.pass[1] - raw.pass[0]) * optimism) * scale;
}

// Reductions run over this many elements side by side, which makes vector code of them; the order
// of the additions is the same on every machine.
constexpr std::size_t kLanes = 8;

// A value where legal, another elsewhere, without a branch.
inline float choose(std::uint8_t legal, float value, float otherwise) {
  const std::uint32_t keep = 0u - static_cast<std::uint32_t>(legal != 0);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) & keep) |
                              (std::bit_cast<std::uint32_t>(otherwise) & ~keep));
}

// Passes over values that are not numbers.
float largest_of(const float* values, std::size_t count) {
  float lanes[kLanes];
  std::fill_n(lanes, kLanes, -1e30f);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      lanes[k] = values[i + k] > lanes[k] ? values[i + k] : lanes[k];
    }
  }
  for (; i < count; ++i) lanes[0] = values[i] > lanes[0] ? values[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

float sum_of(const float* values, std::size_t count) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += values[i + k];
  }
  for (; i < count; ++i) lanes[0] += values[i];
  for (std::size_t k = 1; k < kLanes; ++k) lanes[0] += lanes[k];
  return lanes[0];
}

// Steps 4 to 6. Illegal moves take part with weight 0, so that the loops have no branches.
void policy(const NetInfo& net, const RawOutput& raw, std::size_t points,
            const PositionFacts& facts, float optimism, std::vector<float>& values) {
  scaled_logits(net, raw, points, facts, optimism, values);
  float* out = values.data();
  const std::uint8_t* legal = facts.legal.data();
  for (std::size_t i = 0; i <= points; ++i) out[i] = choose(legal[i], out[i], -1e30f);
  // A logit that is not a number is found in the sum.
  const float largest = largest_of(out, points + 1);
  for (std::size_t i = 0; i <= points; ++i) out[i] = exp_of_nonpositive(out[i] - largest);
  if (largest == -1e30f) {  // no legal move has a finite logit above: 0 - 0 gave weights to all
    for (std::size_t i = 0; i <= points; ++i) out[i] = choose(legal[i], out[i], 0.0f);
  }
  float total = sum_of(out, points);
  float& pass = out[points];
  if (facts.cap_pass && legal[points] != 0) {
    pass = std::max(kMinPassWeight, std::min(pass, kMaxPassOdds * total));
  }
  total += pass;
  require_finite(total, "sum of the policy", net);
  if (total > 0) {
    for (std::size_t i = 0; i <= points; ++i) out[i] = choose(legal[i], out[i] / total, kIllegal);
    return;
  }
  const auto legal_moves = std::count_if(legal, legal + points + 1, [](auto l) { return l != 0; });
  const float uniform = 1.0f / static_cast<float>(legal_moves);
  for (std::size_t i = 0; i <= points; ++i) out[i] = choose(legal[i], uniform, kIllegal);
}

// Section 11.2 and 11.3, the view of the player to move.
struct MoverValue {
  double win, loss, no_result;
  double mean = 0, mean_sq = 0, lead = 0;
  double variance_time = -1, winloss_error = -1, score_error = -1;
};

MoverValue softmax(const float* logits, bool no_result_possible) {
  const double w = logits[0], l = logits[1];
  const double n = no_result_possible ? logits[2] : logits[2] - kNoResultPenalty;
  const double largest = std::max({w, l, n});
  const double ew = std::exp(w - largest), el = std::exp(l - largest);
  const double en = no_result_possible ? std::exp(n - largest) : 0.0;
  const double total = ew + el + en;
  return {ew / total, el / total, en / total};
}

void shortterm_errors(const NetInfo& net, const float* score, MoverValue& v) {
  const double value_factor = net.multipliers.shortterm_value_error;
  const double score_factor = net.multipliers.shortterm_score_error;
  const double s4 = score[4], s5 = score[5];
  if (net.version == 9) {
    v.winloss_error = softplus(s4);
    v.score_error = 10 * softplus(s5);
  } else if (net.version <= 13) {
    v.winloss_error = std::sqrt(softplus(s4) * value_factor);
    v.score_error = std::sqrt(softplus(s5) * score_factor);
  } else {
    const double q4 = softplus(s4 / 2), q5 = softplus(s5 / 2);
    v.winloss_error = std::sqrt(q4 * q4 * value_factor);
    v.score_error = std::sqrt(q5 * q5 * score_factor);
  }
}

MoverValue mover_value(const NetInfo& net, const RawOutput& raw, const PositionFacts& facts) {
  const Multipliers& factor = net.multipliers;
  const float* score = raw.score;
  if (net.version <= 3) {
    // Version 3 ignores the rules here, and its score is per root of the area.
    MoverValue v = softmax(raw.value, true);
    const double root = std::sqrt(static_cast<double>(facts.board_width) * facts.board_height);
    const double tangent = std::isfinite(score[0])
                               ? std::clamp(double{score[0]}, -kMaxTangent, kMaxTangent)
                               : double{score[0]};
    v.mean = v.lead = tangent * 2 * root;
    v.mean_sq = v.mean * v.mean;
    return v;
  }
  MoverValue v = softmax(raw.value, facts.no_result_possible);
  const double with_result = 1 - v.no_result;
  const double mean = score[0] * factor.score_mean;
  const double deviation = softplus(score[1]) * factor.score_stdev;
  v.mean = mean * with_result;
  v.mean_sq = (mean * mean + deviation * deviation) * with_result;
  v.lead = (net.version >= 8 ? score[2] : score[0]) * factor.lead * with_result;
  if (net.version >= kFirstVersionOfErrors) {
    v.variance_time = softplus(score[3]) * factor.variance_time;
    shortterm_errors(net, score, v);
  }
  return v;
}

void store_white_view(const MoverValue& v, bool white_to_move, NetValues& out) {
  const double sign = white_to_move ? 1 : -1;
  out.white_win = static_cast<float>(white_to_move ? v.win : v.loss);
  out.white_loss = static_cast<float>(white_to_move ? v.loss : v.win);
  out.white_no_result = static_cast<float>(v.no_result);
  out.white_score_mean = static_cast<float>(sign * v.mean);
  out.white_score_mean_sq = static_cast<float>(v.mean_sq);
  out.white_lead = static_cast<float>(sign * v.lead);
  out.var_time_left = static_cast<float>(v.variance_time);
  out.shortterm_winloss_error = static_cast<float>(v.winloss_error);
  out.shortterm_score_error = static_cast<float>(v.score_error);
}

void require_finite_values(const NetValues& out, const NetInfo& net) {
  require_finite(out.white_win, "win probability", net);
  require_finite(out.white_loss, "loss probability", net);
  require_finite(out.white_no_result, "no-result probability", net);
  require_finite(out.white_score_mean, "score mean", net);
  require_finite(out.white_score_mean_sq, "score mean square", net);
  require_finite(out.white_lead, "lead", net);
  require_finite(out.var_time_left, "variance time", net);
  require_finite(out.shortterm_winloss_error, "short-term win/loss error", net);
  require_finite(out.shortterm_score_error, "short-term score error", net);
}

void ownership(const NetInfo& net, const float* raw, int width, int height,
               const PositionFacts& facts, std::vector<float>& values) {
  values.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0f);
  const float sign = facts.white_to_move ? 1.0f : -1.0f;
  for (int y = 0; y < facts.board_height; ++y) {
    for (int x = 0; x < facts.board_width; ++x) {
      const auto i = static_cast<std::size_t>(y * width + x);
      values[i] = sign * std::tanh(raw[i]);
      require_finite(values[i], "ownership", net);
    }
  }
}

}  // namespace

void postprocess(const NetInfo& net, const RawOutput& raw, int width, int height,
                 const PositionFacts& facts, NetOutput& out) {
  out.width = width;
  out.height = height;
  // Networks that imitate people have no optimistic policy.
  out.policy_optimism_used = net.c_meta > 0 ? 0.0f : facts.policy_optimism;
  const auto points = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  policy(net, raw, points, facts, out.policy_optimism_used, out.policy);
  store_white_view(mover_value(net, raw, facts), facts.white_to_move, out);
  require_finite_values(out, net);
  out.ownership.clear();
  if (raw.ownership != nullptr) ownership(net, raw.ownership, width, height, facts, out.ownership);
}

NetOutput postprocess(const NetInfo& net, const RawOutput& raw, int width, int height,
                      const PositionFacts& facts) {
  NetOutput out;
  postprocess(net, raw, width, height, facts, out);
  return out;
}

}  // namespace hayago::nn
