#include <algorithm>
#include <array>

#include "nn/outputs/postprocess.h"

namespace hayago::nn {
namespace {

using Outputs = std::span<const std::shared_ptr<const NetOutput>>;

constexpr std::array kScalars = {&NetOutput::white_win,
                                 &NetOutput::white_loss,
                                 &NetOutput::white_no_result,
                                 &NetOutput::white_score_mean,
                                 &NetOutput::white_score_mean_sq,
                                 &NetOutput::white_lead,
                                 &NetOutput::var_time_left,
                                 &NetOutput::shortterm_winloss_error,
                                 &NetOutput::shortterm_score_error};

bool same_legal_moves(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float p, float q) { return (p < 0) == (q < 0); });
}

// Mean over those outputs that have the array; all arrays have one size.
std::vector<float> mean_array(Outputs outputs, std::vector<float> NetOutput::*array) {
  std::vector<float> sum;
  float count = 0;
  for (const auto& output : outputs) {
    const std::vector<float>& values = (*output).*array;
    if (values.empty()) continue;
    sum.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
    ++count;
  }
  for (float& s : sum) s /= count;
  return sum;
}

}  // namespace

NetOutput average_outputs(Outputs outputs) {
  const NetOutput& first = *outputs.front();
  NetOutput mean;
  mean.width = first.width;
  mean.height = first.height;
  mean.policy_optimism_used = first.policy_optimism_used;
  for (const auto field : kScalars) {
    float sum = 0;
    for (const auto& output : outputs) sum += (*output).*field;
    mean.*field = sum / static_cast<float>(outputs.size());
  }
  const bool agree = std::all_of(outputs.begin(), outputs.end(), [&](const auto& output) {
    return same_legal_moves(output->policy, first.policy);
  });
  mean.policy = agree ? mean_array(outputs, &NetOutput::policy) : first.policy;
  mean.ownership = mean_array(outputs, &NetOutput::ownership);
  return mean;
}

}  // namespace hayago::nn
