#include <algorithm>

#include "nn/outputs/postprocess.h"

namespace hayago::nn {
namespace {

constexpr int kFlipRows = 1, kFlipColumns = 2, kTranspose = 4;
constexpr int kFlips = kFlipRows | kFlipColumns;

int swap_flips(int symmetry) {
  return (symmetry & kFlipRows) << 1 | (symmetry & kFlipColumns) >> 1;
}

// Calls visit(from, to) with the point indices of every point and its image.
template <class Visit>
void for_each_point(int width, int height, int symmetry, Visit visit) {
  const bool transpose = (symmetry & kTranspose) != 0 && width == height;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int flipped_x = symmetry & kFlipColumns ? width - 1 - x : x;
      const int flipped_y = symmetry & kFlipRows ? height - 1 - y : y;
      const int to = transpose ? flipped_x * width + flipped_y : flipped_y * width + flipped_x;
      visit(y * width + x, to);
    }
  }
}

}  // namespace

int inverse_symmetry(int symmetry) {
  if ((symmetry & kTranspose) == 0) return symmetry;
  return kTranspose | swap_flips(symmetry);
}

int compose_symmetries(int first, int then) {
  const int flips = first & kTranspose ? swap_flips(then) : then & kFlips;
  return first ^ (flips | (then & kTranspose));
}

void apply_symmetry(const float* in, int width, int height, int channels, int symmetry,
                    float* out) {
  for_each_point(width, height, symmetry, [&](int from, int to) {
    std::copy_n(in + from * channels, channels, out + to * channels);
  });
}

void apply_symmetry(const std::uint32_t* in, int width, int height, int symmetry,
                    std::uint32_t* out) {
  for_each_point(width, height, symmetry, [&](int from, int to) { out[to] = in[from]; });
}

void undo_symmetry(const float* in, int width, int height, int symmetry, float* out) {
  for_each_point(width, height, symmetry, [&](int from, int to) { out[from] = in[to]; });
}

}  // namespace hayago::nn
