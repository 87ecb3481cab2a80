// Gradients of the weights of convolutions and products: sums over all rows of inputs times
// gradients of outputs.
#pragma once
#include <span>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/isa.h"
#include "nn/exec/aligned.h"

namespace hayago::quant {

// Memory of one thread, used again by all layers.
struct GradientScratch {
  nn::AlignedFloats turned;
  std::vector<float> rows;
};

// dL/dw[y][x][i][o] = sum over positions and pixels of in(pixel + (y - ky/2, x - kx/2), i) *
// gradient(pixel, o), in the rounding and the order of one matrix product per tap, whatever the
// number of threads. Tensors as in kernels/types.h.
class ConvWeightGradient {
 public:
  // 1x1 stands for a product of pixels.
  explicit ConvWeightGradient(const kernels::ConvShape& shape);

  // Adds that of n positions of h x w. `in` and `gradient` must be 0 off the board.
  void add(const float* in, const float* gradient, int n, int h, int w, GradientScratch& scratch);
  // Adds what was gathered to (ky, kx, c_in, c_out), as files have weights, and forgets it.
  void move_to(std::span<float> weights);

 private:
  kernels::ConvShape shape_;
  kernels::Isa isa_;
  nn::AlignedFloats sums_;  // (taps, c_in, padded(c_out))
};

// The same of a product of positions: adds to (c_in, c_out).
void add_product_gradient(const float* in, const float* gradient, int rows, int c_in, int c_out,
                          std::span<float> weights);

// Adds the sum over all rows of (rows, channels) to (channels).
void add_column_sums(const float* rows, int count, int channels, std::span<float> sums);

}  // namespace hayago::quant
