// Rotary position embedding and attention over the points of one board (spec/02 section 5).
#pragma once
#include <cstddef>

#include "kernels/isa.h"
#include "kernels/share.h"
#include "kernels/types.h"

namespace hayago::kernels {

// In place on x: (n, P, heads*dim). cos_table, sin_table: (P, kv_heads, dim/2) without padding.
// Head h uses table row h*kv_heads/heads (integer division).
struct RopeArgs {
  int n = 0, pixels = 0, heads = 0, kv_heads = 0, dim = 0;
  const float* cos_table = nullptr;
  const float* sin_table = nullptr;
};
using RopeFn = void (*)(float* x, const RopeArgs& args) noexcept;
RopeFn pick_rope(Isa isa);

// q: (n, P, heads*q_dim)  k: (n, P, kv_heads*q_dim)  v: (n, P, kv_heads*v_dim)
// out: (n, P, heads*v_dim), 0 at off-board rows. mask (n, P) or null: off-board keys get weight 0.
// Scores are scaled by 1/sqrt(q_dim), softmax with maximum subtraction.
// Tolerance: 2e-5 * max|v|.
struct AttentionArgs {
  int n = 0, pixels = 0, heads = 0, kv_heads = 0, q_dim = 0, v_dim = 0;
  const float* mask = nullptr;
  Share share = {};  // of the attention, which is done when all parts have been
};
// For calls of args.share.parts threads.
std::size_t attention_scratch_bytes(const AttentionArgs& args);
using AttentionFn = void (*)(const float* q, const float* k, const float* v,
                             const AttentionArgs& args, float* out, void* scratch) noexcept;
AttentionFn pick_attention(Isa isa);

}  // namespace hayago::kernels
