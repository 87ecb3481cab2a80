#include "kernels/cpu/micro_body.h"
#include "kernels/cpu/neon.h"

namespace hayago::kernels {

MicroFn Neon::micro(int vectors, int rows, bool accumulate) noexcept {
  return accumulate ? find_micro<Neon, true>(vectors, rows)
                    : find_micro<Neon, false>(vectors, rows);
}

}  // namespace hayago::kernels
