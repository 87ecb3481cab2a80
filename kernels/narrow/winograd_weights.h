// What Winograd kernels of bytes multiply: weights in the Winograd domain as bytes, and the numbers
// that give their sums a meaning.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/narrow/kernel.h"

namespace hayago::kernels {

// The byte of a transformed input (WinogradBytes). The kernels' 16-bit instructions do the same;
// |v| <= 25500.
inline int words_to_byte(int v, int factor, int zero) {
  return std::clamp(((v * factor + (1 << 14)) >> 15) + zero, 0, 255);
}

struct WinogradWeights {
  std::vector<std::int8_t> weights;  // (a*a, c_in, c_out)
  std::vector<float> scales;         // (a*a, c_out): what a step is, in steps of the given weights
};

// G w G^T of every kernel in double; in every product and output channel the largest becomes 127
// and the others are rounded to nearest. weights: [3][3][c_in][c_out].
WinogradWeights transform_byte_weights(const WinogradForm& form, int c_in, int c_out,
                                       std::span<const std::int8_t> weights);

}  // namespace hayago::kernels
