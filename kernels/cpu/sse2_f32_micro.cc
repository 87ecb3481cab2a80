#include "kernels/cpu/micro_body.h"
#include "kernels/cpu/sse2.h"

namespace hayago::kernels {

MicroFn Sse2::micro(int vectors, int rows, bool accumulate) noexcept {
  return accumulate ? find_micro<Sse2, true>(vectors, rows)
                    : find_micro<Sse2, false>(vectors, rows);
}

}  // namespace hayago::kernels
