// Functions of ISA files are inlined everywhere: an out-of-line copy of a shared helper, compiled
// with one ISA's flags, could be the one the linker keeps for the whole program.
#pragma once
#define HAYAGO_INLINE [[gnu::always_inline]] inline
