// Several threads at one call of a kernel: a call is cut into parts, which any threads may do in
// any order, and some into phases, each of which begins when all parts of the one before have
// ended.
#pragma once
#include <cstdint>

#include "kernels/cpu/inline.h"

namespace hayago::kernels {

struct Share {
  int part = 0, parts = 1;  // 0 <= part < parts
  int phase = 0;

  HAYAGO_INLINE bool is_first() const { return part == 0; }
  // This part of `total` items: [begin, end).
  HAYAGO_INLINE int begin(int total) const { return bound(total, part); }
  HAYAGO_INLINE int end(int total) const { return bound(total, part + 1); }

 private:
  HAYAGO_INLINE int bound(int total, int at) const {
    return static_cast<int>(static_cast<std::int64_t>(total) * at / parts);
  }
};

}  // namespace hayago::kernels
