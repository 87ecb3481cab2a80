#include "kernels/isa.h"

#include <array>
#include <utility>

namespace hayago::kernels {
namespace {

constexpr std::array<std::pair<Isa, std::string_view>, 5> kNames = {{{Isa::kRef, "ref"},
                                                                     {Isa::kSse2, "sse2"},
                                                                     {Isa::kAvx2, "avx2"},
                                                                     {Isa::kAvx512, "avx512"},
                                                                     {Isa::kNeon, "neon"}}};

#if HAYAGO_X86
// The builtin asks cpuid and, through XGETBV, whether the operating system saves the registers.
bool processor_has(Isa isa) {
  switch (isa) {
    case Isa::kSse2:
      return __builtin_cpu_supports("sse2");
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return processor_has(Isa::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    default:
      return false;
  }
}
#elif HAYAGO_ARM64
// Advanced SIMD is part of every 64-bit Arm processor that runs Linux: nothing to ask.
bool processor_has(Isa isa) { return isa == Isa::kNeon; }
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
  for (const Isa isa : {Isa::kNeon, Isa::kAvx512, Isa::kAvx2, Isa::kSse2}) {
    if (isa_usable(isa)) return isa;
  }
  return Isa::kRef;
}

}  // namespace hayago::kernels
