#include "bench/kernels/harness.h"
#include "kernels/gemm/kernel.h"

namespace hayago::bench {
namespace {

using Line = kernels::NamedKernel<kernels::GemmKernel>;
const Line kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL
};

struct Case {
  const char* net;
  int rows, c_in, c_out;
};
constexpr Case kCases[] = {
    {"b6c96_policy", 361, 96, 32},    {"b6c96_pool_bias", 1, 96, 96},
    {"b18c384nbt_in", 361, 384, 192}, {"b18c384nbt_out", 361, 192, 384},
    {"b11c768_qkv", 361, 768, 768},   {"b11c768_ffn", 361, 768, 2048},
};

void run(benchmark::State& state, const Line& line, const Case& test) {
  const Floats in = random_rows(static_cast<std::size_t>(test.rows), test.c_in);
  const Floats weights = random_floats(static_cast<std::size_t>(test.c_in) * test.c_out);
  Floats packed(line.kernel->packed_size({test.c_in, test.c_out}));
  line.kernel->pack({test.c_in, test.c_out}, weights.data(), packed.data());
  Floats out(static_cast<std::size_t>(test.rows) * kernels::padded(test.c_out));
  kernels::Epilogue epilogue;
  epilogue.raw_out = out.data();
  Work work;
  work.macs = static_cast<double>(test.rows) * static_cast<double>(weights.size());
  time_calls(state, line.isa, work, [&] {
    line.kernel->run({test.c_in, test.c_out}, packed.data(), in.data(), test.rows, test.rows,
                     epilogue, {});
  });
}

}  // namespace

void register_gemm() {
  for (const Line& line : kLines) {
    for (const Case& test : kCases) {
      if (!isa_usable(line.isa)) continue;
      const std::string name = std::string(line.symbol) + "/" + test.net;
      benchmark::RegisterBenchmark(name.c_str(), run, line, test);
    }
  }
}

}  // namespace hayago::bench
