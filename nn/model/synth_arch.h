// Shapes of the random networks (spec/01 section 11): one row per architecture.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "nn/model/desc.h"

namespace hayago::nn {

struct SynthArch {
  std::string_view name;
  // One letter per block: o ordinary, g pooling, n nested with two ordinary blocks, G nested with a
  // pooling and an ordinary block, A attention, F ffn, T nested with `pairs` times (A, F).
  std::string blocks;
  int trunk, mid, pooled;  // channels: trunk, inside blocks, pooled path
  int p1, g1, v1, v2;      // channels of the heads
  int version;
  Act act;
  int kernel;  // of the first convolution
  int pairs = 0;
  int heads = 0, kv_heads = 0, q_dim = 0, v_dim = 0, hidden = 0;
  std::string_view rope = "fixed", tip = "bn";
};

std::span<const SynthArch> synth_arch_table();

}  // namespace hayago::nn
