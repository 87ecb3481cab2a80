// Every narrow attention against ref, and ref against the attention of floats.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/attention/kernel.h"
#include "kernels/narrow_attention/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {
namespace {

using kernels::AttentionArgs;
using kernels::padded;

const NamedKernel<kernels::NarrowAttentionKernel> kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/narrow_attention/kernels.inc"
#undef HAYAGO_KERNEL
};

// Operands of one call; off-board rows are NaN where there is a mask.
struct Case {
  Case(Rng& rng, const AttentionArgs& shape, int h, int w, bool use_mask)
      : args(shape),
        rows(static_cast<std::size_t>(shape.n) * h * w),
        mask(random_mask(rng, shape.n, h, w)),
        q(random_rows(rng, rows, q_width(), 1.5f)),
        k(random_rows(rng, rows, k_width(), 1.5f)),
        v(random_rows(rng, rows, v_width())) {
    args.pixels = h * w;
    for (std::size_t i = 0; i < v.size(); ++i) largest = std::max(largest, std::abs(1.0 * v[i]));
    if (!use_mask) return;
    args.mask = mask.data();
    for (std::size_t row = 0; row < rows; ++row) {
      if (mask[row] != 0) continue;
      for (int i = 0; i < q_width(); ++i) q[row * padded(q_width()) + i] = NAN;
      for (int i = 0; i < k_width(); ++i) k[row * padded(k_width()) + i] = NAN;
      for (int i = 0; i < v_width(); ++i) v[row * padded(v_width()) + i] = NAN;
    }
  }
  int q_width() const { return args.heads * args.q_dim; }
  int k_width() const { return args.kv_heads * args.q_dim; }
  int v_width() const { return args.kv_heads * args.v_dim; }
  int out_width() const { return args.heads * args.v_dim; }
  std::size_t out_size() const { return rows * padded(out_width()); }

  // What the kernel makes of all positions, by `parts` shares one after the other.
  Guarded run(const kernels::NarrowAttentionKernel& kernel, int parts = 1) const {
    return run(kernel, 0, args.n, parts);
  }
  Guarded run(const kernels::NarrowAttentionKernel& kernel, int first, int n, int parts) const {
    AttentionArgs some = args;
    some.n = n;
    some.share.parts = parts;
    const std::size_t row = static_cast<std::size_t>(first) * args.pixels;
    if (some.mask != nullptr) some.mask += row;
    Guarded out(static_cast<std::size_t>(n) * args.pixels * padded(out_width()), NAN);
    Guarded scratch(narrow_attention_scratch_bytes(some) / sizeof(float), NAN);
    for (some.share.part = 0; some.share.part < parts; ++some.share.part) {
      kernel.attention(q.data() + row * padded(q_width()), k.data() + row * padded(k_width()),
                       v.data() + row * padded(v_width()), some, out.data(), scratch.data());
    }
    CHECK(scratch.intact());
    CHECK(out.intact());
    return out;
  }

  AttentionArgs args;
  std::size_t rows;
  Guarded mask, q, k, v;
  double largest = 0;
};

void check(const Case& test) {
  const AttentionArgs& args = test.args;
  const Guarded exact = test.run(kernels::narrow_attention_i16_ref);
  for (const auto& [symbol, isa, kernel] : kKernels) {
    if (!isa_usable(isa)) continue;
    INFO(symbol << ", " << args.n << " boards of " << args.pixels << " points, " << args.heads
                << "/" << args.kv_heads << " heads of " << args.q_dim << "/" << args.v_dim);
    const Guarded out = test.run(*kernel);
    const Worst worst = compare(exact, out, 5e-4 * test.largest, 0);  // narrow_attention.h
    INFO(worst.where);
    CHECK(worst.excess <= 0);
    CHECK(padding_is_zero(out, test.out_width()));
    if (args.mask != nullptr) CHECK(zero_off_mask(out, args.mask, test.out_width()));
    const Guarded shared = test.run(*kernel, 3);
    CHECK(same_bits(shared.data(), out.data(), out.size()));
    for (int b = 0; b < args.n; ++b) {
      const Guarded alone = test.run(*kernel, b, 1, 1);
      CHECK(same_bits(alone.data(), out.data() + b * alone.size(), alone.size()));
    }
  }
}

TEST_CASE("narrow attention agrees with ref, ignores off-board points and the batch", "[kernels]") {
  Rng rng(21);
  for (int i = 0; i < 40; ++i) {
    AttentionArgs args;
    args.n = random_int(rng, 1, 4);
    args.kv_heads = random_int(rng, 1, 3);
    args.heads = args.kv_heads * random_int(rng, 1, 3);
    args.q_dim = 2 * random_int(rng, 1, 20);
    args.v_dim = random_int(rng, 1, 70);
    const int h = random_int(rng, 2, 9), w = random_int(rng, 2, 9);
    check(Case(rng, args, h, w, coin(rng)));
  }
}

TEST_CASE("narrow attention agrees with ref on a full board", "[kernels]") {
  Rng rng(22);
  AttentionArgs args;
  args.n = 1;
  args.heads = 2;
  args.kv_heads = 1;
  args.q_dim = args.v_dim = 64;
  check(Case(rng, args, 19, 19, false));
  check(Case(rng, args, 19, 19, true));
}

TEST_CASE("narrow attention: queries, keys or values of zeros, and huge ones", "[kernels]") {
  Rng rng(23);
  AttentionArgs args;
  args.n = args.kv_heads = 1;
  args.heads = 2;
  args.q_dim = args.v_dim = 12;
  for (const float scale : {0.0f, 1e-30f, 1e4f}) {
    for (int which = 0; which < 3; ++which) {
      Case test(rng, args, 5, 5, false);
      Guarded& of = which == 0 ? test.q : which == 1 ? test.k : test.v;
      for (std::size_t i = 0; i < of.size(); ++i) of[i] *= scale;
      if (which == 2) test.largest *= scale;
      if (which == 2) test.largest = std::max(test.largest, 1e-30);
      check(test);
    }
  }
}

TEST_CASE("narrow attention is near that of floats", "[kernels]") {
  Rng rng(24);
  AttentionArgs args;
  args.n = 1;
  args.heads = args.kv_heads = 3;
  args.q_dim = args.v_dim = 32;
  const Case test(rng, args, 19, 19, false);
  const Guarded narrow = test.run(kernels::narrow_attention_i16_ref);
  Guarded floats(test.out_size()), scratch(attention_scratch_bytes(test.args) / sizeof(float));
  kernels::attention_f32_ref.attention(test.q.data(), test.k.data(), test.v.data(), test.args,
                                       floats.data(), scratch.data());
  const Worst worst = compare(floats, narrow, 4e-3 * test.largest, 0);  // narrow_attention.h
  INFO(worst.where);
  CHECK(worst.excess <= 0);
  CHECK_FALSE(same_bits(floats.data(), narrow.data(), floats.size()));
}

}  // namespace
}  // namespace hayago::test
