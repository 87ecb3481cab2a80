// Folding of the batch-norm record (spec/01 section 5.5).
#pragma once
#include "nn/model/desc.h"

namespace hayago::nn {

// Fills a and b from mean, variance, scale, bias and eps, all in binary32. May give values that are
// not finite; the caller decides what that means.
void fold_norm(NormDesc& norm);

}  // namespace hayago::nn
