// Typed description of a network exactly as the file stores it (spec/01). Plain data: no pointers
// into the file, no decisions about execution. Array orders are those of spec/01 section 7.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "kernels/types.h"
#include "nn/model/quantization.h"

namespace hayago::nn {

using kernels::Act;

struct ConvDesc {
  std::string name;
  int ky = 0, kx = 0, c_in = 0, c_out = 0, dil_y = 1, dil_x = 1;
  std::vector<float> weights;  // [ky][kx][c_in][c_out]
};

struct MatMulDesc {
  std::string name;
  int c_in = 0, c_out = 0;
  std::vector<float> weights;  // [c_in][c_out]
};

struct BiasDesc {
  std::string name;
  std::vector<float> values;
};

// Batch-norm record with its folded form a*x + b (spec/01 section 5.5).
struct NormDesc {
  std::string name;
  float eps = 0;
  bool has_scale = false, has_bias = false;
  std::vector<float> mean, variance, scale, bias;  // as stored; scale/bias empty when absent
  std::vector<float> a, b;                         // folded, binary32
  int channels() const { return static_cast<int>(mean.size()); }
};

struct RmsNormDesc {  // trunk tip of kind 1
  std::string name;
  float eps = 0;
  bool spatial = false;
  std::vector<float> gamma, beta;
};

struct TNormDesc {  // inside transformer blocks
  std::string name;
  float eps = 0;
  std::vector<float> weight;
};

struct ActDesc {
  std::string name;
  Act act = Act::kRelu;
};

struct OrdinaryBlock {
  std::string name;
  NormDesc pre_norm;
  ActDesc pre_act;
  ConvDesc conv1;
  NormDesc mid_norm;
  ActDesc mid_act;
  ConvDesc conv2;
};

struct GPoolBlock {
  std::string name;
  NormDesc pre_norm;
  ActDesc pre_act;
  ConvDesc conv1, g_conv;
  NormDesc g_norm;
  ActDesc g_act;
  MatMulDesc g_to_bias;
  NormDesc mid_norm;
  ActDesc mid_act;
  ConvDesc conv2;
};

struct AttentionBlock {
  std::string name;
  int heads = 0, kv_heads = 0, q_dim = 0, v_dim = 0;
  bool use_rope = false, learnable_rope = false;
  TNormDesc pre_norm;
  MatMulDesc q_proj, k_proj, v_proj, out_proj;
  std::vector<float> rope_freqs;  // learned: [kv_heads][q_dim/2][2], 0 = per column, 1 = per row
  float rope_theta = 0;           // fixed
};

struct FfnBlock {
  std::string name;
  int channels = 0, hidden = 0;
  bool gated = true;
  TNormDesc pre_norm;
  MatMulDesc linear1, gate, linear2;
};

struct NestedBlock;
using Block =
    std::variant<OrdinaryBlock, GPoolBlock, std::unique_ptr<NestedBlock>, AttentionBlock, FfnBlock>;

struct NestedBlock {
  std::string name;
  NormDesc pre_norm;
  ActDesc pre_act;
  ConvDesc pre_conv;
  std::vector<Block> inner;
  NormDesc post_norm;
  ActDesc post_act;
  ConvDesc post_conv;
};

struct MetaEncoderDesc {
  std::string name;
  int c_in = 0;
  MatMulDesc mul1;
  BiasDesc bias1;
  ActDesc act1;
  MatMulDesc mul2;
  BiasDesc bias2;
  ActDesc act2;
  MatMulDesc mul3;
};

struct TrunkDesc {
  std::string name;
  int channels = 0, c_mid = 0, c_regular = 0, c_dilated = 0, c_gpool = 0;  // last four informative
  int norm_kind = 0;  // 0: tip_norm, 1: tip_rms
  ConvDesc initial_conv;
  MatMulDesc initial_matmul;
  std::optional<MetaEncoderDesc> meta_encoder;
  std::vector<Block> blocks;
  std::optional<NormDesc> tip_norm;
  std::optional<RmsNormDesc> tip_rms;
  ActDesc tip_act;
};

struct PolicyHeadDesc {
  std::string name;
  int channels = 1;  // 1, 2 or 4
  ConvDesc p1_conv, g1_conv;
  NormDesc g1_norm;
  ActDesc g1_act;
  MatMulDesc g_to_bias;
  NormDesc p1_norm;
  ActDesc p1_act;
  ConvDesc p2_conv;
  MatMulDesc g_to_pass;
  // Version 15 and later:
  std::optional<BiasDesc> pass_bias;
  std::optional<ActDesc> pass_act;
  std::optional<MatMulDesc> g_to_pass2;
};

struct ValueHeadDesc {
  std::string name;
  ConvDesc v1_conv;
  NormDesc v1_norm;
  ActDesc v1_act;
  MatMulDesc v2_mul;
  BiasDesc v2_bias;
  ActDesc v2_act;
  MatMulDesc v3_mul;
  BiasDesc v3_bias;
  MatMulDesc sv3_mul;
  BiasDesc sv3_bias;
  ConvDesc own_conv;
};

// Output multipliers of spec/01 section 5.1.
struct Multipliers {
  double td_score = 20, score_mean = 20, score_stdev = 20, lead = 20, variance_time = 40;
  double shortterm_value_error = 0.25, shortterm_score_error = 30;
};

struct ModelDesc {
  std::string name;
  int version = 0;  // 3..17
  int c_spatial = 0, c_global = 0;
  int meta_version = 0;  // 0 or 1
  bool prefer_pass_alive = false;
  Multipliers multipliers;
  TrunkDesc trunk;
  PolicyHeadDesc policy;
  ValueHeadDesc value;

  // Layers that the file has in int8, by name of the convolution or product; their float weights
  // are what the integers stand for.
  std::map<std::string, LayerQuantization> int8_layers;
  // Blocks whose attention is in 16-bit integers (kernels/narrow_attention), by name.
  std::set<std::string> narrow_attention;
  bool has_int8() const { return !int8_layers.empty() || !narrow_attention.empty(); }

  // Of the file as stored, lower-case hex; empty for in-memory models and without
  // LoadOptions::sha256.
  std::string sha256;
  std::string file_name;              // without directory; empty for in-memory models
  std::vector<std::string> warnings;  // e.g. bytes after the last array
};

// Feature set (3..7), score outputs, and input sizes of a model version (spec/01 section 6).
int input_version(int model_version);
int score_channels(int model_version);
int spatial_planes(int model_version);
int global_values(int model_version);
inline constexpr int kMetaValues = 192;

}  // namespace hayago::nn
