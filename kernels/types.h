// Shared vocabulary of all operations.
//
// Activations are float32, pixels-major ("NHWC"): tensor (n, P, C) with P = h*w pixels and a
// channel stride of padded(C); index ((n*P + p)*padded(C) + c). Padding channels hold 0 on input
// and every kernel writes 0 to them (weights are padded with zeros when packed).
// All pointers to activations and packed weights are 64-byte aligned.
// Numbers for one position never depend on n or on the slot of the position in the batch.
#pragma once
#include <cstddef>

namespace hayago::kernels {

inline constexpr int kChannelAlign = 16;  // floats; one AVX-512 register
inline constexpr std::size_t kByteAlign = 64;

// Always inlined: an out-of-line copy compiled with one ISA's flags must not serve the program.
[[gnu::always_inline]] inline constexpr int padded(int channels) {
  return (channels + kChannelAlign - 1) / kChannelAlign * kChannelAlign;
}

// spec/01 section 5.6; kScaledMish (8x inside the softplus) never occurs in a file.
enum class Act { kIdentity, kRelu, kMish, kSilu };

// What a convolution or matrix product does with its result v(row, c) before storing it. Rows are
// pixels (rows_per_position = P) or positions (rows_per_position = 1).
//   v = acc + bias[c] + row_bias[n][c] + residual[row][c]
//   raw_out[row][c] = v
//   act_out[row][c] = mask[row] ? act(scale[c]*v + shift[c]) : 0
// Every pointer may be null (the step is left out) except that at least one output is given.
// raw_out may be the same memory as residual. Row strides are padded(c_out) everywhere; bias, scale
// and shift are padded(c_out) long too, with zeros in the padding.
struct Epilogue {
  const float* bias = nullptr;      // (c_out)
  const float* row_bias = nullptr;  // (n, c_out)
  const float* residual = nullptr;  // (rows, c_out)
  float* raw_out = nullptr;         // (rows, c_out)
  const float* scale = nullptr;     // (c_out); null = 1
  const float* shift = nullptr;     // (c_out); null = 0
  Act act = Act::kIdentity;
  const float* mask = nullptr;  // (rows), each 0 or 1; null = all 1
  bool mask_acc = false;        // multiply acc by mask[row] before adding anything
  float* act_out = nullptr;     // (rows, c_out)
};

}  // namespace hayago::kernels
