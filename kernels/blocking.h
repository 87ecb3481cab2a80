// How a kernel cuts the work on a layer into pieces. It never changes the results, not by a bit:
// what is best depends on the processor's registers and caches and is measured (nn/tune).
#pragma once
#include <vector>

namespace hayago::kernels {

struct Blocking {
  // Most vectors of output channels that the micro-kernel computes at once; packed weights are laid
  // out for it. 0, or more than the registers can hold: as many as they can.
  int panel_vectors = 0;
  // Most positions that share one pass over the weights of a Winograd form; 0: as many as fit into
  // a share of the caches that is good for most processors.
  int positions = 0;
  bool operator==(const Blocking&) const = default;
};

// What the registers of a kernel hold.
struct RegisterTile {
  int lanes = 1;        // floats of a vector
  int max_vectors = 1;  // of output channels at once
  // The best number of them where it divides the outputs; 0: the most are best.
  int even_vectors = 0;
};

// Values of Blocking::panel_vectors that cut c_out channels differently and keep the registers
// busy, the default (0) first.
std::vector<int> panel_choices(const RegisterTile& tile, int c_out);

}  // namespace hayago::kernels
