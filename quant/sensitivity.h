// What errors within a network cost at its outputs, to second order, by gradients of positions.
//
// An error d of the outputs costs the divergence of the policy in units of kDivergence plus the
// squares of the changes of winrate and score lead in units of kWinrate and kLead. That is d' F d,
// and a random g with E[g g'] = F stands for F: a move drawn from the policy gives the part of the
// divergence (its Fisher information), random signs those of winrate and lead. One way back per
// position makes of g what it is for every tensor. Errors at different points of the board are
// taken for independent.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/exec/executor.h"
#include "quant/moments.h"

namespace hayago::quant {

// Errors of these sizes cost the same.
inline constexpr double kDivergence = 5e-4, kWinrate = 0.003, kLead = 0.2;

struct Sensitivity {
  // (c_out, c_out), symmetric: an error e of a layer's outputs at one point costs e' outputs e. By
  // name of the layer.
  std::map<std::string, std::vector<double>> outputs;
  // What independent errors of variance 1 cost where the input of a layer is not 0, mean of all
  // points, by channel; of all that read that input. By name of the layer.
  std::map<std::string, std::vector<double>> inputs;
  int positions = 0;
  bool empty() const { return positions == 0; }
  // Of both one's positions and the other's.
  void merge(const Sensitivity& other);
};

class SensitivityObserver {
 public:
  // `model` must live as long. Throws ModelError as CpuExecutor does.
  SensitivityObserver(const nn::ModelDesc& model, nn::CpuOptions options, int height, int width);
  ~SensitivityObserver();

  // What is drawn at a position follows from its number alone.
  void add(const nn::PositionInput& input, std::uint64_t number);
  // Of all products of pixels; empty if no position was added.
  Sensitivity result();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
