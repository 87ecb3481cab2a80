// Which kernels the CPU executor takes, where that is not left to the lists of the kernels: what a
// tuner (nn/tune) found to be fastest on a machine.
#pragma once
#include <map>
#include <string>

#include "kernels/blocking.h"

namespace hayago::nn {

struct CpuChoice {
  // Float convolutions: an algorithm of kernels/conv/kernels.inc. Layers with narrow inputs: the
  // instruction set of a kernel in kernels/narrow/kernels.inc, "winograd2" or "winograd4" for int8
  // layers that have scales for it, or "fp32" to compute an int8 layer with its float weights.
  // Empty: the best one of the list.
  std::string kernel;
  kernels::Blocking blocking;
  bool operator==(const CpuChoice&) const = default;
};

// Names of kernels that do not exist here count as empty: a file of another build does no harm.
struct CpuChoices {
  std::map<std::string, CpuChoice> layers;  // by layer_key() of nn/exec/cpu/layer_key.h
  int positions = 0;  // that go through the network together; 0: the executor's choice
  bool operator==(const CpuChoices&) const = default;

  // The choice, or no preference.
  CpuChoice of(const std::string& key) const {
    const auto layer = layers.find(key);
    return layer == layers.end() ? CpuChoice{} : layer->second;
  }
};

}  // namespace hayago::nn
