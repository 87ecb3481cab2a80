#include "tests/kernels/epilogue_case.h"

#include <catch2/catch.hpp>
#include <cstring>

namespace hayago::test {
namespace {

// (c) values within +-1.2, zero padding.
Guarded channel_values(Rng& rng, int c) {
  std::uniform_real_distribution<float> uniform(-1.2f, 1.2f);
  Guarded result(kernels::padded(c));
  for (int i = 0; i < c; ++i) result[i] = uniform(rng);
  return result;
}

}  // namespace

EpilogueCase::EpilogueCase(Rng& rng, int n, int pixels, int channels, const Guarded& board_mask)
    : c(channels),
      bias(channel_values(rng, c)),
      row_bias(random_rows(rng, n, c)),
      residual(random_rows(rng, static_cast<std::size_t>(n) * pixels, c)),
      scale(channel_values(rng, c)),
      shift(channel_values(rng, c)),
      mask(board_mask),
      use_bias(coin(rng)),
      use_row_bias(coin(rng)),
      use_residual(coin(rng)),
      in_place(use_residual && coin(rng)),
      use_raw(in_place || coin(rng)),
      use_scale(coin(rng)),
      use_shift(coin(rng)),
      use_mask(coin(rng)),
      mask_acc(coin(rng)),
      use_act(!use_raw || coin(rng)),
      act(static_cast<kernels::Act>(random_int(rng, 0, 3))) {}

kernels::Epilogue EpilogueCase::bind(Guarded& raw, Guarded& act_out) const {
  kernels::Epilogue e;
  if (use_bias) e.bias = bias.data();
  if (use_row_bias) e.row_bias = row_bias.data();
  if (use_residual) e.residual = residual.data();
  if (in_place) {
    std::memcpy(raw.data(), residual.data(), residual.size() * sizeof(float));
    e.residual = raw.data();
  }
  if (use_raw) e.raw_out = raw.data();
  if (use_scale) e.scale = scale.data();
  if (use_shift) e.shift = shift.data();
  e.act = act;
  if (use_mask) e.mask = mask.data();
  e.mask_acc = mask_acc;
  if (use_act) e.act_out = act_out.data();
  return e;
}

void check_outputs(const EpilogueCase& test, const Guarded& exact_raw, const Guarded& exact_act,
                   const Guarded& raw, const Guarded& act, double acc_tolerance, double act_error) {
  CHECK(raw.intact());
  CHECK(act.intact());
  if (test.use_raw) {
    // Relative part: rounding of the additions in the epilogue.
    const Worst worst = compare(exact_raw, raw, acc_tolerance, 1e-6);
    INFO("raw output, " << worst.where);
    CHECK(worst.excess <= 0);
    CHECK(padding_is_zero(raw, test.c));
  }
  if (test.use_act) {
    // |scale| <= 1.2 and no activation is steeper than 1.1; the rest is the rounding of the
    // epilogue and the activation's own error.
    const Worst worst = compare(exact_act, act, 1.32 * acc_tolerance + 4e-6, act_error);
    INFO("activated output, " << worst.where);
    CHECK(worst.excess <= 0);
    CHECK(padding_is_zero(act, test.c));
    if (test.use_mask) CHECK(zero_off_mask(act, test.mask.data(), test.c));
  }
}

}  // namespace hayago::test
