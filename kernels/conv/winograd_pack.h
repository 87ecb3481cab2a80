// Transforms square kernels into the Winograd domain and packs them for the micro-kernel.
#pragma once
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/cpu/panels.h"

namespace hayago::kernels {

struct WinogradPacking {
  int inputs;            // a = m + r - 1; the weights become a*a matrices (c_in, c_out)
  int kernel;            // r
  const double* points;  // a - 1 finite interpolation points; infinity is the last one
  int lanes;
  Split panels;
};

// packed: [panel][a*a][c_in][width], a*a * c_in * padded(c_out) floats.
void pack_winograd(const ConvShape& shape, const float* weights, const WinogradPacking& packing,
                   float* packed);

// G of winograd_tiles.h for a - 1 finite points: a rows of r numbers.
std::vector<std::vector<double>> winograd_weight_transform(const double* points, int inputs,
                                                           int kernel);

}  // namespace hayago::kernels
