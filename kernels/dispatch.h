// How a kernels.inc list becomes declarations, a table and a choice.
//
// A line is HAYAGO_KERNEL(isa, type, symbol, exact|close), best first. Its symbol is a constant of
// the operation's kernel struct (function pointers), defined in the file
// <isa>_<type>[_<algorithm>].cc. HAYAGO_ON_<isa>(x) is x where that ISA is compiled in and nothing
// elsewhere. Lines of GPUs (kernels/cuda/targets.h) are nothing unless the file that walks over the
// list defines HAYAGO_CUDA_KERNEL anew.
#pragma once
#include <cstddef>

#include "kernels/isa.h"

#if HAYAGO_X86
#define HAYAGO_ON_X86(...) __VA_ARGS__
#else
#define HAYAGO_ON_X86(...)
#endif
#if HAYAGO_ARM64
#define HAYAGO_ON_ARM64(...) __VA_ARGS__
#else
#define HAYAGO_ON_ARM64(...)
#endif
#define HAYAGO_ON_ref(...) __VA_ARGS__
#define HAYAGO_ON_sse2(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_avx2(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_avx512(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_neon(...) HAYAGO_ON_ARM64(__VA_ARGS__)
#define HAYAGO_ON_avxvnni(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_avx512vnni(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_avx512bf16(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_amx(...) HAYAGO_ON_X86(__VA_ARGS__)
#define HAYAGO_ON_neondot(...) HAYAGO_ON_ARM64(__VA_ARGS__)
#define HAYAGO_ON_neonfp16(...) HAYAGO_ON_ARM64(__VA_ARGS__)

namespace hayago::kernels {

inline constexpr Isa kIsa_ref = Isa::kRef;
inline constexpr Isa kIsa_sse2 = Isa::kSse2;
inline constexpr Isa kIsa_avx2 = Isa::kAvx2;
inline constexpr Isa kIsa_avx512 = Isa::kAvx512;
inline constexpr Isa kIsa_neon = Isa::kNeon;
inline constexpr Isa kIsa_avxvnni = Isa::kAvxVnni;
inline constexpr Isa kIsa_avx512vnni = Isa::kAvx512Vnni;
inline constexpr Isa kIsa_avx512bf16 = Isa::kAvx512Bf16;
inline constexpr Isa kIsa_amx = Isa::kAmx;
inline constexpr Isa kIsa_neondot = Isa::kNeonDot;
inline constexpr Isa kIsa_neonfp16 = Isa::kNeonFp16;

template <class Kernel>
struct KernelLine {
  Isa isa;
  const Kernel* kernel;
};

// A line for those who walk over all of them: tests and benchmarks.
template <class Kernel>
struct NamedKernel {
  const char* symbol;
  Isa isa;
  const Kernel* kernel;
};

// The first line that the processor can run and that is not above `limit`. Every list ends with
// ref, so there always is one.
template <class Kernel, std::size_t N>
const Kernel& pick_kernel(const KernelLine<Kernel> (&lines)[N], Isa limit) {
  for (const auto& line : lines) {
    if (line.isa <= limit && isa_usable(line.isa)) return *line.kernel;
  }
  return *lines[N - 1].kernel;
}

}  // namespace hayago::kernels

#define HAYAGO_CUDA_KERNEL(target, type, symbol, how)
// Inside the operation's kernel.h: declares all symbols of the list that follows.
#define HAYAGO_DECLARE_KERNEL(Kernel, isa, symbol) HAYAGO_ON_##isa(extern const Kernel symbol;)
// Inside dispatch.cc: one element of the table.
#define HAYAGO_KERNEL_LINE(isa, symbol) HAYAGO_ON_##isa({kIsa_##isa, &symbol}, )
// The same for an array of NamedKernel in any namespace.
#define HAYAGO_NAMED_KERNEL(isa, symbol) \
  HAYAGO_ON_##isa({#symbol, ::hayago::kernels::kIsa_##isa, &::hayago::kernels::symbol}, )
