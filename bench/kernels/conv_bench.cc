#include "bench/kernels/harness.h"
#include "kernels/conv/kernel.h"

namespace hayago::bench {
namespace {

using kernels::ConvShape;

using Line = kernels::NamedKernel<kernels::ConvKernel>;
const Line kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_KERNEL
};

struct Case {
  const char* net;
  ConvShape shape;
  int n, edge;
};
constexpr Case kCases[] = {
    {"b6c96", {3, 3, 96, 96}, 1, 19},        {"b6c96", {3, 3, 96, 96}, 4, 19},
    {"b6c96", {3, 3, 96, 96}, 1, 9},         {"b6c96_stem", {5, 5, 22, 96}, 1, 19},
    {"b10c128", {3, 3, 128, 128}, 1, 19},    {"b18c384nbt", {3, 3, 192, 192}, 1, 19},
    {"b18c384nbt", {3, 3, 192, 192}, 4, 19}, {"b20c256", {3, 3, 256, 256}, 1, 19},
};

// Second convolution of an ordinary block: residual added, trunk stored, next activation applied.
void run(benchmark::State& state, const Line& line, const Case& test) {
  const ConvShape& s = test.shape;
  const std::size_t rows = static_cast<std::size_t>(test.n) * test.edge * test.edge;
  const Floats in = random_rows(rows, s.c_in), residual = random_rows(rows, s.c_out);
  const Floats weights = random_floats(static_cast<std::size_t>(s.ky) * s.kx * s.c_in * s.c_out);
  Floats packed(line.kernel->packed_size(s));
  line.kernel->pack(s, weights.data(), packed.data());
  Floats scratch(line.kernel->scratch_bytes(s, test.n, test.edge, test.edge, 1) / sizeof(float) +
                 1);
  Floats raw(residual.size()), act(residual.size());
  const Floats scale = random_rows(1, s.c_out), shift = random_rows(1, s.c_out);
  kernels::Epilogue epilogue;
  epilogue.residual = residual.data();
  epilogue.raw_out = raw.data();
  epilogue.scale = scale.data();
  epilogue.shift = shift.data();
  epilogue.act = kernels::Act::kMish;
  epilogue.act_out = act.data();
  Work work;
  work.macs = static_cast<double>(rows) * static_cast<double>(weights.size());
  time_calls(state, line.isa, work, [&] {
    line.kernel->run(s, packed.data(), in.data(), test.n, test.edge, test.edge, epilogue,
                     scratch.data(), {});
  });
}

}  // namespace

void register_conv() {
  for (const Line& line : kLines) {
    for (const Case& test : kCases) {
      if (!isa_usable(line.isa) || !line.kernel->supports(test.shape)) continue;
      const std::string name = std::string(line.symbol) + "/" + test.net + "/n" +
                               std::to_string(test.n) + "/" + std::to_string(test.edge) + "x" +
                               std::to_string(test.edge);
      benchmark::RegisterBenchmark(name.c_str(), run, line, test);
    }
  }
}

}  // namespace hayago::bench
