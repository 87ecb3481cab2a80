// Where narrow activations lie: "bordered" pixels.
//
// A position is h rows of w + 1 pixels, the last one of each being empty, with one empty row above
// and one below and one empty pixel in front. The neighbours of every pixel in every direction
// exist, and the three pixels under one row of a 3x3 kernel are adjacent bytes: a convolution is a
// sum over ky of matrix products whose rows are runs of kx * pixel_bytes bytes, without gathering.
// Empty pixels hold what stands for the number 0 (QuantizedAs::zero, or a 16-bit float 0), and so
// do padding channels. Whoever writes a tensor writes its border, too.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/types.h"

namespace hayago::kernels {

// kU8: bytes, x = scale * (q - zero). kBf16: the upper half of a float, rounded to nearest even.
// kF16: IEEE binary16 ("half"), rounded to nearest even, within +-kLargestF16.
enum class NarrowType { kU8, kBf16, kF16 };

// What is larger, infinity included, is stored as this: a product with an infinite half would be
// infinite or, times 0, NaN. NaN stays NaN.
inline constexpr float kLargestF16 = 65504;

struct NarrowLayout {
  NarrowType type = NarrowType::kU8;
  int channels = 0, h = 0, w = 0;

  // Matrix instructions read whole tiles of rows and of bytes; what they read too much is never
  // used, but a product with a zero weight needs a number there.
  static constexpr int kSpareRows = 32;
  static constexpr int kTailBytes = 64;  // empty, behind the last pixel of every position

  constexpr int element_bytes() const { return type == NarrowType::kU8 ? 1 : 2; }
  // Multiples of 32.
  constexpr int pixel_bytes() const { return (channels * element_bytes() + 31) / 32 * 32; }
  constexpr int row_pixels() const { return w + 1; }
  constexpr int pixels() const { return (h + 2) * row_pixels() + 1; }
  // Index of a pixel within its position, y and x from -1 on.
  constexpr int pixel(int y, int x) const { return (y + 1) * row_pixels() + x + 1; }
  constexpr std::size_t position_bytes() const {
    const auto bytes = static_cast<std::size_t>(pixels()) * pixel_bytes() + kTailBytes;
    return (bytes + kByteAlign - 1) / kByteAlign * kByteAlign;
  }
  constexpr std::size_t bytes(int n) const {
    return n * position_bytes() + static_cast<std::size_t>(kSpareRows) * pixel_bytes();
  }
};

}  // namespace hayago::kernels
