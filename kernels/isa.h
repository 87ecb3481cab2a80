// Instruction sets: what this processor can run and what the caller allows.
#pragma once
#include <optional>
#include <string_view>

namespace hayago::kernels {

// kRef is the plain double-precision oracle, available everywhere. The others are ordered from
// slowest to fastest within a processor family. Those with a longer name add instructions for
// narrow types (kernels/narrow) to the one that they are named after; kAmx needs everything before
// it but the AVX-VNNI of processors without AVX-512. kNeonFp16 does not need kNeonDot, but where a
// processor has both, a limit of kNeonFp16 allows both.
enum class Isa {
  kRef,
  kSse2,
  kAvx2,
  kAvxVnni,
  kAvx512,
  kAvx512Vnni,
  kAvx512Bf16,
  kAmx,
  kNeon,
  kNeonDot,
  kNeonFp16
};
inline constexpr Isa kAllIsas[] = {Isa::kRef,    Isa::kSse2,       Isa::kAvx2,       Isa::kAvxVnni,
                                   Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAvx512Bf16, Isa::kAmx,
                                   Isa::kNeon,   Isa::kNeonDot,    Isa::kNeonFp16};

// "ref", "sse2", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "amx", "neon", "neondot",
// "neonfp16".
std::string_view isa_name(Isa isa);
std::optional<Isa> parse_isa(std::string_view name);

// True if kernels of this ISA are compiled in and the processor and operating system can run them.
bool isa_usable(Isa isa);

// The fastest usable ISA.
Isa best_isa();

// The ISA whose float kernels run under the limit: "avx512" for "amx".
Isa float_isa(Isa limit);

}  // namespace hayago::kernels
