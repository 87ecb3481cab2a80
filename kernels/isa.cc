#include "kernels/isa.h"

#include <array>
#include <iterator>
#include <utility>

#if HAYAGO_X86
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif HAYAGO_ARM64
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace hayago::kernels {
namespace {

constexpr std::array<std::pair<Isa, std::string_view>, std::size(kAllIsas)> kNames = {{
    {Isa::kRef, "ref"},
    {Isa::kSse2, "sse2"},
    {Isa::kAvx2, "avx2"},
    {Isa::kAvxVnni, "avxvnni"},
    {Isa::kAvx512, "avx512"},
    {Isa::kAvx512Vnni, "avx512vnni"},
    {Isa::kAvx512Bf16, "avx512bf16"},
    {Isa::kAmx, "amx"},
    {Isa::kNeon, "neon"},
    {Isa::kNeonDot, "neondot"},
    {Isa::kNeonFp16, "neonfp16"},
}};

#if HAYAGO_X86
// What the builtin does not know. The registers of these instructions are those of AVX2 and AVX-512
// (whose use by the operating system the builtin checks), but for AMX.
struct Leaf7 {
  unsigned ecx = 0, edx = 0, eax1 = 0;  // cpuid leaf 7, subleaves 0 and 1
  Leaf7() {
    unsigned eax = 0, ebx = 0, rest = 0;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || eax < 1) return;
    __get_cpuid_count(7, 1, &eax1, &ebx, &rest, &rest);
  }
  bool avx512_vnni() const { return (ecx >> 11 & 1) != 0; }
  bool avx_vnni() const { return (eax1 >> 4 & 1) != 0; }
  bool avx512_bf16() const { return (eax1 >> 5 & 1) != 0; }
  bool amx() const { return (edx >> 22 & edx >> 24 & edx >> 25 & 1) != 0; }  // bf16, tile, int8
};

const Leaf7& leaf7() {
  static const Leaf7 leaf;
  return leaf;
}

// Linux hands out the tile registers on request, once for all threads of the process.
bool tiles_permitted() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE
  static const bool permitted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return permitted;
}

// The builtin asks cpuid and, through XGETBV, whether the operating system saves the registers.
bool processor_has(Isa isa) {
  switch (isa) {
    case Isa::kSse2:
      return __builtin_cpu_supports("sse2");
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvxVnni:
      return processor_has(Isa::kAvx2) && leaf7().avx_vnni();
    case Isa::kAvx512:
      return processor_has(Isa::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    case Isa::kAvx512Vnni:
      return processor_has(Isa::kAvx512) && leaf7().avx512_vnni();
    case Isa::kAvx512Bf16:
      return processor_has(Isa::kAvx512Vnni) && leaf7().avx512_bf16();
    case Isa::kAmx:
      return processor_has(Isa::kAvx512Bf16) && leaf7().amx() && tiles_permitted();
    default:
      return false;
  }
}
#elif HAYAGO_ARM64
// Advanced SIMD is part of every 64-bit Arm processor that runs Linux: nothing to ask.
bool processor_has(Isa isa) {
  if (isa == Isa::kNeonDot) return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  if (isa == Isa::kNeonFp16) return (getauxval(AT_HWCAP) & HWCAP_ASIMDHP) != 0;
  return isa == Isa::kNeon;
}
#else
bool processor_has(Isa) { return false; }
#endif

}  // namespace

std::string_view isa_name(Isa isa) {
  for (const auto& [value, name] : kNames) {
    if (value == isa) return name;
  }
  return "unknown";
}

std::optional<Isa> parse_isa(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool isa_usable(Isa isa) { return isa == Isa::kRef || processor_has(isa); }

Isa best_isa() {
  Isa best = Isa::kRef;
  for (const Isa isa : kAllIsas) {
    if (isa_usable(isa)) best = isa;
  }
  return best;
}

Isa float_isa(Isa limit) {
  Isa best = Isa::kRef;
  for (const Isa isa : {Isa::kSse2, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
    if (isa <= limit && isa_usable(isa)) best = isa;
  }
  return best;
}

}  // namespace hayago::kernels
