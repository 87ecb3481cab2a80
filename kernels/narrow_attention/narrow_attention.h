// Attention over the points of one board in 16-bit integers, from and to floats: what
// kernels/attention computes, with operands rounded at run time, so that nothing is calibrated.
//
//   keys     k[j] - mean over the board's keys, which changes no softmax, as integers times a scale
//            of the key
//   queries  as integers times a scale of the query
//   weights  2^(score - largest score of the query) in steps of 1 / 8192
//   values   as integers times a scale of the channel
// Integers are as large as 32-bit sums allow: up to sqrt(2^31 / q_dim), and up to 2^31 / 8200 keys.
// Sums of products are exact; scores, the softmax and the last quotient are floats. 8 bits would be
// too few: they cost a transformer more than all its products in int8 do.
// The mean is subtracted as in SageAttention (arXiv 2410.02367), section 4.2.
#pragma once
#include "kernels/attention/attention.h"

namespace hayago::kernels {

// Layouts, mask and share as of AttentionFn. All kernels round operands to the same integers; what
// they make of them agrees within 5e-4 * max|v|. Against float: |error| <= 4e-3 * max|v| for
// queries and keys of unit variance, on the largest board.
std::size_t narrow_attention_scratch_bytes(const AttentionArgs& args);

// The fastest kernel up to `limit`; null if none but ref could and the limit is higher.
AttentionFn pick_narrow_attention(Isa limit);

}  // namespace hayago::kernels
