// Measures which kernels are fastest for the layers of a network on this machine.
//
// Layers of the same shape (layer_key.h) share a choice. A candidate, that is algorithm, blocking
// and type, runs as the network's own operations do, with the weights of several layers in turn so
// that they come from where they come from in a pass, on as many threads at a time as will be used.
// Times of single calls are noisy: medians count, and the default stays unless another candidate is
// clearly faster. How many positions go through the network together is then measured on whole
// passes: what that is about, weights that come from memory, does not show in a few layers.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "nn/exec/cpu_choices.h"
#include "nn/exec/executor.h"

namespace hayago::nn {

struct TuneOptions {
  CpuOptions cpu;  // its choices are ignored
  int height = 19, width = 19;
  int threads = 1;  // that compute at the same time
  // A measurement ends after that, when every operation had a turn.
  double seconds = 0.01;
  // Called before each layer shape is measured, with those done and all.
  std::function<void(int done, int all)> progress;
};

// Positions of a measurement of layers, by index in TunedCandidate::seconds. The second one counts;
// the first one finds out what has no chance.
inline constexpr int kTunedPositions[] = {1, 4};
inline constexpr std::size_t kDecisive = 1;

struct TunedCandidate {
  CpuChoice choice;
  // Per position, by index in kTunedPositions; 0: was hopeless with one position already.
  std::vector<double> seconds;
};

struct TunedLayer {
  std::string key;                         // layer_key.h
  int layers = 0;                          // of that shape
  double macs = 0;                         // of one layer and position, direct-equivalent
  std::vector<TunedCandidate> candidates;  // the default first
  std::size_t chosen = 0;                  // index
};

struct TuneReport {
  std::vector<TunedLayer> layers;  // in the order in which a pass meets them
  struct Pass {
    int positions = 0;
    double seconds = 0;  // per position
  };
  std::vector<Pass> passes;  // of the whole network with the chosen kernels
  int positions = 0;         // chosen, one of the passes
  CpuChoices choices() const;
};

// Of all the layers that choices apply to. Throws ModelError as make_cpu_executor() does, and
// std::invalid_argument for sizes and thread counts below 1.
TuneReport tune(const ModelDesc& model, const TuneOptions& options);

// Sum over all layers for one position, with the choices or with the defaults.
double chosen_seconds(const TuneReport& report);
double default_seconds(const TuneReport& report);

// What the choices depend on beside the processor: shapes and numbers of layers, their types and
// instruction sets. Equal for networks that can share choices.
std::string tuning_subject(const ModelDesc& model, const CpuOptions& options);

}  // namespace hayago::nn
