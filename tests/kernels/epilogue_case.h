// Random epilogues for convolution and matrix product tests.
#pragma once
#include "tests/kernels/tensors.h"

namespace hayago::test {

// One random combination of epilogue steps with its data; `n` positions of `pixels` rows.
struct EpilogueCase {
  EpilogueCase(Rng& rng, int n, int pixels, int c, const Guarded& mask);

  // An epilogue that writes to the given outputs; raw output starts as a copy of the residual when
  // in_place is set.
  kernels::Epilogue bind(Guarded& raw, Guarded& act) const;

  int c;
  Guarded bias, row_bias, residual, scale, shift, mask;
  bool use_bias, use_row_bias, use_residual, in_place, use_raw, use_scale, use_shift, use_mask,
      mask_acc, use_act;
  kernels::Act act;
};

// All that must hold for the outputs of one kernel; `exact` come from ref. Fails the test with the
// worst element. acc_tolerance is that of the sum before the epilogue, act_error the relative one
// of activations (normact.h).
void check_outputs(const EpilogueCase& test, const Guarded& exact_raw, const Guarded& exact_act,
                   const Guarded& raw, const Guarded& act, double acc_tolerance,
                   double act_error = 4e-6);

}  // namespace hayago::test
