// Halves at the ends of their range, and what adding them up costs.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/cuda/half_bits.h"
#include "tests/kernels/narrow_case.h"

namespace hayago::test {
namespace {

TEST_CASE("floats beyond the range of halves become the largest ones", "[kernels]") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(kernels::float_to_f16(65504.0f) == 0x7bff);
  CHECK(kernels::float_to_f16(1e6f) == 0x7bff);
  CHECK(kernels::float_to_f16(infinity) == 0x7bff);
  CHECK(kernels::float_to_f16(-infinity) == 0xfbff);
  CHECK(std::isnan(kernels::half_to_float(kernels::float_to_f16(NAN))));
  CHECK(kernels::float_to_f16(-1.0f) == 0xbc00);
}

// One product of one pixel: in * weight.
float half_product(kernels::Isa isa, float in, float weight) {
  const NarrowLayout layout{NarrowType::kF16, 1, 1, 1};
  Guarded values(16), out(16, 0.0f);
  values[0] = in;
  Guarded tensor(layout.bytes(1) / sizeof(float));
  kernels::pick_to_narrow(isa)(values.data(), 1, layout, {}, tensor.data());
  kernels::Epilogue epilogue;
  epilogue.raw_out = out.data();
  make_narrow_conv_float(isa, {NarrowType::kF16, 1, 1, 1}, {&weight, 1})
      ->run(tensor.data(), 1, 1, 1, epilogue, {});
  return out[0];
}

TEST_CASE("products of halves keep NaN and overflow to infinity", "[kernels]") {
  std::vector<kernels::Isa> isas = kernels::narrow_isas(kernels::best_isa(), NarrowType::kF16);
  for (const kernels::Isa isa : isas) {
    CHECK(half_product(isa, 65504, 2) == std::numeric_limits<float>::infinity());
  }
  isas.push_back(kernels::Isa::kRef);
  for (const kernels::Isa isa : isas) {
    INFO(kernels::isa_name(isa));
    CHECK(half_product(isa, 3, -0.5f) == -1.5f);
    CHECK(half_product(isa, 1e9f, 1) == 65504);
    CHECK(half_product(isa, 0.25f, -1e9f) == -16376);
    CHECK(std::isnan(half_product(isa, NAN, 1)));
    CHECK(std::isnan(half_product(isa, 1, NAN)));
  }
}

// bfloat16 would make 2.4e-3 by rounding the operands (kernels/narrow/half_neon.h).
TEST_CASE("sums of halves are closer than bfloat16 in the mean", "[kernels]") {
  Rng rng(21);
  for (const int k : {1, 3}) {
    const NarrowSize size{{NarrowType::kF16, k, 192, 64}, 1, 9, 9};
    const NarrowLayerCase layer(rng, size);
    const std::size_t outputs = 81 * 64;
    Guarded exact(outputs);
    kernels::Epilogue epilogue;
    epilogue.raw_out = exact.data();
    layer.run(kernels::narrow_f16_ref, epilogue, {});
    for_kernels(NarrowType::kF16, [&](const NarrowKernel& kernel) {
      Guarded error(outputs);
      epilogue.raw_out = error.data();
      layer.run(kernel, epilogue, {});
      for (std::size_t i = 0; i < outputs; ++i) error[i] -= exact[i];
      INFO(describe(size));
      CHECK(rms(error, outputs) <= 1.5e-3 * layer.unit);
    });
  }
}

}  // namespace
}  // namespace hayago::test
