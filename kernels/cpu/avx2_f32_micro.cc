#include "kernels/cpu/avx2.h"
#include "kernels/cpu/micro_body.h"

namespace hayago::kernels {

MicroFn Avx2::micro(int vectors, int rows, bool accumulate) noexcept {
  return accumulate ? find_micro<Avx2, true>(vectors, rows)
                    : find_micro<Avx2, false>(vectors, rows);
}

}  // namespace hayago::kernels
