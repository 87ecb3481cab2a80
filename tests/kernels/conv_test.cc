// Every convolution kernel of the list against ref.
#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "kernels/conv/kernel.h"
#include "tests/kernels/epilogue_case.h"

namespace hayago::test {
namespace {

using kernels::ConvKernel;
using kernels::ConvShape;
using kernels::padded;

const NamedKernel<ConvKernel> kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/conv/kernels.inc"
#undef HAYAGO_KERNEL
};

struct Size {
  kernels::BlockedConv shape = ConvShape{};
  int n, h, w;
};

Guarded pack(const ConvKernel& kernel, const kernels::BlockedConv& shape, const Guarded& weights) {
  Guarded packed(kernel.packed_size(shape));
  kernel.pack(shape, weights.data(), packed.data());
  CHECK(packed.intact());
  return packed;
}

// Scratch of exactly the size asked for, full of NaN: what is read must have been written.
void run(const ConvKernel& kernel, const Guarded& packed, const Size& size, const float* in,
         const kernels::Epilogue& epilogue) {
  const std::size_t bytes = kernel.scratch_bytes(size.shape, size.n, size.h, size.w, 1);
  Guarded scratch((bytes + sizeof(float) - 1) / sizeof(float), NAN);
  kernel.run(size.shape, packed.data(), in, size.n, size.h, size.w, epilogue, scratch.data(), {});
  CHECK(scratch.intact());
}

void check_size(const Size& size, Rng& rng) {
  const ConvShape& s = size.shape;
  INFO("kernel " << s.ky << "x" << s.kx << ", " << s.c_in << " to " << s.c_out << " channels, "
                 << size.n << " boards of " << size.h << "x" << size.w);
  const int pixels = size.h * size.w, rows = size.n * pixels;
  const Guarded in = random_rows(rng, rows, s.c_in);
  const Guarded weights =
      random_values(rng, static_cast<std::size_t>(s.ky) * s.kx * s.c_in * s.c_out);
  const EpilogueCase test(rng, size.n, pixels, s.c_out, random_mask(rng, size.n, size.h, size.w));
  const std::size_t outputs = static_cast<std::size_t>(rows) * padded(s.c_out);
  Guarded exact_raw(outputs), exact_act(outputs);
  run(kernels::conv_f32_direct_ref, weights, size, in.data(), test.bind(exact_raw, exact_act));
  // conv.h
  const double unit = std::sqrt(static_cast<double>(s.ky * s.kx * s.c_in)) *
                      rms(in, static_cast<std::size_t>(rows) * s.c_in) *
                      rms(weights, weights.size());
  for (const auto& [symbol, isa, kernel] : kKernels) {
    if (!isa_usable(isa) || !kernel->supports(s)) continue;
    INFO(symbol);
    Guarded raw(outputs, NAN), act(outputs, NAN);
    run(*kernel, pack(*kernel, s, weights), size, in.data(), test.bind(raw, act));
    const double tolerance = std::string(kernel->algorithm) == "direct" ? 1e-5 : 6e-5;
    check_outputs(test, exact_raw, exact_act, raw, act, tolerance * unit);
  }
}

TEST_CASE("convolutions agree with ref at random shapes", "[kernels]") {
  Rng rng(1);
  for (int i = 0; i < 120; ++i) {
    Size size;
    const int kind = random_int(rng, 0, 4);  // squares of 3 and 5 have Winograd forms
    const int ky = kind < 2 ? 3 : kind < 4 ? 5 : 2 * random_int(rng, 0, 3) + 1;
    const int kx = kind < 4 ? ky : 2 * random_int(rng, 0, 3) + 1;
    size.shape = ConvShape{ky, kx, random_int(rng, 1, 48), random_int(rng, 1, 72)};
    size.n = random_int(rng, 1, 5);
    size.h = random_int(rng, 2, 11);
    size.w = random_int(rng, 2, 11);
    check_size(size, rng);
  }
}

TEST_CASE("convolutions agree with ref on every board, channels that fill no vector", "[kernels]") {
  Rng rng(4);
  for (const BoardSize& board : odd_boards()) {
    for (const int k : {1, 3, 5}) {
      const int c_in = 2 * random_int(rng, 4, 20) + 1, c_out = 2 * random_int(rng, 0, 24) + 1;
      check_size({ConvShape{k, k, c_in, c_out}, 2, board.h, board.w}, rng);
    }
  }
}

TEST_CASE("convolutions agree with ref at the shapes of real networks", "[kernels][slow]") {
  Rng rng(2);
  check_size({ConvShape{3, 3, 96, 96}, 1, 19, 19}, rng);
  check_size({ConvShape{5, 5, 22, 96}, 2, 19, 19}, rng);
  check_size({ConvShape{3, 3, 22, 128}, 1, 7, 19}, rng);
  check_size({ConvShape{3, 3, 192, 64}, 3, 13, 13}, rng);
  check_size({ConvShape{3, 3, 320, 192}, 1, 19, 19}, rng);
  check_size({ConvShape{1, 1, 384, 192}, 1, 19, 19}, rng);
}

TEST_CASE("a position's convolution does not depend on the batch", "[kernels]") {
  Rng rng(3);
  for (int i = 0; i < 40; ++i) {
    const int k = 2 * random_int(rng, 0, 2) + 1;
    Size size = {ConvShape{k, k, random_int(rng, 8, 150), random_int(rng, 1, 70)},
                 random_int(rng, 2, 5), random_int(rng, 2, 10), random_int(rng, 2, 10)};
    const int pixels = size.h * size.w;
    const Guarded in = random_rows(rng, static_cast<std::size_t>(size.n) * pixels, size.shape.c_in);
    const Guarded weights =
        random_values(rng, static_cast<std::size_t>(k) * k * size.shape.c_in * size.shape.c_out);
    const std::size_t outputs = static_cast<std::size_t>(pixels) * padded(size.shape.c_out);
    for (const auto& [symbol, isa, kernel] : kKernels) {
      if (!isa_usable(isa) || !kernel->supports(size.shape)) continue;
      const Guarded packed = pack(*kernel, size.shape, weights);
      Guarded together(size.n * outputs), alone(outputs);
      kernels::Epilogue e;
      e.act = kernels::Act::kMish;
      e.act_out = together.data();
      run(*kernel, packed, size, in.data(), e);
      for (int b = 0; b < size.n; ++b) {
        e.act_out = alone.data();
        run(*kernel, packed, {size.shape, 1, size.h, size.w},
            in.data() + static_cast<std::size_t>(b) * pixels * padded(size.shape.c_in), e);
        INFO(symbol << ", position " << b << " of " << size.n);
        CHECK(same_bits(alone.data(), together.data() + b * outputs, outputs));
      }
    }
  }
}

TEST_CASE("how a convolution is cut does not change a bit", "[kernels]") {
  Rng rng(6);
  for (int i = 0; i < 30; ++i) {
    const int k = coin(rng) ? 3 : 5;
    Size size = {ConvShape{k, k, random_int(rng, 8, 60), random_int(rng, 40, 200)},
                 random_int(rng, 1, 5), random_int(rng, 2, 10), random_int(rng, 2, 10)};
    const std::size_t rows = static_cast<std::size_t>(size.n) * size.h * size.w;
    const Guarded in = random_rows(rng, rows, size.shape.c_in);
    const Guarded weights =
        random_values(rng, static_cast<std::size_t>(k) * k * size.shape.c_in * size.shape.c_out);
    const std::size_t outputs = rows * padded(size.shape.c_out);
    for (const auto& [symbol, isa, kernel] : kKernels) {
      if (!isa_usable(isa) || !kernel->supports(size.shape)) continue;
      Guarded usual(outputs), cut(outputs);
      kernels::Epilogue e;
      e.raw_out = usual.data();
      size.shape.blocking = {};
      run(*kernel, pack(*kernel, size.shape, weights), size, in.data(), e);
      for (int panel_vectors = 1; panel_vectors <= kernel->tile.max_vectors; ++panel_vectors) {
        size.shape.blocking = {panel_vectors, random_int(rng, 0, 6)};
        e.raw_out = cut.data();
        run(*kernel, pack(*kernel, size.shape, weights), size, in.data(), e);
        INFO(symbol << ", panels of " << panel_vectors << " vectors, passes of "
                    << size.shape.blocking.positions << " positions");
        CHECK(same_bits(usual.data(), cut.data(), outputs));
      }
    }
  }
}

TEST_CASE("panel choices differ and begin with the default", "[kernels]") {
  CHECK(kernels::panel_choices({16, 4}, 192) == std::vector<int>{0, 3, 2});
  CHECK(kernels::panel_choices({16, 4, 3}, 192) == std::vector<int>{0, 4, 2});  // 0 means 3
  CHECK(kernels::panel_choices({16, 4, 3}, 128) == std::vector<int>{0, 3, 2});  // 3 divides not
  CHECK(kernels::panel_choices({16, 4}, 96) == std::vector<int>{0, 2});  // 2 parts of 3 either way
  CHECK(kernels::panel_choices({8, 3}, 48) == std::vector<int>{0, 2});
  CHECK(kernels::panel_choices({16, 4}, 16) == std::vector<int>{0});
  CHECK(kernels::panel_choices({}, 96) == std::vector<int>{0});
  const ConvShape shape = {3, 3, 192, 192};
  CHECK(kernels::conv_panel_choices(kernels::Isa::kRef, shape, "direct") == std::vector<int>{0});
}

TEST_CASE("make_conv chooses by ISA and name and refuses what does not exist", "[kernels]") {
  const Guarded weights(9 * 32 * 32, 0.5f);
  const ConvShape shape = {3, 3, 32, 32};
  CHECK(std::string(make_conv(kernels::Isa::kRef, shape, weights.data())->algorithm()) == "direct");
  for (const char* name : {"direct", "winograd4", "winograd5"}) {
    const auto conv = make_conv(kernels::best_isa(), shape, weights.data(), name);
    CHECK(std::string(conv->algorithm()) == name);
  }
  CHECK_THROWS_AS(make_conv(kernels::best_isa(), shape, weights.data(), "winograd3"),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_conv(kernels::best_isa(), shape, weights.data(), "winograd99"),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_conv(kernels::Isa::kRef, shape, weights.data(), "winograd4"),
                  std::invalid_argument);
  CHECK(kernels::conv_algorithms(kernels::Isa::kRef) == std::vector<std::string_view>{"direct"});
  CHECK(kernels::conv_supports(kernels::best_isa(), {1, 5, 3, 3}, "direct"));
  CHECK_FALSE(kernels::conv_supports(kernels::best_isa(), shape, "winograd3"));
  CHECK(kernels::conv_supports(kernels::best_isa(), {5, 5, 32, 32}, "winograd3"));
  CHECK_FALSE(kernels::conv_supports(kernels::best_isa(), {5, 5, 32, 32}, "winograd4"));
  CHECK_FALSE(kernels::conv_supports(kernels::Isa::kRef, shape, "winograd4"));
  CHECK_THROWS_AS(make_conv(kernels::best_isa(), {2, 3, 32, 32}, weights.data()),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_conv(kernels::best_isa(), {3, 3, 0, 32}, weights.data()),
                  std::invalid_argument);
}

}  // namespace
}  // namespace hayago::test
