// Weights of narrow products: [panel of outputs][ky][group][output of the panel][group's bytes], a
// group being a few bytes of the run under one kernel row: 4 channels of bytes, 2 of bfloat16,
// whose products instructions add up, or a single one of kF16. Padding, in both directions, is 0.
#pragma once
#include "kernels/cpu/inline.h"
#include "kernels/narrow/narrow.h"

namespace hayago::kernels {

struct NarrowPacking {
  int panel;        // outputs
  int group_align;  // groups of a run are rounded up to a multiple of this

  HAYAGO_INLINE static int group_bytes(NarrowType type) { return type == NarrowType::kF16 ? 2 : 4; }
  HAYAGO_INLINE int groups(const NarrowShape& s) const {
    const int run = s.k * NarrowLayout{s.type, s.c_in, 1, 1}.pixel_bytes() / group_bytes(s.type);
    return (run + group_align - 1) / group_align * group_align;
  }
  // Padding channels are computed, too: as zeros.
  HAYAGO_INLINE int panels(const NarrowShape& s) const {
    return (padded(s.c_out) + panel - 1) / panel;
  }
  // One panel's weights.
  HAYAGO_INLINE std::size_t panel_bytes(const NarrowShape& s) const {
    return static_cast<std::size_t>(s.k) * groups(s) * panel * group_bytes(s.type);
  }
};

// weights: elements of 1 (kU8) or 2 bytes in file order.
void pack_narrow(const NarrowShape& shape, const NarrowPacking& packing, const void* weights,
                 void* packed);

}  // namespace hayago::kernels
