// Attention over the points of one board in 8-bit integers, from and to floats: what
// kernels/attention computes, with operands rounded at run time, so that nothing is calibrated.
//
//   keys     k[j] - mean over the board's keys, which changes no softmax, in -127..127 times a scale
//            of the key
//   queries  in -127..127 times a scale of the query
//   weights  2^(score - largest score of the query) in steps of 1 / 65000
//   values   in -127..127 times a scale of the channel
// Sums of products are exact integers; scores, the softmax and the last quotient are floats.
// Idea of subtracting the mean: SageAttention (arXiv 2410.02367), section 4.2.
#pragma once
#include "kernels/attention/attention.h"

namespace hayago::kernels {

// Layouts, mask and share as of AttentionFn; up to 65 heads' worth of channels per row does not
// matter, but q_dim and v_dim count at most 512 each and a board 4096 points. All kernels round
// operands to the same integers; what they make of them agrees within 5e-4 * max|v|. Against float:
// |error| is about 1 % of rms(v) for queries and keys of unit variance.
std::size_t narrow_attention_scratch_bytes(const AttentionArgs& args);

// The fastest kernel up to `limit`; null if none but ref could and the limit is higher.
AttentionFn pick_narrow_attention(Isa limit);

}  // namespace hayago::kernels
