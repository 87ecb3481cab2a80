// Where a network's results go when only its inner tensors are looked at.
#pragma once
#include <span>
#include <vector>

#include "nn/exec/executor.h"

namespace hayago::quant {

// All positions write to the same place.
class IgnoredOutput {
 public:
  IgnoredOutput(const nn::NetInfo& info, int points) {
    const auto channels = static_cast<std::size_t>(info.policy_channels);
    const std::size_t policy = channels * static_cast<std::size_t>(points);
    values_.resize(policy + channels + 3 + static_cast<std::size_t>(info.score_channels));
    output_.policy = values_.data();
    output_.pass = output_.policy + policy;
    output_.value = output_.pass + channels;
    output_.score = output_.value + 3;
  }
  // For that many positions.
  std::span<const nn::RawOutput> of(std::size_t positions) {
    outputs_.assign(positions, output_);
    return outputs_;
  }

 private:
  std::vector<float> values_;
  nn::RawOutput output_;
  std::vector<nn::RawOutput> outputs_;
};

}  // namespace hayago::quant
