// Every pooling and root-mean-square kernel of the lists against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/gpool/kernel.h"
#include "kernels/rmsnorm/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {
namespace {

using kernels::padded;

const NamedKernel<kernels::PoolKernel> kPools[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/gpool/kernels.inc"
#undef HAYAGO_KERNEL
};
const NamedKernel<kernels::RmsNormKernel> kNorms[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/rmsnorm/kernels.inc"
#undef HAYAGO_KERNEL
};

struct Boards {
  int n, h, w, c;
  Guarded mask, area;
  int pixels() const { return h * w; }
};

Boards random_boards(Rng& rng) {
  const int n = random_int(rng, 1, 5), h = random_int(rng, 2, 19), w = random_int(rng, 2, 19);
  const Guarded mask = random_mask(rng, n, h, w);
  return {n, h, w, random_int(rng, 1, 70), mask, areas(mask, n, h * w)};
}

double largest(const Guarded& values) {
  double result = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    result = std::max(result, std::abs(1.0 * values[i]));
  return result;
}

void check_pool(const Boards& boards, const Guarded& in, const float* mask, const Guarded& area,
                kernels::PoolFn kernels::PoolKernel::*form) {
  const std::size_t outputs = static_cast<std::size_t>(boards.n) * padded(3 * boards.c);
  Guarded exact(outputs);
  (kernels::gpool_f32_ref.*form)(in.data(), boards.n, boards.pixels(), boards.c, mask, area.data(),
                                 exact.data());
  for (const auto& [symbol, isa, kernel] : kPools) {
    if (!isa_usable(isa)) continue;
    INFO(symbol << ", " << boards.n << " boards in " << boards.h << "x" << boards.w << ", "
                << boards.c << " channels");
    Guarded out(outputs, NAN);
    (kernel->*form)(in.data(), boards.n, boards.pixels(), boards.c, mask, area.data(), out.data());
    // gpool.h: the rounding of a sum of up to 361 values, and a factor of at most 1.34.
    const Worst worst = compare(exact, out, 1e-5 * std::max(1.0, largest(in)), 0);
    INFO(worst.where);
    CHECK(worst.excess <= 0);
    CHECK(out.intact());
    CHECK(padding_is_zero(out, 3 * boards.c));
    for (int b = 0; b < boards.n; ++b) {
      Guarded alone(padded(3 * boards.c));
      const std::size_t first = static_cast<std::size_t>(b) * boards.pixels();
      (kernel->*form)(in.data() + first * padded(boards.c), 1, boards.pixels(), boards.c,
                      mask != nullptr ? mask + first : nullptr, area.data() + b, alone.data());
      CHECK(same_bits(alone.data(), out.data() + b * alone.size(), alone.size()));
    }
  }
}

TEST_CASE("pooling agrees with ref and does not depend on the batch", "[kernels]") {
  Rng rng(9);
  for (int i = 0; i < 80; ++i) {
    const Boards boards = random_boards(rng);
    Guarded in = random_rows(rng, static_cast<std::size_t>(boards.n) * boards.pixels(), boards.c);
    // Some channels lie entirely below the floor of -1.
    const float offset = coin(rng) ? -3.0f : 0.0f;
    for (std::size_t p = 0; p < boards.mask.size(); ++p) {
      for (int c = 0; c < boards.c; ++c) {
        float& value = in[p * padded(boards.c) + c];
        value = boards.mask[p] != 0 ? value + offset : 0.0f;
      }
    }
    check_pool(boards, in, boards.mask.data(), boards.area, &kernels::PoolKernel::gpool);
    check_pool(boards, in, boards.mask.data(), boards.area, &kernels::PoolKernel::vpool);
    const Guarded full(boards.n, static_cast<float>(boards.pixels()));
    check_pool(boards, in, nullptr, full, &kernels::PoolKernel::gpool);
  }
}

void check_norm(const Boards& boards, const Guarded& in, const kernels::RmsNormArgs& args,
                kernels::RmsNormFn kernels::RmsNormKernel::*form) {
  Guarded exact(in.size());
  (kernels::rmsnorm_f32_ref.*form)(in.data(), args, exact.data());
  for (const auto& [symbol, isa, kernel] : kNorms) {
    if (!isa_usable(isa)) continue;
    INFO(symbol << ", " << boards.n << " boards in " << boards.h << "x" << boards.w << ", "
                << boards.c << " channels");
    Guarded out(in);  // in place
    (kernel->*form)(out.data(), args, out.data());
    const Worst worst = compare(exact, out, 1e-5, 1e-5);  // rmsnorm.h
    INFO(worst.where);
    CHECK(worst.excess <= 0);
    CHECK(out.intact());
    CHECK(padding_is_zero(out, boards.c));
    if (args.mask != nullptr) CHECK(zero_off_mask(out, args.mask, boards.c));
    kernels::RmsNormArgs one = args;
    one.n = 1;
    const std::size_t size = static_cast<std::size_t>(boards.pixels()) * padded(boards.c);
    for (int b = 0; b < boards.n; ++b) {
      Guarded alone(size);
      if (args.mask != nullptr) one.mask = args.mask + b * boards.pixels();
      one.area = args.area + b;
      (kernel->*form)(in.data() + b * size, one, alone.data());
      CHECK(same_bits(alone.data(), out.data() + b * size, size));
    }
  }
}

TEST_CASE("root-mean-square norms agree with ref and ignore what is off the board", "[kernels]") {
  Rng rng(10);
  for (int i = 0; i < 80; ++i) {
    const Boards boards = random_boards(rng);
    const std::size_t rows = static_cast<std::size_t>(boards.n) * boards.pixels();
    Guarded in = random_rows(rng, rows, boards.c, 3.0f);
    const Guarded gamma = random_rows(rng, 1, boards.c), beta = random_rows(rng, 1, boards.c);
    const Guarded full(boards.n, static_cast<float>(boards.pixels()));
    kernels::RmsNormArgs args;
    args.n = boards.n;
    args.pixels = boards.pixels();
    args.c = boards.c;
    args.gamma = gamma.data();
    args.beta = coin(rng) ? beta.data() : nullptr;
    args.act = static_cast<kernels::Act>(random_int(rng, 0, 3));
    args.area = full.data();
    if (coin(rng)) {
      args.mask = boards.mask.data();
      args.area = boards.area.data();
      for (std::size_t row = 0; row < rows; ++row) {
        if (boards.mask[row] == 0) in[row * padded(boards.c)] = NAN;
      }
    }
    check_norm(boards, in, args, &kernels::RmsNormKernel::per_pixel);
    check_norm(boards, in, args, &kernels::RmsNormKernel::spatial);
  }
}

}  // namespace
}  // namespace hayago::test
