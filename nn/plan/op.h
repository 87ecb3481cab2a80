// The primitives that networks are made of: all that executors, printers and exporters see.
//
// Operations work on virtual tensors, each written by exactly one operation. A tensor is per pixel,
// (n, P, C), or per position, (n, C). Formulas: spec/02 section 2; m is the board mask. Spans point
// into the ModelDesc the plan was built from and are valid as long as that lives.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/narrow/narrow.h"
#include "kernels/types.h"
#include "nn/model/quantization.h"

namespace hayago::nn {

using TensorId = int;
inline constexpr TensorId kNoTensor = -1;
using Weights = std::span<const float>;

// Elements of a tensor that are not floats (kernels/narrow). Only plans from narrow() have any.
struct NarrowFormat {
  kernels::NarrowType type;
  // Of kU8: x = scale * channel_scales[c] * (q - zero).
  float scale = 1;
  int zero = 0;
  std::vector<float> channel_scales;  // (channels); empty: all 1
  std::vector<std::int16_t> fine;     // channels with two bytes (kernels/narrow), rising
  bool operator==(const NarrowFormat&) const = default;
};

struct Tensor {
  std::string name;
  int channels = 0;
  bool per_pixel = true;
  std::optional<NarrowFormat> narrow;
};

// What a fused convolution or product does with its result (kernels/types.h, struct Epilogue).
// Before fusion only raw_out is set. Norms are masked whenever the tensor is per pixel.
struct FusedEpilogue {
  Weights bias;
  TensorId row_bias = kNoTensor;
  TensorId residual = kNoTensor;
  bool mask_acc = false;
  TensorId raw_out = kNoTensor;
  Weights scale, shift;
  kernels::Act act = kernels::Act::kIdentity;
  TensorId act_out = kNoTensor;
  TensorId narrow_out = kNoTensor;  // the same as act_out in another format
};

struct ConvOp {  // weights [ky][kx][c_in][c_out]
  std::string name;
  kernels::ConvShape shape;
  Weights weights;
  TensorId in = kNoTensor;
  FusedEpilogue epilogue;
  bool full_precision = false;  // of the first layer and the heads: never narrow
  std::shared_ptr<const QuantizedWeights> quantized;  // where `in` holds bytes
  std::vector<WinogradScales> winograd = {};          // forms that may compute it then
};

struct MatMulOp {  // every row of `in` times weights [c_in][c_out]; also 1x1 convolutions
  std::string name;
  int c_in = 0, c_out = 0;
  Weights weights;
  TensorId in = kNoTensor;
  FusedEpilogue epilogue;
  bool full_precision = false;
  std::shared_ptr<const QuantizedWeights> quantized;
};

struct AddBiasOp {  // out = in + bias[c]
  TensorId in = kNoTensor, out = kNoTensor;
  Weights bias;
};

struct AddRowBiasOp {  // out[n][p] = in[n][p] + row[n]
  TensorId in = kNoTensor, row = kNoTensor, out = kNoTensor;
};

struct AddOp {  // out = residual + (mask_branch ? m * branch : branch)
  TensorId residual = kNoTensor, branch = kNoTensor, out = kNoTensor;
  bool mask_branch = false;
};

struct NormActOp {  // out = m * act(scale[c]*in + shift[c]); empty scale, shift = 1, 0
  TensorId in = kNoTensor, out = kNoTensor;
  Weights scale, shift;
  kernels::Act act = kernels::Act::kIdentity;
};

enum class PoolKind { kPolicy, kValue };  // gpool and vpool of spec/02
struct PoolOp {
  TensorId in = kNoTensor, out = kNoTensor;
  PoolKind kind = PoolKind::kPolicy;
};

struct RmsNormOp {  // spec/02 sections 2 and 6; empty beta = 0
  std::string name;
  TensorId in = kNoTensor, out = kNoTensor;
  Weights gamma, beta;
  float eps = 0;
  bool spatial = false;
  kernels::Act act = kernels::Act::kIdentity;
};

// Angles of a rotary embedding (spec/02 section 5.2): one table per kv head if learned
// (frequencies [kv_heads][dim/2][2]), else one for all heads.
struct RopeTable {
  int kv_heads = 1, dim = 0;
  Weights frequencies;  // learned
  float theta = 0;      // fixed
};

struct RopeOp {
  TensorId in = kNoTensor, out = kNoTensor;
  int heads = 0;
  int table = 0;  // index into Plan::rope_tables
};

struct AttentionOp {
  std::string name;
  TensorId q = kNoTensor, k = kNoTensor, v = kNoTensor, out = kNoTensor;
  int heads = 0, kv_heads = 0, q_dim = 0, v_dim = 0;
  bool narrow = false;  // as kernels/narrow_attention, where the processor gains by that
};

struct SiluGateOp {  // out = silu(in) * gate
  TensorId in = kNoTensor, gate = kNoTensor, out = kNoTensor;
};

struct NarrowOp {  // out = in in out's format
  TensorId in = kNoTensor, out = kNoTensor;
};

using Op = std::variant<ConvOp, MatMulOp, AddBiasOp, AddRowBiasOp, AddOp, NormActOp, PoolOp,
                        RmsNormOp, RopeOp, AttentionOp, SiluGateOp, NarrowOp>;

// Tensors an operation reads and writes, in a fixed order, without kNoTensor.
std::vector<TensorId> reads(const Op& op);
std::vector<TensorId> writes(const Op& op);

// Pairs (input, output) that may share memory because the operation reads each element of the input
// only before it writes the same element of the output. Most useful first.
struct InPlace {
  TensorId in, out;
};
std::vector<InPlace> in_place_candidates(const Op& op);

}  // namespace hayago::nn
