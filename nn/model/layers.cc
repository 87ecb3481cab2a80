#include "nn/model/layers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace hayago::nn {
namespace {

long long count(const std::vector<float>& values) { return std::ssize(values); }

class Lister {
 public:
  std::vector<LayerInfo> run(const ModelDesc& model) {
    trunk(model.trunk);
    policy_head(model.policy);
    value_head(model.value);
    return std::move(layers_);
  }

 private:
  enum class Rows { kPoints, kOne };  // what a product is computed for

  void add(LayerInfo layer) {
    if (layer.values > 0 || layer.kind == LayerKind::kAttention) {
      layers_.push_back(std::move(layer));
    }
  }

  void conv(const ConvDesc& d) {
    const long long n = count(d.weights);
    add({d.name,
         LayerKind::kConv,
         {d.ky, d.kx, d.c_in, d.c_out},
         n,
         n,
         {0, static_cast<double>(n), 0},
         d.weights});
  }

  void matmul(const MatMulDesc& d, Rows rows) {
    const long long n = count(d.weights);
    MacCounts macs;
    (rows == Rows::kPoints ? macs.per_point : macs.once) = static_cast<double>(n);
    add({d.name, LayerKind::kMatMul, {d.c_in, d.c_out}, n, n, macs, d.weights});
  }

  void array(const std::string& name, LayerKind kind, const std::vector<float>& values) {
    const long long n = count(values);
    add({name, kind, {static_cast<int>(n)}, n, n, {}, {}});
  }
  void bias(const BiasDesc& d) { array(d.name, LayerKind::kBias, d.values); }
  void norm(const TNormDesc& d) { array(d.name, LayerKind::kRmsNorm, d.weight); }

  void norm(const NormDesc& d) {
    const long long own = count(d.scale) + count(d.bias);
    add({d.name,
         LayerKind::kBatchNorm,
         {d.channels()},
         own,
         own + count(d.mean) + count(d.variance),
         {},
         {}});
  }

  void norm(const RmsNormDesc& d) {
    const long long n = count(d.gamma) + count(d.beta);
    add({d.name, LayerKind::kRmsNorm, {static_cast<int>(d.gamma.size())}, n, n, {}, {}});
  }

  void block(const OrdinaryBlock& b) {
    norm(b.pre_norm);
    conv(b.conv1);
    norm(b.mid_norm);
    conv(b.conv2);
  }

  void block(const GPoolBlock& b) {
    norm(b.pre_norm);
    conv(b.conv1);
    conv(b.g_conv);
    norm(b.g_norm);
    matmul(b.g_to_bias, Rows::kOne);
    norm(b.mid_norm);
    conv(b.conv2);
  }

  void block(const std::unique_ptr<NestedBlock>& b) {
    norm(b->pre_norm);
    conv(b->pre_conv);
    blocks(b->inner);
    norm(b->post_norm);
    conv(b->post_conv);
  }

  void block(const AttentionBlock& b) {
    norm(b.pre_norm);
    for (const MatMulDesc* product : {&b.q_proj, &b.k_proj, &b.v_proj, &b.out_proj}) {
      matmul(*product, Rows::kPoints);
    }
    const long long frequencies = count(b.rope_freqs);
    add({b.name + ".rope",
         LayerKind::kRope,
         {b.kv_heads, b.q_dim / 2, 2},
         frequencies,
         frequencies,
         {},
         {}});
    const double pair = static_cast<double>(b.heads) * (b.q_dim + b.v_dim);
    add({b.name, LayerKind::kAttention, {b.heads, b.q_dim, b.v_dim}, 0, 0, {0, 0, pair}, {}});
  }

  void block(const FfnBlock& b) {
    norm(b.pre_norm);
    for (const MatMulDesc* product : {&b.linear1, &b.gate, &b.linear2}) {
      matmul(*product, Rows::kPoints);
    }
  }

  void blocks(const std::vector<Block>& list) {
    for (const Block& any : list) {
      std::visit([&](const auto& b) { block(b); }, any);
    }
  }

  void trunk(const TrunkDesc& t) {
    conv(t.initial_conv);
    matmul(t.initial_matmul, Rows::kOne);
    if (t.meta_encoder) {
      matmul(t.meta_encoder->mul1, Rows::kOne);
      bias(t.meta_encoder->bias1);
      matmul(t.meta_encoder->mul2, Rows::kOne);
      bias(t.meta_encoder->bias2);
      matmul(t.meta_encoder->mul3, Rows::kOne);
    }
    blocks(t.blocks);
    if (t.tip_norm) norm(*t.tip_norm);
    if (t.tip_rms) norm(*t.tip_rms);
  }

  void policy_head(const PolicyHeadDesc& p) {
    conv(p.p1_conv);
    conv(p.g1_conv);
    norm(p.g1_norm);
    matmul(p.g_to_bias, Rows::kOne);
    norm(p.p1_norm);
    conv(p.p2_conv);
    matmul(p.g_to_pass, Rows::kOne);
    if (p.pass_bias) bias(*p.pass_bias);
    if (p.g_to_pass2) matmul(*p.g_to_pass2, Rows::kOne);
  }

  void value_head(const ValueHeadDesc& v) {
    conv(v.v1_conv);
    norm(v.v1_norm);
    matmul(v.v2_mul, Rows::kOne);
    bias(v.v2_bias);
    matmul(v.v3_mul, Rows::kOne);
    bias(v.v3_bias);
    matmul(v.sv3_mul, Rows::kOne);
    bias(v.sv3_bias);
    conv(v.own_conv);
  }

  std::vector<LayerInfo> layers_;
};

std::string precision_of(std::string_view type) {
  if (type == "I8") return "int8";
  return type == "F16" ? "fp16" : "fp32";
}

// The first word behind a layer's name in the names of its tensors (tensor_model.h), and which of
// the layers of that name it belongs to.
struct TensorRole {
  std::string_view word, rest;
  int occurrence = 1;
};

TensorRole role_of(std::string_view suffix) {
  TensorRole role;
  role.word = suffix.substr(0, suffix.find_first_of(".#"));
  role.rest = suffix.substr(role.word.size());
  const std::size_t mark = suffix.find('#');
  if (mark != suffix.npos) {
    std::from_chars(suffix.data() + mark + 1, suffix.data() + suffix.size(), role.occurrence);
  }
  return role;
}

bool is_role(std::string_view word) {
  constexpr std::array<std::string_view, 10> kRoles = {
      "weights", "mean", "variance",    "scale", "bias", "values",
      "gamma",   "beta", "frequencies", "input"};  // of int8 layers: the scales of its channels
  return std::find(kRoles.begin(), kRoles.end(), word) != kRoles.end();
}

}  // namespace

std::vector<LayerInfo> list_layers(const ModelDesc& model) { return Lister().run(model); }

std::set<std::string> attention_blocks(const ModelDesc& model) {
  std::set<std::string> names;
  for (const LayerInfo& layer : list_layers(model)) {
    if (layer.kind == LayerKind::kAttention) names.insert(layer.name);
  }
  return names;
}

std::string_view layer_kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return "conv";
    case LayerKind::kMatMul:
      return "matmul";
    case LayerKind::kBias:
      return "bias";
    case LayerKind::kBatchNorm:
      return "batch norm";
    case LayerKind::kRmsNorm:
      return "rms norm";
    case LayerKind::kRope:
      return "rope";
    case LayerKind::kAttention:
      return "attention";
  }
  return "";
}

MacCounts mac_counts(const ModelDesc& model) {
  MacCounts sum;
  for (const LayerInfo& layer : list_layers(model)) sum += layer.macs;
  return sum;
}

MacCounts weight_macs(const ModelDesc& model) {
  MacCounts sum = mac_counts(model);
  sum.per_pair = 0;
  return sum;
}

std::vector<StoredLayer> stored_layers(std::span<const LayerInfo> layers, const TensorFile& file) {
  std::vector<StoredLayer> stored;
  std::map<std::string, int> seen;
  for (const LayerInfo& layer : layers) {
    StoredLayer& result = stored.emplace_back();
    if (layer.values == 0) continue;
    const std::string prefix = layer.name + ".";
    const int occurrence = ++seen[layer.name];
    for (auto at = file.tensors.lower_bound(prefix);
         at != file.tensors.end() && at->first.starts_with(prefix); ++at) {
      const TensorRole role = role_of(std::string_view(at->first).substr(prefix.size()));
      if (!is_role(role.word) || role.occurrence != occurrence) continue;
      result.bytes += std::ssize(at->second.bytes);
      const bool weights = role.word == "weights" && role.rest.find('.') == std::string::npos;
      if (weights || result.precision.empty()) result.precision = precision_of(at->second.type);
    }
  }
  return stored;
}

std::vector<StoredLayer> stored_layers(std::span<const LayerInfo> layers) {
  std::vector<StoredLayer> stored;
  for (const LayerInfo& layer : layers) {
    stored.push_back({layer.values > 0 ? "fp32" : "", 4 * layer.values});
  }
  return stored;
}

}  // namespace hayago::nn
