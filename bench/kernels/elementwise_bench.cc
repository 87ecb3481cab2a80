// Operations that move data: 19x19 positions of 256 channels.
#include "bench/kernels/harness.h"
#include "kernels/gate/kernel.h"
#include "kernels/gpool/kernel.h"
#include "kernels/normact/kernel.h"
#include "kernels/rmsnorm/kernel.h"

namespace hayago::bench {
namespace {

constexpr int kPixels = 361, kChannels = 256;
constexpr double kTensorBytes = 4.0 * kPixels * kChannels;

template <class Kernel>
using Line = kernels::NamedKernel<Kernel>;
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
const Line<kernels::NormActKernel> kNormActs[] = {
#include "kernels/normact/kernels.inc"
};
const Line<kernels::PoolKernel> kPools[] = {
#include "kernels/gpool/kernels.inc"
};
const Line<kernels::RmsNormKernel> kNorms[] = {
#include "kernels/rmsnorm/kernels.inc"
};
const Line<kernels::GateKernel> kGates[] = {
#include "kernels/gate/kernels.inc"
};
#undef HAYAGO_KERNEL

void run_normact(benchmark::State& state, const Line<kernels::NormActKernel>& line,
                 kernels::Act act) {
  const Floats in = random_rows(kPixels, kChannels), scale = random_rows(1, kChannels);
  Floats out(in.size());
  time_calls(state, line.isa, {0, 2 * kTensorBytes}, [&] {
    line.kernel->normact(in.data(), kPixels, kChannels, scale.data(), scale.data(), act, nullptr,
                         out.data());
  });
}

void run_pool(benchmark::State& state, const Line<kernels::PoolKernel>& line) {
  const Floats in = random_rows(kPixels, kChannels);
  Floats out(3 * kChannels);
  const float area = kPixels;
  time_calls(state, line.isa, {0, kTensorBytes}, [&] {
    line.kernel->gpool(in.data(), 1, kPixels, kChannels, nullptr, &area, out.data());
  });
}

void run_norm(benchmark::State& state, const Line<kernels::RmsNormKernel>& line) {
  const Floats in = random_rows(kPixels, kChannels), gamma = random_rows(1, kChannels);
  Floats out(in.size());
  kernels::RmsNormArgs args;
  args.n = 1;
  args.pixels = kPixels;
  args.c = kChannels;
  args.gamma = gamma.data();
  time_calls(state, line.isa, {0, 2 * kTensorBytes},
             [&] { line.kernel->per_pixel(in.data(), args, out.data()); });
}

void run_gate(benchmark::State& state, const Line<kernels::GateKernel>& line) {
  const Floats a = random_rows(kPixels, kChannels), g = random_rows(kPixels, kChannels);
  Floats out(a.size());
  time_calls(state, line.isa, {0, 3 * kTensorBytes},
             [&] { line.kernel->silu_gate(a.data(), g.data(), kPixels, kChannels, out.data()); });
}

}  // namespace

void register_elementwise() {
  for (const auto& line : kNormActs) {
    if (!isa_usable(line.isa)) continue;
    const std::string name = line.symbol;
    benchmark::RegisterBenchmark((name + "/relu").c_str(), run_normact, line, kernels::Act::kRelu);
    benchmark::RegisterBenchmark((name + "/mish").c_str(), run_normact, line, kernels::Act::kMish);
  }
  for (const auto& line : kPools) {
    if (isa_usable(line.isa)) benchmark::RegisterBenchmark(line.symbol, run_pool, line);
  }
  for (const auto& line : kNorms) {
    if (isa_usable(line.isa)) benchmark::RegisterBenchmark(line.symbol, run_norm, line);
  }
  for (const auto& line : kGates) {
    if (isa_usable(line.isa)) benchmark::RegisterBenchmark(line.symbol, run_gate, line);
  }
}

}  // namespace hayago::bench
