// The fused epilogue of kernels/types.h for one vector of channels of one row.
#pragma once
#include "kernels/cpu/math.h"

namespace hayago::kernels {

// v = acc + bias + row_bias + residual, stored to raw_out. `at` is the index of the vector's first
// element in every (rows, c) tensor, `c` its channel, `row_bias` the vector's row bias or null,
// `mask` the row's mask value.
template <class V>
HAYAGO_INLINE V finish_raw(const Epilogue& e, std::size_t at, int c, const float* row_bias,
                           float mask, V v) {
  if (e.mask_acc) v = v * V(mask);
  if (e.bias != nullptr) v = v + load<V>(e.bias + c);
  if (row_bias != nullptr) v = v + load<V>(row_bias);
  if (e.residual != nullptr) v = v + load<V>(e.residual + at);
  if (e.raw_out != nullptr) v.store_unaligned(e.raw_out + at);
  return v;
}

// The cache lines of finish() are on their way: outputs are written long before they are read
// again, so without this every store waits for memory.
HAYAGO_INLINE void fetch_ahead(const Epilogue& e, std::size_t at) {
  if (e.residual != nullptr) __builtin_prefetch(e.residual + at, 0);
  if (e.raw_out != nullptr) __builtin_prefetch(e.raw_out + at, 1);
  if (e.act_out != nullptr) __builtin_prefetch(e.act_out + at, 1);
}

// What goes to act_out, before the activation and the mask.
template <class V>
HAYAGO_INLINE V finish_norm(const Epilogue& e, int c, V v) {
  const V shift = e.shift != nullptr ? load<V>(e.shift + c) : V(0.0f);
  return e.scale != nullptr ? mul_add(load<V>(e.scale + c), v, shift) : v + shift;
}

template <class V, Act kAct>
HAYAGO_INLINE void finish(const Epilogue& e, std::size_t at, int c, const float* row_bias,
                          float mask, V v) {
  v = finish_raw(e, at, c, row_bias, mask, v);
  if (e.act_out == nullptr) return;
  v = mask == 0.0f ? V(0.0f) : activate<V, kAct>(finish_norm(e, c, v));
  v.store_unaligned(e.act_out + at);
}

}  // namespace hayago::kernels
