// One wrapper per Hopper instruction (sm_90a): transaction barriers, tensor copies, warpgroup
// matrix products (PTX ISA 8.0, "mbarrier", "cp.async.bulk.tensor", "wgmma"). Not part of the
// emulation.
#pragma once
#include <cuda.h>

#include "kernels/cuda/ptx.cuh"

namespace hayago::kernels {
inline namespace HAYAGO_GPU_BACKEND {

// --- transaction barriers in shared memory ------------------------------------------------------
HAYAGO_DEVICE void barrier_init(std::uint64_t* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(arrivals));
}
// Makes initialised barriers visible to the copy engine.
HAYAGO_DEVICE void barrier_init_fence() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}
HAYAGO_DEVICE void barrier_expect_bytes(std::uint64_t* barrier, int bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
      "r"(bytes)
      : "memory");
}
HAYAGO_DEVICE void barrier_arrive(std::uint64_t* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier))
               : "memory");
}
// Returns when the phase with this parity is over.
HAYAGO_DEVICE void barrier_wait(std::uint64_t* barrier, int parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra over;\n"
      "bra again;\n"
      "over:\n"
      "}\n" ::"r"(shared_address(barrier)),
      "r"(parity)
      : "memory");
}

// The 128 threads of warpgroup `id` - 1 meet; id 0 is __syncthreads().
HAYAGO_DEVICE void warpgroup_sync(int id) {
  asm volatile("bar.sync %0, 128;" ::"r"(id) : "memory");
}

// --- tensor copies ------------------------------------------------------------------------------
HAYAGO_DEVICE void prefetch_map(const CUtensorMap* map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}
// A box of a 2-d tensor: c innermost.
HAYAGO_DEVICE void copy_box(void* to, const CUtensorMap* map, int c, int row,
                            std::uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, "
      "{%2, %3}], [%4];" ::"r"(shared_address(to)),
      "l"(map), "r"(c), "r"(row), "r"(shared_address(barrier))
      : "memory");
}
// Consecutive pixels of an (n, h, w, c) tensor from pixel (n, y, x), each moved by (dy, dx); pixels
// outside a board count as 0 (im2col mode).
HAYAGO_DEVICE void copy_pixels(void* to, const CUtensorMap* map, int c, int x, int y, int n, int dx,
                               int dy, std::uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%0], "
      "[%1, {%2, %3, %4, %5}], [%6], {%7, %8};" ::"r"(shared_address(to)),
      "l"(map), "r"(c), "r"(x), "r"(y), "r"(n), "r"(shared_address(barrier)),
      "h"(static_cast<std::uint16_t>(dx)), "h"(static_cast<std::uint16_t>(dy))
      : "memory");
}

// --- warpgroup matrix products ------------------------------------------------------------------
// Describes rows of 128 bytes (64 halves of k) in the 128-byte swizzle, eight rows per 1024 bytes.
HAYAGO_DEVICE std::uint64_t matrix_descriptor(const void* at) {
  constexpr std::uint64_t kSwizzle128 = 1ull << 62, kStride = 1024 >> 4, kLeading = 1;
  return kSwizzle128 | kStride << 32 | kLeading << 16 | ((shared_address(at) & 0x3FFFFu) >> 4);
}
HAYAGO_DEVICE void products_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
HAYAGO_DEVICE void products_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int kPending>
HAYAGO_DEVICE void products_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// d += a * b with a (64, 16) and b (kColumns, 16), both rows of k in shared memory. d: lane l of
// warp i holds rows 16i + l/4 (+8), columns 8j + 2(l%4) + {0, 1} in d[4j + {0, 1}] (+2).
#define HAYAGO_R0 "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15"
#define HAYAGO_R1 ",%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31"
#define HAYAGO_R2 ",%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47"
#define HAYAGO_R3 ",%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63"
#define HAYAGO_R4 ",%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79"
#define HAYAGO_R5 ",%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95"
#define HAYAGO_R6 ",%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111"
#define HAYAGO_R7 ",%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127"
#define HAYAGO_D4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define HAYAGO_D16(i) HAYAGO_D4(i), HAYAGO_D4(i + 4), HAYAGO_D4(i + 8), HAYAGO_D4(i + 12)
#define HAYAGO_D32(i) HAYAGO_D16(i), HAYAGO_D16(i + 16)
#define HAYAGO_PRODUCT(columns, registers, a_at, b_at, ...)                                       \
  template <>                                                                                     \
  HAYAGO_DEVICE void product<columns>(float(&d)[columns / 2], std::uint64_t a, std::uint64_t b) { \
    asm volatile("wgmma.mma_async.sync.aligned.m64n" #columns "k16.f32.f16.f16 {" registers       \
                 "}, %" #a_at ", %" #b_at ", 1, 1, 1, 0, 0;"                                      \
                 : __VA_ARGS__                                                                    \
                 : "l"(a), "l"(b));                                                               \
  }
template <int kColumns>
HAYAGO_DEVICE void product(float (&d)[kColumns / 2], std::uint64_t a, std::uint64_t b);
HAYAGO_PRODUCT(32, HAYAGO_R0, 16, 17, HAYAGO_D16(0))
HAYAGO_PRODUCT(64, HAYAGO_R0 HAYAGO_R1, 32, 33, HAYAGO_D32(0))
HAYAGO_PRODUCT(96, HAYAGO_R0 HAYAGO_R1 HAYAGO_R2, 48, 49, HAYAGO_D32(0), HAYAGO_D16(32))
HAYAGO_PRODUCT(128, HAYAGO_R0 HAYAGO_R1 HAYAGO_R2 HAYAGO_R3, 64, 65, HAYAGO_D32(0), HAYAGO_D32(32))
HAYAGO_PRODUCT(192, HAYAGO_R0 HAYAGO_R1 HAYAGO_R2 HAYAGO_R3 HAYAGO_R4 HAYAGO_R5, 96, 97,
               HAYAGO_D32(0), HAYAGO_D32(32), HAYAGO_D32(64))
HAYAGO_PRODUCT(256, HAYAGO_R0 HAYAGO_R1 HAYAGO_R2 HAYAGO_R3 HAYAGO_R4 HAYAGO_R5 HAYAGO_R6 HAYAGO_R7,
               128, 129, HAYAGO_D32(0), HAYAGO_D32(32), HAYAGO_D32(64), HAYAGO_D32(96))
#undef HAYAGO_PRODUCT
#undef HAYAGO_D32
#undef HAYAGO_D16
#undef HAYAGO_D4
#undef HAYAGO_R7
#undef HAYAGO_R6
#undef HAYAGO_R5
#undef HAYAGO_R4
#undef HAYAGO_R3
#undef HAYAGO_R2
#undef HAYAGO_R1
#undef HAYAGO_R0

// Moves registers between the warpgroups of a block.
template <int kRegisters>
HAYAGO_DEVICE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
HAYAGO_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
