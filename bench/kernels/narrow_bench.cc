#include <cstring>
#include <vector>

#include "bench/kernels/harness.h"
#include "kernels/narrow/kernel.h"

namespace hayago::bench {
namespace {

using kernels::NarrowLayout;
using kernels::NarrowShape;

using Line = kernels::NamedKernel<kernels::NarrowKernel>;
const Line kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL
};

struct Case {
  const char* net;
  int k, c_in, c_out;
};
constexpr Case kCases[] = {
    {"b6c96", 3, 96, 96},
    {"b10c128", 3, 128, 128},
    {"b18c384nbt", 3, 192, 192},
    {"b20c256", 3, 256, 256},
    {"b28c512nbt", 3, 256, 256},
    {"b18c384nbt_in", 1, 384, 192},
    {"b18c384nbt_out", 1, 192, 384},
    {"b11c768_ffn", 1, 768, 2048},
};

Floats bytes(std::size_t count, int value) {
  Floats floats((count + sizeof(float) - 1) / sizeof(float));
  std::memset(floats.data(), value, floats.size() * sizeof(float));
  return floats;
}

// One 19x19 position; with `fused`, mish, a residual, a float and a narrow output as in a residual
// block, otherwise the bare sums.
void run(benchmark::State& state, const Line& line, const Case& test, bool fused) {
  const NarrowShape shape = {line.kernel->type, test.k, test.c_in, test.c_out};
  const NarrowLayout in{shape.type, test.c_in, 19, 19}, out{shape.type, test.c_out, 19, 19};
  const auto weight_count = static_cast<std::size_t>(test.k) * test.k * test.c_in * test.c_out;
  const std::size_t products =
      line.kernel->winograd != nullptr ? line.kernel->winograd->products() : 1;
  // Of two bytes, or of the bytes of all products, 36 at most.
  const Floats input = bytes(in.bytes(1), 1), weights = bytes(4 * weight_count, 1);
  Floats packed = bytes(line.kernel->packed_bytes(shape), 0), narrow = bytes(out.bytes(1), 0);
  line.kernel->pack(shape, weights.data(), packed.data());
  const std::vector<std::int32_t> correction(products * test.c_out);
  const Floats ones(products * test.c_out, 1e-3f);
  const std::vector<std::int16_t> factors(products, 4000), zeros(products, 128);
  Floats scratch = bytes(line.kernel->scratch_bytes(shape, 1), 0);
  const std::size_t outputs = static_cast<std::size_t>(361) * test.c_out;
  const Floats residual = random_floats(outputs);
  Floats raw(outputs);
  kernels::NarrowRun call = {input.data(),
                             packed.data(),
                             correction.data(),
                             ones.data(),
                             1,
                             19,
                             19,
                             {},
                             {},
                             {factors.data(), zeros.data(), 1},
                             scratch.data()};
  kernels::Epilogue epilogue;
  epilogue.raw_out = raw.data();
  if (fused) {
    epilogue.residual = residual.data();
    epilogue.scale = epilogue.shift = ones.data();
    epilogue.act = kernels::Act::kMish;
    call.narrow_out = {narrow.data(), shape.type, {0.05f, 8}};
  }
  Work work;
  work.macs = 361.0 * static_cast<double>(weight_count);
  time_calls(state, line.isa, work, [&] { line.kernel->run(shape, call, epilogue); });
}

}  // namespace

void register_narrow() {
  for (const Line& line : kLines) {
    if (!isa_usable(line.isa)) continue;
    for (const Case& test : kCases) {
      if (line.kernel->winograd != nullptr && test.k != 3) continue;
      for (const bool fused : {false, true}) {
        const std::string name =
            std::string(line.symbol) + "/" + test.net + (fused ? "/fused" : "");
        benchmark::RegisterBenchmark(name.c_str(), run, line, test, fused);
      }
    }
  }
}

}  // namespace hayago::bench
