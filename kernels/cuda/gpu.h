// Vocabulary of the GPU kernels: plain structs that host code fills in. Needs no CUDA header, so
// that the executor above compiles everywhere; the kernels behind it are CUDA's or the emulation's.
//
// Layout. Per-pixel activations are (n, P, C) of the storage type with a channel stride of
// gpu_padded(C); per-position tensors are (n, C) of float with the same stride. Padding channels
// hold 0 on input and every kernel writes 0 to them. Device memory is at least 256-byte aligned.
// Numbers for one position never depend on n or on the slot of the position in the batch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/types.h"

namespace hayago::kernels {

inline constexpr int kGpuChannelAlign = 32;
inline constexpr int gpu_padded(int channels) {
  return (channels + kGpuChannelAlign - 1) / kGpuChannelAlign * kGpuChannelAlign;
}

// Storage of per-pixel activations. 8-bit ones are q = value / step with one positive step for the
// whole tensor, rounded half to even and saturated: |q| <= 127.
enum class GpuType { kF32, kF16, kI8 };

struct GpuDevice {
  int index = 0;
  std::string name;
  int compute = 0;  // e.g. 90 for compute capability 9.0
  int multiprocessors = 1;
  std::size_t memory_bytes = 0;
  int shared_bytes = 48 * 1024;  // most dynamic shared memory of one block
};

using GpuStream = void*;  // a cudaStream_t; the emulation has its own kind

// What a product does with its result, kernels/types.h, struct Epilogue, for GPU layouts.
//   v = (mask_acc ? mask[row] * acc : acc) + bias[c] + row_bias[n][c] + residual[row][c]
//   raw_out[row][c] = v;  f32_out[row][c] = v
//   act_out[row][c] = mask[row] ? act(scale[c]*v + shift[c]) : 0
// Per-channel arrays are gpu_padded(c_out) long with zeros in the padding. residual, raw_out and
// act_out have the stride gpu_padded(c_out) and the storage type; that of kI8 products is kF16
// here. raw_out may be residual.
//
// kI8 products: acc = float(sum) * acc_scale[c], where sum is the exact int32 sum over q of the
// input times q of the weights. The conversion rounds to nearest even (a sum can exceed 2^24) and
// so does the multiplication, which is not fused with the next addition. With kIdentity and kRelu
// the results are therefore the same bits in every kernel, and on the CPU.
//
// act_step > 0, products of any type: act_out is a kI8 tensor of that step, for kI8 products to
// read. q = act * (1 / act_step), the reciprocal rounded to float, then rounded half to even and
// saturated: infinities become +-127 and NaN becomes -127, so that only raw_out shows an overflow.
struct GpuEpilogue {
  const float* acc_scale = nullptr;  // step of the input * step of the channel; kI8 products only
  const float* bias = nullptr;
  const float* row_bias = nullptr;  // (n, gpu_padded(c_out))
  const void* residual = nullptr;
  void* raw_out = nullptr;
  float* f32_out = nullptr;  // (rows, c_out) without padding: outputs of the network
  const float* scale = nullptr;
  const float* shift = nullptr;
  Act act = Act::kIdentity;
  const std::uint8_t* mask = nullptr;  // (rows), 0 or 1; null = all 1
  bool mask_acc = false;
  void* act_out = nullptr;
  float act_step = 0;  // 0: act_out is not quantized
};

// A convolution (spec/02 section 2: zero padding, odd size, stride 1), a 1x1 convolution, or with
// h = w = 1 a product of per-position rows. The reduction runs over taps (ky, kx) and inside over
// input channels, in increasing order, whatever tile is chosen.
struct GpuProduct {
  const void* in = nullptr;       // (n, h*w, gpu_padded(c_in)), storage type
  const void* weights = nullptr;  // packed for the same type: pack_product(), pack_product_i8()
  int n = 0, h = 1, w = 1;
  int ky = 1, kx = 1;
  int c_in = 0, c_out = 0;
  GpuEpilogue epilogue;
  constexpr int rows() const { return n * h * w; }
};

// Element-wise: v = (mask_in ? mask * in : in) + row[n] + residual;
// out = (mask_out ? mask : 1) * act(scale * v + shift). Null pointers leave their step out.
struct GpuNormAct {
  const void* in = nullptr;
  const float* row = nullptr;      // (n, gpu_padded(c))
  const void* residual = nullptr;  // like in
  const float* scale = nullptr;
  const float* shift = nullptr;
  Act act = Act::kIdentity;
  const std::uint8_t* mask = nullptr;
  bool mask_in = false, mask_out = false;
  void* out = nullptr;  // may be in or residual
  int n = 0, pixels = 1, c = 0;
};

// kernels/gpool/gpool.h; in: storage type, out: (n, gpu_padded(3*c)) of float.
struct GpuPool {
  const void* in = nullptr;
  const std::uint8_t* mask = nullptr;
  const float* area = nullptr;
  float* out = nullptr;
  bool value_head = false;  // vpool instead of gpool
  int n = 0, pixels = 0, c = 0;
};

// kernels/rmsnorm/rmsnorm.h.
struct GpuRmsNorm {
  const void* in = nullptr;
  void* out = nullptr;  // may be in
  const float* gamma = nullptr;
  const float* beta = nullptr;
  float eps = 0;
  Act act = Act::kIdentity;
  const std::uint8_t* mask = nullptr;
  const float* area = nullptr;
  bool spatial = false;
  int n = 0, pixels = 0, c = 0;
};

// kernels/attention/attention.h: rotary embedding from in to out (may be the same).
struct GpuRope {
  const void* in = nullptr;
  void* out = nullptr;
  const float* cosines = nullptr;  // (P, kv_heads, dim/2)
  const float* sines = nullptr;
  int n = 0, pixels = 0, heads = 0, kv_heads = 0, dim = 0;
};

struct GpuAttention {
  const void* q = nullptr;  // (n, P, heads*q_dim) and so on, strides gpu_padded(...)
  const void* k = nullptr;
  const void* v = nullptr;
  void* out = nullptr;
  const std::uint8_t* mask = nullptr;
  int n = 0, pixels = 0, heads = 0, kv_heads = 0, q_dim = 0, v_dim = 0;
};

struct GpuGate {  // out = silu(a) * g
  const void* a = nullptr;
  const void* g = nullptr;
  void* out = nullptr;  // may be a or g
  int rows = 0, c = 0;
};

// Inputs of a network from what crosses the bus: bit i of planes[n][p] is plane i; plane 0 is the
// board. Writes spatial (n, P, gpu_padded(c)) of the storage type, mask and area.
struct GpuExpand {
  const std::uint32_t* planes = nullptr;  // (n, P), or null:
  const float* dense = nullptr;           // (n, P, c), for planes that are not 0 or 1
  void* spatial = nullptr;
  std::uint8_t* mask = nullptr;  // (n, P)
  float* area = nullptr;         // (n)
  int n = 0, pixels = 0, c = 0;  // planes: c <= 32
};

// All launches of one backend. Each returns null, or why it could not be launched. Asynchronous.
struct GpuKernels {
  const char* (*product)(GpuType, const GpuProduct&, const GpuDevice&, GpuStream);
  const char* (*norm_act)(GpuType, const GpuNormAct&, GpuStream);
  const char* (*pool)(GpuType, const GpuPool&, GpuStream);
  const char* (*rms_norm)(GpuType, const GpuRmsNorm&, GpuStream);
  const char* (*rope)(GpuType, const GpuRope&, GpuStream);
  const char* (*attention)(GpuType, const GpuAttention&, const GpuDevice&, GpuStream);
  const char* (*gate)(GpuType, const GpuGate&, GpuStream);
  const char* (*expand)(GpuType, const GpuExpand&, GpuStream);
};

// Packed weights of a product: bytes, and the packing itself from file order [ky][kx][c_in][c_out]
// (kernels/cuda/pack.h says how they lie).
std::size_t packed_product_bytes(GpuType type, int ky, int kx, int c_in, int c_out);
// kF32 and kF16; throws std::invalid_argument for kI8, whose weights have steps:
void pack_product(GpuType type, int ky, int kx, int c_in, int c_out, const float* weights,
                  void* packed);
// Weights (finite) as q = weight / step, rounded half to even, |q| <= 127. steps_out: (c_out), the
// largest |weight| of each output channel / 127; 1 for a channel of zeros.
void pack_product_i8(int ky, int kx, int c_in, int c_out, const float* weights, float* steps_out,
                     void* packed);

}  // namespace hayago::kernels
