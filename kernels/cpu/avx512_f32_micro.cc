#include "kernels/cpu/avx512.h"
#include "kernels/cpu/micro_body.h"

namespace hayago::kernels {

MicroFn Avx512::micro(int vectors, int rows, bool accumulate) noexcept {
  return accumulate ? find_micro<Avx512, true>(vectors, rows)
                    : find_micro<Avx512, false>(vectors, rows);
}

}  // namespace hayago::kernels
