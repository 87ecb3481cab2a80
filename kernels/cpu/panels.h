// Output channels are worked on in panels of up to `max_vectors` vectors of nearly equal width, and
// packed weights are laid out [panel][tap][c_in][panel width], so that the micro-kernel streams
// them.
#pragma once
#include <cstddef>

#include "kernels/blocking.h"
#include "kernels/cpu/inline.h"
#include "kernels/types.h"

namespace hayago::kernels {

// `total` items in the fewest parts of at most `limit`; sizes differ by one at most.
struct Split {
  int parts, small, larger;  // `larger` parts of small + 1 come first, then parts of `small`

  HAYAGO_INLINE constexpr int begin(int part) const {
    return part * small + (part < larger ? part : larger);
  }
  HAYAGO_INLINE constexpr int size(int part) const { return small + (part < larger ? 1 : 0); }
};

HAYAGO_INLINE constexpr Split split_evenly(int total, int limit) {
  const int parts = (total + limit - 1) / limit;
  return {parts, total / parts, total % parts};
}

// Of padded(c_out) channels, in vectors.
HAYAGO_INLINE constexpr Split split_panels(int c_out, const RegisterTile& tile,
                                           const Blocking& blocking) {
  const int vectors = padded(c_out) / tile.lanes, wanted = blocking.panel_vectors;
  if (wanted > 0 && wanted < tile.max_vectors) return split_evenly(vectors, wanted);
  const bool even = wanted == 0 && tile.even_vectors > 0 && vectors % tile.even_vectors == 0;
  return split_evenly(vectors, even ? tile.even_vectors : tile.max_vectors);
}

HAYAGO_INLINE constexpr std::size_t packed_panel_floats(int taps, int c_in, int c_out) {
  return static_cast<std::size_t>(taps) * c_in * padded(c_out);
}

// Long reductions are cut into nearly equal blocks of at most this many input channels: the block's
// weights (32 KB at 64 columns) stay in L1 while all rows pass by, and rounding errors do not pile
// up.
inline constexpr int kReductionBlock = 128;

// weights: [taps][c_in][c_out] to [panel][taps][c_in][width], output padding written as 0.
void pack_panels(const float* weights, int taps, int c_in, int c_out, int lanes,
                 const Split& panels, float* packed) noexcept;

}  // namespace hayago::kernels
