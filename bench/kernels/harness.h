// Registration of kernel benchmarks: one per kernel of a list and shape.
#pragma once
#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "kernels/dispatch.h"
#include "kernels/packed_weights.h"

namespace hayago::bench {

using Floats = kernels::PackedWeights;  // aligned

// Uniform in [-0.5, 0.5), the same in every run.
Floats random_floats(std::size_t count);

// (rows, c) with zero padding channels.
Floats random_rows(std::size_t rows, int c);

// What one call does: counters are derived from the fastest call, because the machine may be busy.
struct Work {
  double macs = 0;  // direct-equivalent multiply-accumulates; shown as GMAC/s and % of the FMA peak
  double bytes = 0;  // read and written, for operations that only move data; shown as GB/s
};

// Times `call` under "<symbol>/<shape>". The peak is that of `isa` (cpu/peak.h).
void time_calls(benchmark::State& state, kernels::Isa isa, const Work& work,
                const std::function<void()>& call);

// Each adds the benchmarks of some operations.
void register_conv();
void register_gemm();
void register_elementwise();
void register_attention();
void register_narrow();

}  // namespace hayago::bench
