// A plan as text, one operation per line (for `hayago inspect` and tests), e.g.
//   12 conv 3x3 96->96   t13 -> t17, t18  block1/conv2  +t9 |norm relu
// Order: operation, sizes, what it reads, what it writes (a fused epilogue: raw, activated or
// both), name, then the epilogue: +bias, +row tN, +tN (residual), masked, |norm and activation.
#pragma once
#include <string>

#include "nn/plan/plan.h"

namespace hayago::nn {

std::string print_plan(const Plan& plan);

}  // namespace hayago::nn
