// Root-mean-square norms (spec/02 sections 2 and 6).
// Per pixel: v = in * (1/sqrt(sum_c in^2/C + eps)) * gamma[c] + beta[c]; out = mask ? act(v) : 0.
// Spatial: one statistic per position over board points and channels: 1/sqrt(S/(A*C) + eps).
// in, out: (n, P, c), out may be in. gamma (c), beta (c) or null, mask (n, P) or null, area (n).
// Tolerance: 1e-5 * (1 + |exact|).
#pragma once
#include "kernels/isa.h"
#include "kernels/types.h"

namespace hayago::kernels {

struct RmsNormArgs {
  int n = 0, pixels = 0, c = 0;
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float eps = 1e-6f;
  Act act = Act::kIdentity;
  const float* mask = nullptr;
  const float* area = nullptr;  // only read by the spatial form
};

using RmsNormFn = void (*)(const float* in, const RmsNormArgs& args, float* out) noexcept;
RmsNormFn pick_rmsnorm(Isa isa);
RmsNormFn pick_rmsnorm_spatial(Isa isa);

}  // namespace hayago::kernels
