// Every kernel for narrow types against ref.
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/kernels/epilogue_case.h"
#include "tests/kernels/narrow_case.h"

namespace hayago::test {
namespace {

void check_against_ref(Rng& rng, const NarrowSize& size) {
  INFO(describe(size));
  const NarrowLayerCase layer(rng, size);
  const int c = size.shape.c_out;
  const EpilogueCase test(rng, size.n, size.pixels(), c, random_mask(rng, size.n, size.h, size.w));
  const std::size_t outputs = static_cast<std::size_t>(size.n) * size.pixels() * kernels::padded(c);
  Guarded exact_raw(outputs), exact_act(outputs);
  layer.run(ref_of(size.shape.type), test.bind(exact_raw, exact_act), {});
  // The float product with the multiplier, or the sum of floats or halves.
  constexpr double kTolerances[] = {1e-6, 2e-5, 2e-2};
  const double tolerance = kTolerances[static_cast<int>(size.shape.type)] * layer.unit;
  for_kernels(size.shape.type, [&](const NarrowKernel& kernel) {
    Guarded raw(outputs, NAN), act(outputs, NAN);
    layer.run(kernel, test.bind(raw, act), {});
    check_outputs(test, exact_raw, exact_act, raw, act, tolerance, 3e-4);  // narrow.h
  });
}

TEST_CASE("narrow convolutions agree with ref at random shapes", "[kernels]") {
  Rng rng(11);
  for (const NarrowType type : types_here()) {
    for (int i = 0; i < 60; ++i) check_against_ref(rng, random_narrow_size(rng, type));
  }
}

TEST_CASE("narrow convolutions agree with ref on every board, channels that fill no vector",
          "[kernels]") {
  Rng rng(17);
  for (const BoardSize& board : odd_boards()) {
    for (const NarrowType type : types_here()) {
      for (const int k : {1, 3}) {
        const int c_in = 2 * random_int(rng, 0, 40) + 1, c_out = 2 * random_int(rng, 0, 40) + 1;
        check_against_ref(rng, {{type, k, c_in, c_out}, 2, board.h, board.w});
      }
    }
  }
}

TEST_CASE("narrow convolutions agree with ref at the shapes of networks", "[kernels][slow]") {
  Rng rng(12);
  for (const NarrowType type : types_here()) {
    check_against_ref(rng, {{type, 3, 96, 96}, 1, 19, 19});
    check_against_ref(rng, {{type, 3, 192, 192}, 2, 19, 19});
    check_against_ref(rng, {{type, 1, 384, 192}, 1, 19, 19});
    check_against_ref(rng, {{type, 3, 128, 48}, 2, 7, 19});
    check_against_ref(rng, {{type, 3, 512, 320}, 1, 5, 19});
  }
}

TEST_CASE("sums of bytes are exact", "[kernels]") {
  Rng rng(13);
  for (int i = 0; i < 40; ++i) {
    NarrowSize size = random_narrow_size(rng, NarrowType::kU8);
    if (size.shape.k == 3) size.shape.c_in = 1 + size.shape.c_in % 50;  // below 2^24
    const NarrowLayerCase layer(rng, size, true);
    const std::size_t outputs =
        static_cast<std::size_t>(size.n) * size.pixels() * kernels::padded(size.shape.c_out);
    Guarded exact(outputs);
    kernels::Epilogue epilogue;
    epilogue.raw_out = exact.data();
    layer.run(kernels::narrow_i8_ref, epilogue, {});
    for_kernels(NarrowType::kU8, [&](const NarrowKernel& kernel) {
      Guarded sums(outputs, NAN);
      epilogue.raw_out = sums.data();
      layer.run(kernel, epilogue, {});
      INFO(describe(size));
      CHECK(same_bits(exact.data(), sums.data(), outputs));
    });
  }
}

TEST_CASE("narrow outputs are the activations, rounded", "[kernels]") {
  Rng rng(14);
  for (int i = 0; i < 60; ++i) {
    const NarrowSize size = random_narrow_size(rng, random_type(rng));
    const NarrowLayerCase layer(rng, size);
    const NarrowType out_type = random_type(rng);
    QuantizedAs as = NarrowLayerCase::random_quantization(rng, out_type);
    const Guarded inverse = random_inverse(rng, size.shape.c_out);
    if (coin(rng)) as.inverse = inverse.data();
    const NarrowLayout layout{out_type, size.shape.c_out, size.h, size.w};
    EpilogueCase test(rng, size.n, size.pixels(), size.shape.c_out,
                      random_mask(rng, size.n, size.h, size.w));
    const std::size_t outputs =
        static_cast<std::size_t>(size.n) * size.pixels() * kernels::padded(size.shape.c_out);
    for_kernels(size.shape.type, [&](const NarrowKernel& kernel) {
      Guarded raw(outputs, NAN), act(outputs, NAN);
      kernels::Epilogue epilogue = test.bind(raw, act);
      epilogue.act_out = act.data();
      Bytes both(layout.bytes(size.n)), alone(layout.bytes(size.n));
      layer.run(kernel, epilogue, {both.data(), out_type, as});
      const Bytes expected = narrow_tensor(layout, as, act, size.n);
      if (epilogue.raw_out == nullptr || epilogue.raw_out != epilogue.residual) {
        epilogue.act_out = nullptr;
        layer.run(kernel, epilogue, {alone.data(), out_type, as});
        CHECK(std::memcmp(alone.data(), both.data(), alone.size) == 0);
      }
      INFO(describe(size));
      CHECK(std::memcmp(both.data(), expected.data(), both.size) == 0);
      CHECK((both.intact() && alone.intact() && act.intact()));
    });
  }
}

TEST_CASE("fine channels hold a value to a part of a step", "[kernels]") {
  Rng rng(18);
  for (int i = 0; i < 20; ++i) {
    const int channels = 16 * random_int(rng, 1, 8);
    const FineCase test(rng, channels);
    const NarrowLayout layout{NarrowType::kU8, channels + test.as.fine_count, 3, 5};
    const Guarded values = random_rows(rng, 15, channels);
    const Bytes bytes = narrow_tensor(layout, test.as, values, 1);
    const auto byte = [&](int p, int c) {
      const int at = layout.pixel(p / 5, p % 5) * layout.pixel_bytes() + c;
      return static_cast<int>(static_cast<std::uint8_t>(bytes.data()[at])) - test.as.zero;
    };
    for (int p = 0; p < 15; ++p) {
      for (std::size_t f = 0; f < test.fine.size(); ++f) {
        const int c = test.fine[f], left = byte(p, channels + static_cast<int>(f));
        const float x = values[static_cast<std::size_t>(p * channels + c)] * test.inverse[c];
        if (x < static_cast<float>(-test.as.zero) || x > static_cast<float>(254 - test.as.zero)) {
          continue;  // beyond the bytes
        }
        INFO("channel " << c << ", " << x << " steps, bytes " << byte(p, c) << " and " << left);
        CHECK(left <= kernels::kFineParts);
        // Half a part, and the rounding of floats of up to 255.
        CHECK(std::abs(byte(p, c) + left / float{kernels::kFineParts} - x) <=
              0.5f / kernels::kFineParts + 1e-4f);
      }
    }
  }
}

TEST_CASE("narrow outputs with fine channels are the activations, rounded", "[kernels]") {
  Rng rng(19);
  for (int i = 0; i < 40; ++i) {
    NarrowSize size = random_narrow_size(rng, NarrowType::kU8);
    size.shape.c_out = 16 * random_int(rng, 1, 7);
    const NarrowLayerCase layer(rng, size);
    const FineCase fine(rng, size.shape.c_out);
    const NarrowLayout layout{NarrowType::kU8, size.shape.c_out + fine.as.fine_count, size.h,
                              size.w};
    EpilogueCase test(rng, size.n, size.pixels(), size.shape.c_out,
                      random_mask(rng, size.n, size.h, size.w));
    const std::size_t outputs = static_cast<std::size_t>(size.n) * size.pixels() *
                                static_cast<std::size_t>(size.shape.c_out);
    for_kernels(NarrowType::kU8, [&](const NarrowKernel& kernel) {
      Guarded raw(outputs, NAN), act(outputs, NAN);
      kernels::Epilogue epilogue = test.bind(raw, act);
      epilogue.act_out = act.data();
      Bytes out(layout.bytes(size.n)), converted(layout.bytes(size.n));
      layer.run(kernel, epilogue, {out.data(), NarrowType::kU8, fine.as});
      const Bytes expected = narrow_tensor(layout, fine.as, act, size.n);
      kernel.to_narrow(act.data(), size.n, layout, fine.as, converted.data());
      INFO(describe(size) << ", " << fine.as.fine_count << " fine");
      CHECK(std::memcmp(out.data(), expected.data(), out.size) == 0);
      CHECK(std::memcmp(converted.data(), expected.data(), out.size) == 0);
      CHECK((out.intact() && converted.intact()));
    });
  }
}

TEST_CASE("weights of fine channels follow those of their tap", "[kernels]") {
  // 2 taps, 3 inputs, 2 outputs.
  const std::vector<std::int8_t> weights = {1, 2, 8, -8, 127, -127, 12, -12, 4, -4, 3, -3};
  const std::vector<std::int16_t> fine = {1, 2};
  CHECK(kernels::fine_weights(weights, 3, 2, fine) ==
        std::vector<std::int8_t>{1,  2,   8, -8, 127, -127, 1, -1, 16, -16,  //
                                 12, -12, 4, -4, 3,   -3,   1, -1, 0,  0});
  CHECK(kernels::fine_weights(weights, 3, 2, {}) == weights);
}

TEST_CASE("floats become narrow as ref does it, ties, limits and NaN included", "[kernels]") {
  Rng rng(15);
  for (int i = 0; i < 40; ++i) {
    const NarrowType type = random_type(rng);
    const NarrowLayout layout{type, random_int(rng, 1, 70), random_int(rng, 2, 9),
                              random_int(rng, 2, 9)};
    const int n = random_int(rng, 1, 3);
    const auto rows = static_cast<std::size_t>(n * layout.h * layout.w);
    Guarded values = random_rows(rng, rows, layout.channels, 3.0f);
    QuantizedAs as = {0.25f, random_int(rng, 0, 255)};
    const Guarded inverse = random_inverse(rng, layout.channels);
    if (coin(rng)) as.inverse = inverse.data();
    values[0] = 0.125f;
    const std::size_t last = values.size() - kernels::padded(layout.channels);
    values[last] = type == NarrowType::kU8 ? 1e30f : std::numeric_limits<float>::quiet_NaN();
    const Bytes expected = narrow_tensor(layout, as, values, n);
    for_kernels(NarrowType::kU8, [&](const NarrowKernel& kernel) {
      Bytes out(layout.bytes(n));
      kernel.to_narrow(values.data(), n, layout, as, out.data());
      CHECK(std::memcmp(out.data(), expected.data(), out.size) == 0);
      CHECK(out.intact());
    });
  }
}

TEST_CASE("a position's narrow convolution does not depend on the batch", "[kernels]") {
  Rng rng(16);
  for (int i = 0; i < 30; ++i) {
    NarrowSize size = random_narrow_size(rng, random_type(rng));
    size.n = random_int(rng, 2, 5);
    const NarrowLayerCase layer(rng, size);
    const std::size_t outputs =
        static_cast<std::size_t>(size.pixels()) * kernels::padded(size.shape.c_out);
    for_kernels(size.shape.type, [&](const NarrowKernel& kernel) {
      Guarded together(size.n * outputs), alone(outputs);
      kernels::Epilogue epilogue;
      epilogue.act = kernels::Act::kMish;
      epilogue.act_out = together.data();
      layer.run(kernel, epilogue, {});
      for (int b = 0; b < size.n; ++b) {
        epilogue.act_out = alone.data();
        layer.run(kernel, epilogue, {}, b, 1);
        INFO(describe(size) << ", position " << b);
        CHECK(same_bits(alone.data(), together.data() + b * outputs, outputs));
      }
    });
  }
}

TEST_CASE("narrow convolutions are made from weights and scales, or refused", "[kernels]") {
  const kernels::Isa best = kernels::best_isa();
  const std::vector<std::int8_t> bytes(9 * 8 * 4, 3);
  const std::vector<float> scales(4, 0.5f), floats(bytes.size(), 1.5f);
  const std::vector<std::int32_t> offsets = {0, 100, -100, 0};
  const QuantizedAs as = {0.25f, 10};
  const NarrowLayout layout{NarrowType::kU8, 8, 3, 3};
  const Guarded ones = [] {
    Guarded g(9 * 16);
    for (std::size_t p = 0; p < 9; ++p) std::fill_n(g.data() + 16 * p, 8, 1.0f);
    return g;
  }();
  const Bytes in = narrow_tensor(layout, as, ones, 1);
  for (const kernels::Isa limit : {kernels::Isa::kRef, best}) {
    const auto conv =
        make_narrow_conv_u8(limit, {NarrowType::kU8, 3, 8, 4}, {bytes, scales, offsets}, as);
    Guarded out(9 * 16, NAN);
    kernels::Epilogue epilogue;
    epilogue.raw_out = out.data();
    conv->run(in.data(), 1, 3, 3, epilogue, {});
    CHECK(out[0] == 4 * 8 * 1.5f);       // corner: four taps of eight channels of 1 * 1.5
    CHECK(out[4 * 16] == 9 * 8 * 1.5f);  // middle
    CHECK(out[4 * 16 + 1] == 9 * 8 * 1.5f + 100 * 0.5f * 0.25f);
    CHECK(out[4 * 16 + 4] == 0);
  }
  CHECK_THROWS_WITH(make_narrow_conv_u8(best, {NarrowType::kU8, 5, 8, 4}, {bytes, scales, {}}, as),
                    Catch::Contains("1x1 or 3x3"));
  CHECK_THROWS_WITH(make_narrow_conv_u8(best, {NarrowType::kU8, 3, 9, 4}, {bytes, scales, {}}, as),
                    Catch::Contains("288 weights instead of 324"));
  CHECK_THROWS_WITH(make_narrow_conv_u8(best, {NarrowType::kU8, 3, 8, 4},
                                        {bytes, std::span(scales).first(3), {}}, as),
                    Catch::Contains("3 weight scales instead of 4"));
  if (!kernels::narrow_usable(kernels::Isa::kSse2, NarrowType::kBf16)) {
    CHECK_THROWS_WITH(
        make_narrow_conv_float(kernels::Isa::kSse2, {NarrowType::kBf16, 3, 8, 4}, floats),
        Catch::Contains("AVX-512 BF16"));
  }
  if (!kernels::narrow_usable(best, NarrowType::kF16)) {
    CHECK_THROWS_WITH(make_narrow_conv_float(best, {NarrowType::kF16, 3, 8, 4}, floats),
                      Catch::Contains("fp16 needs a processor with Arm's half-precision"));
  }
  for (const NarrowType type : {NarrowType::kBf16, NarrowType::kF16}) {
    CHECK(make_narrow_conv_float(kernels::Isa::kRef, {type, 3, 8, 4}, floats)->isa() ==
          kernels::Isa::kRef);
  }
}

}  // namespace
}  // namespace hayago::test
