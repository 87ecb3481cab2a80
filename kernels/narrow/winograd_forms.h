// Winograd forms of narrow convolutions: the transforms of kernels/conv/winograd_tiles.h, that of
// the inputs in 16-bit integers. Rows of B^T have absolute sums of at most 2 (F2) and 10 (F4), so
// that bytes 0..255 become at most 25500 in both dimensions together and every step is exact.
#pragma once
#include <cstdint>

#include "kernels/conv/winograd_tiles.h"

namespace hayago::kernels {

struct NarrowWinograd2 {
  static constexpr int kOut = 2, kIn = 4;
  static constexpr double kPoints[] = {0, 1, -1};
  static constexpr const char* kName = "winograd2";
  // B^T 1 1^T B, all inputs being 1, is 0 but for the product of this index.
  static constexpr int kOfConstant = 4;

  template <class Words>
  HAYAGO_INLINE static void input(const Words (&d)[4], Words* out) {
    out[0] = d[2] - d[0];
    out[1] = d[2] + d[1];
    out[2] = d[2] - d[1];
    out[3] = d[3] - d[1];
  }

  template <class V>
  HAYAGO_INLINE static void output(const V (&m)[4], V* out) {
    out[0] = m[0] + (m[1] + m[2]);
    out[1] = m[3] + (m[1] - m[2]);
  }
};

struct NarrowWinograd4 : WinogradF4 {
  static constexpr int kOfConstant = 36;

  template <class Words>
  HAYAGO_INLINE static void input(const Words (&d)[6], Words* out) {
    const Words even = d[4] - (d[2] << 2), odd = d[3] - (d[1] << 2);
    const Words even2 = d[4] - d[2], odd2 = (d[3] - d[1]) << 1;
    out[0] = ((d[0] - d[2]) << 2) + even2;
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = ((d[1] - d[3]) << 2) + (d[5] - d[3]);
  }
};

// The product, of all a*a, that counts once in every output of a tile (point 1 in both dimensions),
// and the only one that a constant input reaches.
template <class Tile>
inline constexpr int kConstantProduct = Tile::kIn + 1;

}  // namespace hayago::kernels
