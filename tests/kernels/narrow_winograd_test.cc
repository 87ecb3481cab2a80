// Winograd forms of bytes on every instruction set: the same integers as ref's.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/narrow/winograd_weights.h"
#include "tests/kernels/epilogue_case.h"
#include "tests/kernels/narrow_case.h"

namespace hayago::test {
namespace {

using kernels::Share;

const NarrowKernel& ref_winograd(int outputs) {
  return outputs == 2 ? kernels::narrow_i8_winograd2_ref : kernels::narrow_i8_winograd4_ref;
}

// Every usable kernel of the form but ref.
template <class Check>
void for_winograd(int outputs, Check check) {
  for_narrow_kernels([&](const NarrowKernel& kernel, kernels::Isa isa) {
    if (kernel.winograd == nullptr || kernel.winograd->outputs != outputs) return;
    if (isa != kernels::Isa::kRef) check(kernel);
  });
}

NarrowSize winograd_size(Rng& rng) {
  NarrowSize size = random_narrow_size(rng, NarrowType::kU8);
  size.shape.k = 3;
  return size;
}

// A layer with random bytes for weights in the Winograd domain, steps and constants.
struct WinogradLayer {
  NarrowSize size;
  int products;
  QuantizedAs as;
  Bytes in;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> correction, weight_sums;  // correction: of an input offset of 0
  std::vector<float> multiplier;
  std::vector<std::int16_t> factors, zeros;

  WinogradLayer(Rng& rng, const NarrowSize& s, int outputs, bool unit_scales = false)
      : size(s),
        products(ref_winograd(outputs).winograd->products()),
        as(NarrowLayerCase::random_quantization(rng, NarrowType::kU8)),
        in(1) {
    const Guarded values =
        random_rows(rng, static_cast<std::size_t>(s.n) * s.pixels(), s.shape.c_in, 2.0f);
    in = narrow_tensor({NarrowType::kU8, s.shape.c_in, s.h, s.w}, as, values, s.n);
    const auto stride = static_cast<std::size_t>(kernels::padded(s.shape.c_out));
    weight_sums.assign(products * stride, 0);
    correction.assign(products * stride, 0);
    multiplier.assign(products * stride, 0.0f);
    for (int t = 0; t < products; ++t) {
      // From steps so coarse that hardly anything is left to some that cut off most values.
      factors.push_back(static_cast<std::int16_t>(std::pow(2.0, random_int(rng, 16, 60) / 4.0)));
      zeros.push_back(
          static_cast<std::int16_t>(random_int(rng, 0, 3) != 0 ? 128 : random_int(rng, 0, 255)));
      for (int i = 0; i < s.shape.c_in * s.shape.c_out; ++i) {
        weights.push_back(static_cast<std::int8_t>(random_int(rng, -127, 127)));
        weight_sums[t * stride + i % s.shape.c_out] += weights.back();
      }
      for (int o = 0; o < s.shape.c_out; ++o) {
        const std::size_t at = t * stride + o;
        correction[at] = -zeros.back() * weight_sums[at] + random_int(rng, -50, 50);
        multiplier[at] = unit_scales ? 1.0f : 1e-4f * static_cast<float>(random_int(rng, 50, 99));
      }
    }
  }

  // In as many calls as `parts`, which share the scratch.
  void run(const NarrowKernel& kernel, const kernels::Epilogue& epilogue, const NarrowOut& out,
           int parts = 1, int first = 0, int count = -1) const {
    Bytes packed(kernel.packed_bytes(size.shape));
    kernel.pack(size.shape, weights.data(), packed.data());
    Bytes scratch(kernel.scratch_bytes(size.shape, parts));
    std::vector<std::int32_t> corrected = correction;
    for (std::size_t i = 0; i < corrected.size(); ++i) {
      corrected[i] += kernel.input_offset * weight_sums[i];
    }
    const NarrowLayout layout{NarrowType::kU8, size.shape.c_in, size.h, size.w};
    for (int part = parts - 1; part >= 0; --part) {
      kernel.run(size.shape,
                 {in.data() + first * layout.position_bytes(),
                  packed.data(),
                  corrected.data(),
                  multiplier.data(),
                  count < 0 ? size.n : count,
                  size.h,
                  size.w,
                  out,
                  Share{part, parts, 0},
                  {factors.data(), zeros.data(), as.zero},
                  scratch.data()},
                 epilogue);
    }
    CHECK((packed.intact() && scratch.intact()));
  }

  // The largest sum that an output may consist of, times its multiplier.
  double unit(int outputs) const {
    return 1e-2 * 128 * 73 * std::sqrt(size.shape.c_in) * (outputs == 2 ? 4 : 40);
  }
};

void check_against_ref(Rng& rng, const NarrowSize& size, int outputs) {
  INFO(describe(size) << ", " << outputs << " outputs");
  const WinogradLayer layer(rng, size, outputs);
  const EpilogueCase test(rng, size.n, size.pixels(), size.shape.c_out,
                          random_mask(rng, size.n, size.h, size.w));
  Guarded exact_raw(size.outputs()), exact_act(size.outputs());
  layer.run(ref_winograd(outputs), test.bind(exact_raw, exact_act), {});
  for_winograd(outputs, [&](const NarrowKernel& kernel) {
    Guarded raw(size.outputs(), NAN), act(size.outputs(), NAN);
    layer.run(kernel, test.bind(raw, act), {}, random_int(rng, 1, 3));
    // Float sums of a*a exact integers times multipliers: a few roundings of the largest of them.
    check_outputs(test, exact_raw, exact_act, raw, act, 1e-6 * layer.unit(outputs), 3e-4);
  });
}

TEST_CASE("Winograd forms of bytes agree with ref at random shapes", "[kernels][narrow]") {
  Rng rng(31);
  for (const int outputs : {2, 4}) {
    for (int i = 0; i < 40; ++i) check_against_ref(rng, winograd_size(rng), outputs);
  }
}

TEST_CASE("Winograd forms of bytes agree with ref on every board", "[kernels][narrow]") {
  Rng rng(32);
  for (const BoardSize& board : odd_boards()) {
    for (const int outputs : {2, 4}) {
      const int c_in = 2 * random_int(rng, 0, 20) + 1, c_out = 2 * random_int(rng, 0, 20) + 1;
      check_against_ref(rng, {{NarrowType::kU8, 3, c_in, c_out}, 2, board.h, board.w}, outputs);
    }
  }
}

TEST_CASE("Winograd forms of bytes agree with ref at the shapes of networks",
          "[kernels][narrow][slow]") {
  Rng rng(33);
  for (const int outputs : {2, 4}) {
    check_against_ref(rng, {{NarrowType::kU8, 3, 96, 96}, 1, 19, 19}, outputs);
    check_against_ref(rng, {{NarrowType::kU8, 3, 192, 192}, 2, 19, 19}, outputs);
    check_against_ref(rng, {{NarrowType::kU8, 3, 256, 128}, 1, 13, 13}, outputs);
  }
}

// Every multiplier is 1 and all numbers stay below 2^24, so that floats hold them exactly: a byte
// or a sum that is off by one shows.
TEST_CASE("transformed inputs and sums of Winograd forms are ref's, bit by bit",
          "[kernels][narrow]") {
  Rng rng(34);
  for (const int outputs : {2, 4}) {
    for (int i = 0; i < 30; ++i) {
      NarrowSize size = winograd_size(rng);
      size.shape.c_in = 1 + size.shape.c_in % (outputs == 2 ? 30 : 10);
      const WinogradLayer layer(rng, size, outputs, true);
      Guarded exact(size.outputs());
      kernels::Epilogue epilogue;
      epilogue.raw_out = exact.data();
      layer.run(ref_winograd(outputs), epilogue, {});
      float largest = 0;
      for (std::size_t k = 0; k < exact.size(); ++k)
        largest = std::max(largest, std::abs(exact[k]));
      REQUIRE(largest < 0x1p24f);
      for_winograd(outputs, [&](const NarrowKernel& kernel) {
        Guarded sums(size.outputs(), NAN);
        epilogue.raw_out = sums.data();
        layer.run(kernel, epilogue, {});
        INFO(describe(size));
        CHECK(same_bits(exact.data(), sums.data(), size.outputs()));
      });
    }
  }
}

TEST_CASE("narrow outputs of Winograd forms are the activations, rounded", "[kernels][narrow]") {
  Rng rng(35);
  for (int i = 0; i < 40; ++i) {
    const int outputs = coin(rng) ? 2 : 4;
    NarrowSize size = winograd_size(rng);
    const bool with_fine = coin(rng);
    if (with_fine) size.shape.c_out = 16 * random_int(rng, 1, 7);
    const WinogradLayer layer(rng, size, outputs);
    QuantizedAs as = NarrowLayerCase::random_quantization(rng, NarrowType::kU8);
    const Guarded inverse = random_inverse(rng, size.shape.c_out);
    if (coin(rng)) as.inverse = inverse.data();
    const FineCase fine(rng, kernels::padded(size.shape.c_out));
    if (with_fine) as = fine.as;
    const NarrowLayout layout{NarrowType::kU8, size.shape.c_out + as.fine_count, size.h, size.w};
    kernels::Epilogue epilogue;
    epilogue.act = kernels::Act::kMish;
    const EpilogueCase test(rng, size.n, size.pixels(), size.shape.c_out,
                            random_mask(rng, size.n, size.h, size.w));
    if (coin(rng)) epilogue.mask = test.mask.data();
    for_winograd(outputs, [&](const NarrowKernel& kernel) {
      Guarded act(size.outputs(), NAN);
      Bytes both(layout.bytes(size.n)), shared(layout.bytes(size.n));
      epilogue.act_out = act.data();
      layer.run(kernel, epilogue, {both.data(), NarrowType::kU8, as});
      epilogue.act_out = nullptr;
      layer.run(kernel, epilogue, {shared.data(), NarrowType::kU8, as}, 3);
      const Bytes expected = narrow_tensor(layout, as, act, size.n);
      INFO(describe(size) << ", " << as.fine_count << " fine");
      CHECK(std::memcmp(both.data(), expected.data(), both.size) == 0);
      CHECK(std::memcmp(shared.data(), expected.data(), both.size) == 0);
      CHECK((both.intact() && shared.intact() && act.intact()));
    });
  }
}

TEST_CASE("a position's Winograd form depends neither on the batch nor on the threads",
          "[kernels][narrow]") {
  Rng rng(36);
  for (int i = 0; i < 20; ++i) {
    const int outputs = coin(rng) ? 2 : 4;
    NarrowSize size = winograd_size(rng);
    size.n = random_int(rng, 2, 5);
    const WinogradLayer layer(rng, size, outputs);
    const std::size_t each = size.outputs() / size.n;
    for_winograd(outputs, [&](const NarrowKernel& kernel) {
      Guarded together(size.outputs()), alone(each);
      kernels::Epilogue epilogue;
      epilogue.act = kernels::Act::kMish;
      epilogue.act_out = together.data();
      layer.run(kernel, epilogue, {}, random_int(rng, 1, 5));
      for (int b = 0; b < size.n; ++b) {
        epilogue.act_out = alone.data();
        layer.run(kernel, epilogue, {}, 1, b, 1);
        INFO(describe(size) << ", position " << b);
        CHECK(same_bits(alone.data(), together.data() + b * each, each));
      }
    });
  }
}

// Random weights and inputs with ranges of six standard deviations: the error of the outputs was
// measured as 0.023 (F2) and 0.115 (F4) of their root mean square.
TEST_CASE("Winograd forms made from weights are the convolution, or refused", "[kernels][narrow]") {
  Rng rng(37);
  const kernels::Isa best = kernels::best_isa();
  const NarrowSize size{{NarrowType::kU8, 3, 64, 32}, 1, 9, 9};
  const QuantizedAs as = {0.02f, 60};
  const NarrowLayout layout{NarrowType::kU8, 64, 9, 9};
  const Bytes in = narrow_tensor(layout, as, random_rows(rng, 81, 64), 1);
  std::vector<std::int8_t> weights(9 * 64 * 32);
  for (auto& w : weights) w = static_cast<std::int8_t>(random_int(rng, -127, 127));
  const std::vector<float> scales(32, 0.01f);
  const std::vector<std::int32_t> offsets(32, 40000);
  const kernels::ByteWeights bytes = {weights, scales, offsets};
  kernels::Epilogue epilogue;
  Guarded exact(81 * 32);
  epilogue.raw_out = exact.data();
  make_narrow_conv_u8(best, size.shape, bytes, as)->run(in.data(), 1, 9, 9, epilogue, {});
  for (const auto& [outputs, limit] : {std::pair{2, 0.03}, std::pair{4, 0.15}}) {
    const int products = (outputs + 2) * (outputs + 2);
    // 255 steps for six standard deviations of each product.
    std::vector<int> factors, zeros(products, 128);
    for (int t = 0; t < products; ++t) {
      const auto norm = [&](int i) {
        constexpr double k2[] = {1.42, 1.42, 1.42, 1.42}, k4[] = {6.5, 5.9, 5.9, 3.2, 3.2, 6.5};
        return outputs == 2 ? k2[i] : k4[i];
      };
      const double range = 6 * 50 * norm(t / (outputs + 2)) * norm(t % (outputs + 2));
      factors.push_back(std::min(32767, static_cast<int>(32768 * 255 / range)));
    }
    const kernels::WinogradSteps steps = {outputs, factors, zeros};
    for (const kernels::Isa isa : {kernels::Isa::kRef, best}) {
      if (isa != kernels::Isa::kRef && !kernels::narrow_usable(isa, NarrowType::kU8)) continue;
      const auto conv = make_narrow_winograd(isa, size.shape, bytes, as, steps);
      CHECK(std::string(conv->algorithm()) == (outputs == 2 ? "winograd2" : "winograd4"));
      Bytes scratch(conv->scratch_bytes(1));
      Guarded got(81 * 32);
      epilogue.raw_out = got.data();
      conv->run(in.data(), 1, 9, 9, epilogue, {}, {}, scratch.data());
      double errors = 0, squares = 0, mean = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        errors += std::pow(got[i] - exact[i], 2);
        mean += (got[i] - exact[i]) / static_cast<double>(got.size());
        squares += std::pow(exact[i] - 40000 * 0.01f * as.scale, 2);
      }
      INFO(outputs << " outputs, " << isa_name(isa));
      CHECK(std::sqrt(errors / squares) < limit);
      CHECK(std::sqrt(errors / squares) > limit / 10);          // something has been rounded
      CHECK(std::abs(mean) < 0.01 * 40000 * 0.01f * as.scale);  // the offset is in every output
    }
  }
  const std::vector<int> factors(16, 100), zeros(16, 128);
  const auto refusal = [&](const NarrowShape& shape, const kernels::WinogradSteps& steps) {
    try {
      make_narrow_winograd(best, shape, bytes, as, steps);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal(size.shape, {2, factors, zeros}) == "accepted");
  CHECK_THAT(refusal(size.shape, {3, factors, zeros}), Catch::Contains("of 2 or 4 outputs"));
  CHECK_THAT(refusal({NarrowType::kU8, 1, 64, 32}, {2, factors, zeros}), Catch::Contains("3x3"));
  CHECK_THAT(refusal(size.shape, {4, factors, zeros}), Catch::Contains("16 factors instead of 36"));
  CHECK_THAT(refusal(size.shape, {2, std::vector<int>(16, 0), zeros}),
             Catch::Contains("factor 0 (expected 1 to 32767)"));
  CHECK_THAT(refusal(size.shape, {2, factors, std::vector<int>(16, 256)}),
             Catch::Contains("zero point 256 (expected 0 to 255)"));
}

}  // namespace
}  // namespace hayago::test
