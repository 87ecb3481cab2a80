// What a product's inputs have in common: means and covariances of the patches (all taps and
// channels around a pixel) that its outputs are weighted sums of.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/types.h"

namespace hayago::quant {

// Of vectors of `size` values in the order of the weights, [tap][channel].
struct PatchMoments {
  std::size_t size = 0;
  std::uint64_t patches = 0;
  std::vector<double> mean;        // (size)
  std::vector<double> covariance;  // (size, size), symmetric
};

// Gathers patches of ky x kx pixels in blocks whose products a float kernel computes.
class PatchCollector {
 public:
  PatchCollector(int ky, int kx, int channels);

  // The patch around one pixel of a tensor (h*w, padded(channels)); zeros beyond its border.
  void add(const float* tensor, int h, int w, int pixel);
  PatchMoments moments();

 private:
  void flush();

  int ky_, kx_, channels_;
  std::size_t size_;
  std::uint64_t patches_ = 0;
  int pending_ = 0;              // patches of the block
  std::vector<float> block_;     // (kBlock, size)
  std::vector<double> sums_;     // (size)
  std::vector<float> products_;  // (size, size)
};

}  // namespace hayago::quant
