// Every normalisation-activation, gate and row-bias kernel of the lists against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/gate/kernel.h"
#include "kernels/normact/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {
namespace {

using kernels::Act;
using kernels::padded;

const NamedKernel<kernels::NormActKernel> kNormActs[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/normact/kernels.inc"
#undef HAYAGO_KERNEL
};
const NamedKernel<kernels::GateKernel> kGates[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/gate/kernels.inc"
#undef HAYAGO_KERNEL
};

// normact.h and gate.h: the vector exponential has a relative error of 2e-7, and near a zero of the
// activation the rounding of scale*in + shift remains.
constexpr double kTolerance = 4e-6;

TEST_CASE("normact agrees with ref, ignores what is off the board", "[kernels]") {
  Rng rng(6);
  for (int i = 0; i < 200; ++i) {
    const int rows = random_int(rng, 1, 80), c = random_int(rng, 1, 70);
    Guarded in = random_rows(rng, rows, c, 6.0f);
    const Guarded scale = random_rows(rng, 1, c), shift = random_rows(rng, 1, c);
    const Guarded mask = random_mask(rng, 1, 1, rows);
    const bool use_mask = coin(rng), use_scale = coin(rng), use_shift = coin(rng);
    const Act act = static_cast<Act>(random_int(rng, 0, 3));
    for (int row = 0; use_mask && row < rows; ++row) {
      if (mask[row] == 0) in[static_cast<std::size_t>(row) * padded(c)] = NAN;
    }
    Guarded exact(in.size());
    kernels::normact_f32_ref.normact(in.data(), rows, c, use_scale ? scale.data() : nullptr,
                                     use_shift ? shift.data() : nullptr, act,
                                     use_mask ? mask.data() : nullptr, exact.data());
    for (const auto& [symbol, isa, kernel] : kNormActs) {
      if (!isa_usable(isa)) continue;
      INFO(symbol << ", " << rows << " rows of " << c << ", activation " << static_cast<int>(act));
      Guarded out(in);  // in place
      kernel->normact(out.data(), rows, c, use_scale ? scale.data() : nullptr,
                      use_shift ? shift.data() : nullptr, act, use_mask ? mask.data() : nullptr,
                      out.data());
      const Worst worst = compare(exact, out, kTolerance, kTolerance);
      INFO(worst.where);
      CHECK(worst.excess <= 0);
      CHECK(out.intact());
      CHECK(padding_is_zero(out, c));
      if (use_mask) CHECK(zero_off_mask(out, mask.data(), c));
    }
  }
}

TEST_CASE("activations are right over their whole range", "[kernels]") {
  constexpr int kCount = 4096;
  Guarded in(kCount), exact(kCount), out(kCount);
  for (int i = 0; i < kCount; ++i) in[i] = -120.0f + 240.0f * i / kCount;
  in[0] = 0.0f, in[1] = 20.0f, in[2] = 19.999999f, in[3] = -1e6f, in[4] = 1e30f, in[5] = -0.0f;
  for (const Act act : {Act::kIdentity, Act::kRelu, Act::kMish, Act::kSilu}) {
    const auto run = [&](const kernels::NormActKernel& kernel, Guarded& to) {
      kernel.normact(in.data(), kCount / 16, 16, nullptr, nullptr, act, nullptr, to.data());
    };
    run(kernels::normact_f32_ref, exact);
    for (const auto& [symbol, isa, kernel] : kNormActs) {
      if (!isa_usable(isa)) continue;
      run(*kernel, out);
      const Worst worst = compare(exact, out, 1e-30, 1e-6);
      INFO(symbol << ", activation " << static_cast<int>(act) << ", " << worst.where);
      // Relative to the result: exp and the division err by a few units of 6e-8.
      CHECK(worst.excess <= 0);
    }
  }
}

TEST_CASE("mish and silu have the values of the specification", "[kernels]") {
  // spec/02 section 2.
  const float x[] = {-5, -1, -0.5f, 0.5f, 1, 3};
  const double mish[] = {-0.0335762, -0.3034015, -0.2207438, 0.3752452, 0.8650984, 2.9865350};
  const double silu[] = {-0.0334643, -0.2689414, -0.1887703, 0.3112297, 0.7310586, 2.8577224};
  Guarded in(16), out(16);
  for (int i = 0; i < 6; ++i) in[i] = x[i];
  for (const auto& [symbol, isa, kernel] : kNormActs) {
    if (!isa_usable(isa)) continue;
    INFO(symbol);
    // Seven decimals are given; 5e-7 is float rounding at 3 plus half a unit of the last decimal.
    kernel->normact(in.data(), 1, 6, nullptr, nullptr, Act::kMish, nullptr, out.data());
    for (int i = 0; i < 6; ++i) CHECK(out[i] == Approx(mish[i]).margin(5e-7));
    kernel->normact(in.data(), 1, 6, nullptr, nullptr, Act::kSilu, nullptr, out.data());
    for (int i = 0; i < 6; ++i) CHECK(out[i] == Approx(silu[i]).margin(5e-7));
  }
}

TEST_CASE("the way back through normact agrees with ref, ignores what is off the board",
          "[kernels]") {
  Rng rng(9);
  for (int i = 0; i < 120; ++i) {
    const int rows = random_int(rng, 1, 80), c = random_int(rng, 1, 70);
    Guarded in = random_rows(rng, rows, c, 6.0f), gradient = random_rows(rng, rows, c);
    const Guarded before = random_rows(rng, rows, c);
    const Guarded scale = random_rows(rng, 1, c), shift = random_rows(rng, 1, c);
    const Guarded mask = random_mask(rng, 1, 1, rows);
    const Act act = static_cast<Act>(random_int(rng, 0, 3));
    const bool use_mask = coin(rng);
    for (int row = 0; use_mask && row < rows; ++row) {
      if (mask[row] != 0) continue;
      in[static_cast<std::size_t>(row) * padded(c)] = NAN;
      gradient[static_cast<std::size_t>(row) * padded(c)] = NAN;
    }
    const auto run = [&](const kernels::NormActKernel& kernel, Guarded& to, Guarded& scale_sum,
                         Guarded& shift_sum) {
      kernel.normact_back({in.data(), gradient.data(), rows, c, scale.data(), shift.data(), act,
                           use_mask ? mask.data() : nullptr, to.data(), scale_sum.data(),
                           shift_sum.data()});
    };
    Guarded exact(before), exact_scale(scale), exact_shift(shift);
    run(kernels::normact_f32_ref, exact, exact_scale, exact_shift);
    for (const auto& [symbol, isa, kernel] : kNormActs) {
      if (!isa_usable(isa)) continue;
      Guarded out(before), scale_sum(scale), shift_sum(shift);
      run(*kernel, out, scale_sum, shift_sum);
      INFO(symbol << ", " << rows << " rows of " << c << ", activation " << static_cast<int>(act));
      // Numbers up to 4, inputs up to 25, slopes up to 1.1; sums have up to 80 terms.
      CHECK(compare(exact, out, 4 * kTolerance, kTolerance).excess <= 0);
      CHECK(compare(exact_scale, scale_sum, 80 * 25 * kTolerance, 0).excess <= 0);
      CHECK(compare(exact_shift, shift_sum, 80 * kTolerance, 0).excess <= 0);
      CHECK((out.intact() && scale_sum.intact() && shift_sum.intact()));
      CHECK(padding_is_zero(out, c));
    }
  }
}

TEST_CASE("row biases are added exactly", "[kernels]") {
  Rng rng(7);
  for (int i = 0; i < 40; ++i) {
    const int n = random_int(rng, 1, 4), pixels = random_int(rng, 1, 50),
              c = random_int(rng, 1, 70);
    const Guarded x = random_rows(rng, static_cast<std::size_t>(n) * pixels, c);
    const Guarded bias = random_rows(rng, n, c);
    Guarded exact(x);
    kernels::normact_f32_ref.add_row_bias(exact.data(), n, pixels, c, bias.data());
    for (const auto& [symbol, isa, kernel] : kNormActs) {
      if (!isa_usable(isa)) continue;
      INFO(symbol);
      Guarded out(x);
      kernel->add_row_bias(out.data(), n, pixels, c, bias.data());
      CHECK(same_bits(exact.data(), out.data(), exact.size()));
      CHECK(out.intact());
    }
  }
}

TEST_CASE("silu gates agree with ref", "[kernels]") {
  Rng rng(8);
  for (int i = 0; i < 60; ++i) {
    const int rows = random_int(rng, 1, 50), c = random_int(rng, 1, 70);
    const Guarded a = random_rows(rng, rows, c, 5.0f), g = random_rows(rng, rows, c);
    Guarded exact(a.size());
    kernels::gate_f32_ref.silu_gate(a.data(), g.data(), rows, c, exact.data());
    for (const auto& [symbol, isa, kernel] : kGates) {
      if (!isa_usable(isa)) continue;
      Guarded out(coin(rng) ? a : g);
      const float* gate = g.data();
      if (same_bits(out.data(), a.data(), a.size())) {
        kernel->silu_gate(out.data(), gate, rows, c, out.data());
      } else {
        kernel->silu_gate(a.data(), out.data(), rows, c, out.data());
      }
      const Worst worst = compare(exact, out, kTolerance, kTolerance);
      INFO(symbol << ", " << worst.where);
      CHECK(worst.excess <= 0);
      CHECK(out.intact());
      CHECK(padding_is_zero(out, c));
    }
  }
}

}  // namespace
}  // namespace hayago::test
