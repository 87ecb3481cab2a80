// Moves element-wise operations into the convolution or product that feeds them.
#pragma once
#include "nn/plan/plan.h"

namespace hayago::nn {

// Every convolution and product takes over, as far as nobody else reads the intermediate tensor:
// biases, pooled row biases and the residual addition; then the next norm + activation as its
// second output. The raw result is only stored where somebody still reads it. A fused operation
// runs where the last addition it absorbed stood, so everything it adds exists by then. Values
// change only by the rounding of the order of additions. Tensors that vanish keep their ids.
Plan fuse(const Plan& plan);

}  // namespace hayago::nn
