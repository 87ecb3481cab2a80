// Folding of the batch-norm record (spec/01 section 5.5).
#pragma once
#include "nn/model/desc.h"

namespace hayago::nn {

// Fills a and b from mean, variance, scale, bias and eps, all in binary32. May give values that are
// not finite; the caller decides what that means.
void fold_norm(NormDesc& norm);

// Every batch norm of the network as a scale and a bias alone: mean 0, variance 1 - eps. Those with
// an epsilon of 1/2 or more stay as they are.
void reduce_norms(ModelDesc& model);

}  // namespace hayago::nn
