// Every attention and rotary embedding kernel of the list against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/attention/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {
namespace {

using kernels::padded;

const NamedKernel<kernels::AttentionKernel> kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/attention/kernels.inc"
#undef HAYAGO_KERNEL
};

void run(const kernels::AttentionKernel& kernel, const Guarded& q, const Guarded& k,
         const Guarded& v, const kernels::AttentionArgs& args, float* out) {
  Guarded scratch(attention_scratch_bytes(args) / sizeof(float), NAN);
  kernel.attention(q.data(), k.data(), v.data(), args, out, scratch.data());
  CHECK(scratch.intact());
}

// Off-board rows of q, k and v become NaN: nothing may read them.
void poison(Guarded& rows, const Guarded& mask, int c) {
  for (std::size_t row = 0; row < mask.size(); ++row) {
    for (int i = 0; mask[row] == 0 && i < c; ++i) rows[row * padded(c) + i] = NAN;
  }
}

void check(const kernels::AttentionArgs& shape, int h, int w, bool use_mask, Rng& rng) {
  kernels::AttentionArgs args = shape;
  args.pixels = h * w;
  const std::size_t rows = static_cast<std::size_t>(args.n) * args.pixels;
  const int q_width = args.heads * args.q_dim, k_width = args.kv_heads * args.q_dim,
            v_width = args.kv_heads * args.v_dim;
  Guarded q = random_rows(rng, rows, q_width, 1.5f), k = random_rows(rng, rows, k_width, 1.5f),
          v = random_rows(rng, rows, v_width);
  double v_largest = 0;
  for (std::size_t i = 0; i < v.size(); ++i) v_largest = std::max(v_largest, std::abs(1.0 * v[i]));
  const Guarded mask = random_mask(rng, args.n, h, w);
  if (use_mask) {
    args.mask = mask.data();
    poison(q, mask, q_width);
    poison(k, mask, k_width);
    poison(v, mask, v_width);
  }
  const std::size_t stride = padded(args.heads * args.v_dim);
  Guarded exact(rows * stride);
  run(kernels::attention_f32_ref, q, k, v, args, exact.data());
  for (const auto& [symbol, isa, kernel] : kKernels) {
    if (!isa_usable(isa)) continue;
    INFO(symbol << ", " << args.n << " x " << h << "x" << w << ", " << args.heads << "/"
                << args.kv_heads << " heads of " << args.q_dim << "/" << args.v_dim);
    Guarded out(rows * stride, NAN);
    run(*kernel, q, k, v, args, out.data());
    const Worst worst = compare(exact, out, 2e-5 * v_largest, 0);  // attention.h
    INFO(worst.where);
    CHECK(worst.excess <= 0);
    CHECK(out.intact());
    CHECK(padding_is_zero(out, args.heads * args.v_dim));
    if (use_mask) CHECK(zero_off_mask(out, mask.data(), args.heads * args.v_dim));
    const kernels::AttentionArgs all = args;
    for (int b = 0; b < all.n; ++b) {
      kernels::AttentionArgs one = all;
      one.n = 1;
      const std::size_t first = static_cast<std::size_t>(b) * all.pixels;
      if (use_mask) one.mask = mask.data() + first;
      Guarded alone(all.pixels * stride), scratch(attention_scratch_bytes(one) / sizeof(float));
      kernel->attention(q.data() + first * padded(q_width), k.data() + first * padded(k_width),
                        v.data() + first * padded(v_width), one, alone.data(), scratch.data());
      CHECK(same_bits(alone.data(), out.data() + first * stride, alone.size()));
    }
  }
}

TEST_CASE("attention agrees with ref, ignores off-board points and the batch", "[kernels]") {
  Rng rng(11);
  for (int i = 0; i < 40; ++i) {
    kernels::AttentionArgs args;
    args.n = random_int(rng, 1, 4);
    args.kv_heads = random_int(rng, 1, 3);
    args.heads = args.kv_heads * random_int(rng, 1, 3);
    args.q_dim = 2 * random_int(rng, 1, 20);
    args.v_dim = random_int(rng, 1, 40);
    check(args, random_int(rng, 2, 9), random_int(rng, 2, 9), coin(rng), rng);
  }
}

TEST_CASE("attention agrees with ref on a full board", "[kernels]") {
  Rng rng(12);
  kernels::AttentionArgs args;
  args.n = 1;
  args.heads = 2;
  args.kv_heads = 1;
  args.q_dim = 64;
  args.v_dim = 64;
  check(args, 19, 19, false, rng);
  check(args, 19, 19, true, rng);
}

TEST_CASE("rotary embedding agrees with ref", "[kernels]") {
  Rng rng(13);
  for (int i = 0; i < 60; ++i) {
    kernels::RopeArgs args;
    args.n = random_int(rng, 1, 3);
    args.pixels = random_int(rng, 1, 60);
    args.kv_heads = random_int(rng, 1, 3);
    args.heads = args.kv_heads * random_int(rng, 1, 3);
    args.dim = 2 * random_int(rng, 1, 35);
    const std::size_t entries =
        static_cast<std::size_t>(args.pixels) * args.kv_heads * (args.dim / 2);
    Guarded cosine(entries), sine(entries);
    for (std::size_t j = 0; j < entries; ++j) {
      const double angle = random_int(rng, 0, 10000) * 0.01;
      cosine[j] = static_cast<float>(std::cos(angle));
      sine[j] = static_cast<float>(std::sin(angle));
    }
    args.cos_table = cosine.data();
    args.sin_table = sine.data();
    const int width = args.heads * args.dim;
    const Guarded x = random_rows(rng, static_cast<std::size_t>(args.n) * args.pixels, width);
    Guarded exact(x);
    kernels::attention_f32_ref.rope(exact.data(), args);
    for (const auto& [symbol, isa, kernel] : kKernels) {
      if (!isa_usable(isa)) continue;
      INFO(symbol << ", " << args.heads << "/" << args.kv_heads << " heads of " << args.dim);
      Guarded out(x);
      kernel->rope(out.data(), args);
      // Two products and a sum of values below 6: a few roundings of 2.4e-7 each.
      const Worst worst = compare(exact, out, 2e-6, 0);
      INFO(worst.where);
      CHECK(worst.excess <= 0);
      CHECK(out.intact());
      CHECK(padding_is_zero(out, width));
    }
  }
}

}  // namespace
}  // namespace hayago::test
