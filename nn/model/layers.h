// The layers of a network as a list: what they are, how large, and what they cost.
#pragma once
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/model/desc.h"
#include "nn/model/macs.h"
#include "nn/model/safetensors.h"

namespace hayago::nn {

enum class LayerKind { kConv, kMatMul, kBias, kBatchNorm, kRmsNorm, kRope, kAttention };

struct LayerInfo {
  std::string name;
  LayerKind kind = LayerKind::kConv;
  // Of a convolution [ky][kx][c_in][c_out], of a product [c_in][c_out], of learned rope
  // frequencies [kv_heads][pairs][2], of attention [heads][q_dim][v_dim], else [channels].
  std::vector<int> shape;
  long long parameters = 0;  // as spec/01 section 10 counts: without means and variances
  long long values = 0;      // floats in a file
  MacCounts macs;
  std::span<const float> weights;  // of convolutions and products; into the model
};

// In the order of the file. Attention is a layer of its own, without parameters, behind its
// projections; activations and fixed rope are none.
std::vector<LayerInfo> list_layers(const ModelDesc& model);

// Names of the blocks that have one.
std::set<std::string> attention_blocks(const ModelDesc& model);

// "conv", "matmul", "bias", "batch norm", "rms norm", "rope", "attention".
std::string_view layer_kind_name(LayerKind kind);

MacCounts mac_counts(const ModelDesc& model);
// Without attention, which multiplies activations with each other.
MacCounts weight_macs(const ModelDesc& model);

// How a file has a layer.
struct StoredLayer {
  std::string precision;  // of its weights, else of all it has: "fp32", "fp16", "int8"; "" = none
  long long bytes = 0;    // of all its arrays
};

// Of every layer, in a safetensors file.
std::vector<StoredLayer> stored_layers(std::span<const LayerInfo> layers, const TensorFile& file);
// In other files: in float. Bytes before compression, in text as if it were binary.
std::vector<StoredLayer> stored_layers(std::span<const LayerInfo> layers);

}  // namespace hayago::nn
