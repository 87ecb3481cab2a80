// Every matrix product kernel of the list against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/gemm/kernel.h"
#include "tests/kernels/epilogue_case.h"

namespace hayago::test {
namespace {

using kernels::GemmKernel;
using kernels::padded;

const NamedKernel<GemmKernel> kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/gemm/kernels.inc"
#undef HAYAGO_KERNEL
};

Guarded pack(const GemmKernel& kernel, int c_in, int c_out, const Guarded& weights) {
  Guarded packed(kernel.packed_size({c_in, c_out}));
  kernel.pack({c_in, c_out}, weights.data(), packed.data());
  CHECK(packed.intact());
  return packed;
}

void check_size(int n, int pixels, int c_in, int c_out, Rng& rng) {
  INFO(n << " x " << pixels << " rows, " << c_in << " to " << c_out << " channels");
  const std::size_t rows = static_cast<std::size_t>(n) * pixels;
  const Guarded in = random_rows(rng, rows, c_in);
  const Guarded weights = random_values(rng, static_cast<std::size_t>(c_in) * c_out);
  const EpilogueCase test(rng, n, pixels, c_out, random_mask(rng, n, 1, pixels));
  const std::size_t outputs = rows * padded(c_out);
  Guarded exact_raw(outputs), exact_act(outputs);
  kernels::gemm_f32_ref.run({c_in, c_out}, weights.data(), in.data(), static_cast<int>(rows),
                            pixels, test.bind(exact_raw, exact_act), {});
  // gemm.h
  const double tolerance = 4e-6 * std::sqrt(static_cast<double>(c_in)) * rms(in, rows * c_in) *
                           rms(weights, weights.size());
  for (const auto& [symbol, isa, kernel] : kKernels) {
    if (!isa_usable(isa)) continue;
    INFO(symbol);
    const Guarded packed = pack(*kernel, c_in, c_out, weights);
    Guarded raw(outputs, NAN), act(outputs, NAN);
    kernel->run({c_in, c_out}, packed.data(), in.data(), static_cast<int>(rows), pixels,
                test.bind(raw, act), {});
    check_outputs(test, exact_raw, exact_act, raw, act, tolerance);
  }
}

TEST_CASE("matrix products agree with ref at random shapes", "[kernels]") {
  Rng rng(4);
  for (int i = 0; i < 150; ++i) {
    const bool linear = coin(rng);  // one row per position
    check_size(random_int(rng, 1, linear ? 40 : 5), linear ? 1 : random_int(rng, 1, 100),
               random_int(rng, 1, 300), random_int(rng, 1, 100), rng);
  }
}

TEST_CASE("a row's product does not depend on the other rows", "[kernels]") {
  Rng rng(5);
  for (int i = 0; i < 40; ++i) {
    const int rows = random_int(rng, 2, 130), c_in = random_int(rng, 1, 300),
              c_out = random_int(rng, 1, 100);
    const Guarded in = random_rows(rng, rows, c_in);
    const Guarded weights = random_values(rng, static_cast<std::size_t>(c_in) * c_out);
    const std::size_t stride = padded(c_out);
    for (const auto& [symbol, isa, kernel] : kKernels) {
      if (!isa_usable(isa)) continue;
      INFO(symbol << ", " << rows << " rows, " << c_in << " to " << c_out);
      const Guarded packed = pack(*kernel, c_in, c_out, weights);
      Guarded together(rows * stride), alone(stride);
      kernels::Epilogue e;
      e.act = kernels::Act::kSilu;
      e.act_out = together.data();
      kernel->run({c_in, c_out}, packed.data(), in.data(), rows, 1, e, {});
      e.act_out = alone.data();
      for (const int row : {0, rows / 2, rows - 1}) {
        kernel->run({c_in, c_out}, packed.data(), in.data() + row * padded(c_in), 1, 1, e, {});
        CHECK(same_bits(alone.data(), together.data() + row * stride, stride));
      }
    }
  }
}

TEST_CASE("how a product is cut does not change a bit", "[kernels]") {
  Rng rng(6);
  for (int i = 0; i < 20; ++i) {
    const int rows = random_int(rng, 1, 130), c_in = random_int(rng, 1, 300),
              c_out = random_int(rng, 1, 200);
    const Guarded in = random_rows(rng, rows, c_in);
    const Guarded weights = random_values(rng, static_cast<std::size_t>(c_in) * c_out);
    const std::size_t outputs = static_cast<std::size_t>(rows) * padded(c_out);
    for (const auto& [symbol, isa, kernel] : kKernels) {
      if (!isa_usable(isa)) continue;
      Guarded usual(outputs), cut(outputs);
      kernels::Epilogue e;
      for (int panel_vectors = 0; panel_vectors <= kernel->tile.max_vectors; ++panel_vectors) {
        const kernels::GemmShape shape = {c_in, c_out, {panel_vectors, 0}};
        Guarded packed(kernel->packed_size(shape));
        kernel->pack(shape, weights.data(), packed.data());
        e.raw_out = panel_vectors == 0 ? usual.data() : cut.data();
        kernel->run(shape, packed.data(), in.data(), rows, 1, e, {});
        if (panel_vectors == 0) continue;
        INFO(symbol << ", panels of " << panel_vectors << " vectors");
        CHECK(same_bits(usual.data(), cut.data(), outputs));
      }
    }
  }
}

TEST_CASE("make_gemm multiplies", "[kernels]") {
  // 2 rows (1, 2) and (3, 4) times ((1, 10), (100, 1000)).
  const Guarded weights = [] {
    Guarded w(4);
    w[0] = 1, w[1] = 10, w[2] = 100, w[3] = 1000;
    return w;
  }();
  Guarded in(2 * 16), out(2 * 16, NAN);
  in[0] = 1, in[1] = 2, in[16] = 3, in[17] = 4;
  kernels::Epilogue e;
  e.raw_out = out.data();
  for (const kernels::Isa isa : {kernels::Isa::kRef, kernels::best_isa()}) {
    make_gemm(isa, 2, 2, weights.data())->run(in.data(), 2, 1, e);
    CHECK(out[0] == 201);
    CHECK(out[1] == 2010);
    CHECK(out[16] == 403);
    CHECK(out[17] == 4030);
    CHECK(padding_is_zero(out, 2));
  }
}

}  // namespace
}  // namespace hayago::test
