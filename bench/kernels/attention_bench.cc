#include "bench/kernels/harness.h"
#include "kernels/attention/kernel.h"
#include "kernels/narrow_attention/kernel.h"

namespace hayago::bench {
namespace {

using Line = kernels::NamedKernel<kernels::AttentionKernel>;
const Line kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_KERNEL
};

const kernels::NamedKernel<kernels::NarrowAttentionKernel> kNarrowLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL
};

constexpr int kPixels = 361;

using ScratchBytes = std::size_t (*)(const kernels::AttentionArgs& args);

void run_attention(benchmark::State& state, kernels::Isa isa, kernels::AttentionFn attention,
                   ScratchBytes scratch_bytes, int heads, int dim) {
  kernels::AttentionArgs args;
  args.n = 1;
  args.pixels = kPixels;
  args.heads = args.kv_heads = heads;
  args.q_dim = args.v_dim = dim;
  const Floats q = random_rows(kPixels, heads * dim), k = random_rows(kPixels, heads * dim),
               v = random_rows(kPixels, heads * dim);
  Floats out(q.size()), scratch(scratch_bytes(args) / sizeof(float));
  Work work;
  work.macs = 2.0 * kPixels * kPixels * heads * dim;
  time_calls(state, isa, work,
             [&] { attention(q.data(), k.data(), v.data(), args, out.data(), scratch.data()); });
}

void run_rope(benchmark::State& state, const Line& line, int heads, int dim) {
  Floats x = random_rows(kPixels, heads * dim);
  const std::size_t entries = static_cast<std::size_t>(kPixels) * heads * (dim / 2);
  const Floats cosine(entries, 0.8f), sine(entries, 0.6f);
  const kernels::RopeArgs args = {1, kPixels, heads, heads, dim, cosine.data(), sine.data()};
  Work work;
  work.bytes = 4.0 * (2.0 * static_cast<double>(x.size()) + 2.0 * static_cast<double>(entries));
  time_calls(state, line.isa, work, [&] { line.kernel->rope(x.data(), args); });
}

void register_shapes(const std::string& name, kernels::Isa isa, kernels::AttentionFn attention,
                     ScratchBytes scratch_bytes) {
  const auto add = [&](const char* net, int heads, int dim) {
    benchmark::RegisterBenchmark((name + net).c_str(), run_attention, isa, attention, scratch_bytes,
                                 heads, dim);
  };
  add("/b7c96h3", 3, 32);
  add("/b21c384h12", 12, 32);
  add("/b11c768h12", 12, 64);
}

}  // namespace

void register_attention() {
  for (const Line& line : kLines) {
    if (!isa_usable(line.isa)) continue;
    const std::string name = line.symbol;
    register_shapes(name, line.isa, line.kernel->attention, kernels::attention_scratch_bytes);
    benchmark::RegisterBenchmark((name + "/rope_b21c384h12").c_str(), run_rope, line, 12, 32);
  }
  for (const auto& [symbol, isa, kernel] : kNarrowLines) {
    if (!isa_usable(isa)) continue;
    register_shapes(symbol, isa, kernel->attention, kernels::narrow_attention_scratch_bytes);
  }
}

}  // namespace hayago::bench
