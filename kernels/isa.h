// Instruction sets: what this processor can run and what the caller allows.
#pragma once
#include <optional>
#include <string_view>

namespace hayago::kernels {

// kRef is the plain double-precision oracle, available everywhere. The others are ordered from
// slowest to fastest within a processor family.
enum class Isa { kRef, kSse2, kAvx2, kAvx512, kNeon };

// "ref", "sse2", "avx2", "avx512", "neon".
std::string_view isa_name(Isa isa);
std::optional<Isa> parse_isa(std::string_view name);

// True if kernels of this ISA are compiled in and the processor and operating system can run them.
bool isa_usable(Isa isa);

// The fastest usable ISA.
Isa best_isa();

}  // namespace hayago::kernels
