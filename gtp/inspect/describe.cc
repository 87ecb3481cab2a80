#include "gtp/inspect/describe.h"

#include <filesystem>
#include <optional>
#include <set>

#include "nn/model/layers.h"
#include "nn/model/load.h"
#include "nn/model/model_file.h"
#include "nn/model/tensor_file.h"
#include "nn/model/tensor_model.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;

std::string_view act_name(nn::Act act) {
  switch (act) {
    case nn::Act::kIdentity:
      return "identity";
    case nn::Act::kRelu:
      return "relu";
    case nn::Act::kMish:
      return "mish";
    case nn::Act::kSilu:
      return "silu";
  }
  return "";
}

// What the blocks of a trunk are, those inside others included.
class Blocks {
 public:
  explicit Blocks(const std::vector<nn::Block>& blocks) { visit_all(blocks); }

  Json counts() const {
    Json json = Json::object();
    for (const auto& [kind, count] : counts_) json[kind] = count;
    return json;
  }
  const std::set<std::string_view>& activations() const { return activations_; }
  const nn::AttentionBlock* attention() const { return attention_; }

 private:
  void visit_all(const std::vector<nn::Block>& blocks) {
    for (const nn::Block& block : blocks) {
      std::visit([&](const auto& b) { visit(b); }, block);
    }
  }
  void visit(const nn::OrdinaryBlock& b) {
    ++counts_["ordinary"];
    activations_.insert({act_name(b.pre_act.act), act_name(b.mid_act.act)});
  }
  void visit(const nn::GPoolBlock& b) {
    ++counts_["gpool"];
    activations_.insert({act_name(b.pre_act.act), act_name(b.g_act.act), act_name(b.mid_act.act)});
  }
  void visit(const std::unique_ptr<nn::NestedBlock>& b) {
    ++counts_["nested"];
    activations_.insert({act_name(b->pre_act.act), act_name(b->post_act.act)});
    visit_all(b->inner);
  }
  void visit(const nn::AttentionBlock& b) {
    ++counts_["attention"];
    if (attention_ == nullptr) attention_ = &b;
  }
  void visit(const nn::FfnBlock& b) {
    ++counts_["ffn"];
    if (b.gated) activations_.insert("silu");
  }

  std::map<std::string, int> counts_;
  std::set<std::string_view> activations_;
  const nn::AttentionBlock* attention_ = nullptr;  // the first one
};

Json attention_json(const nn::AttentionBlock& b) {
  const char* learned = b.learnable_rope ? "learned" : "fixed";
  return {{"heads", b.heads},
          {"kv_heads", b.kv_heads},
          {"q_dim", b.q_dim},
          {"v_dim", b.v_dim},
          {"rope", b.use_rope ? learned : "none"}};
}

Json architecture(const nn::ModelDesc& model) {
  const nn::TrunkDesc& t = model.trunk;
  const Blocks blocks(t.blocks);
  std::set<std::string_view> activations = blocks.activations();
  activations.insert(act_name(t.tip_act.act));
  Json json = {{"channels", t.channels},
               {"first_kernel", {t.initial_conv.ky, t.initial_conv.kx}},
               {"trunk_blocks", t.blocks.size()},
               {"blocks", blocks.counts()},
               {"activations", activations},
               {"last_norm", t.norm_kind == 0     ? "batch norm"
                             : t.tip_rms->spatial ? "spatial rms norm"
                                                  : "rms norm"}};
  if (blocks.attention() != nullptr) json["attention"] = attention_json(*blocks.attention());
  json["inputs"] = {{"planes", model.c_spatial},
                    {"global", model.c_global},
                    {"metadata", model.meta_version > 0 ? nn::kMetaValues : 0}};
  json["policy_head"] = {{"channels", model.policy.p1_conv.c_out},
                         {"pooled", model.policy.g1_conv.c_out},
                         {"outputs", model.policy.channels}};
  json["value_head"] = {{"channels", model.value.v1_conv.c_out},
                        {"hidden", model.value.v2_mul.c_out},
                        {"score_outputs", nn::score_channels(model.version)}};
  json["metadata_encoder"] = t.meta_encoder.has_value();
  return json;
}

struct Sums {
  int layers = 0;
  long long parameters = 0, bytes = 0;
  double macs = 0;

  void add(const nn::LayerInfo& layer, const nn::StoredLayer& stored, int points) {
    ++layers;
    parameters += layer.parameters;
    bytes += stored.bytes;
    macs += layer.macs.at(points);
  }
  Json json() const {
    return {{"layers", layers}, {"parameters", parameters}, {"macs", macs}, {"bytes", bytes}};
  }
};

// As the file has it, but layers in float whose weights are integers in the file are no layers in
// int8.
std::string precision_of(const nn::ModelDesc& model, const nn::LayerInfo& layer,
                         const nn::StoredLayer& stored) {
  if (layer.kind == nn::LayerKind::kAttention) {
    return model.narrow_attention.contains(layer.name) ? "int16" : "";
  }
  const bool in_float = model.int8_layers.count(layer.name) == 0;
  return stored.precision == "int8" && in_float ? "int8-weights" : stored.precision;
}

void add_layers(Json& out, const nn::ModelDesc& model, const std::vector<nn::LayerInfo>& layers,
                const std::vector<nn::StoredLayer>& stored, int points) {
  Json list = Json::array();
  Sums all;
  std::map<std::string, Sums> by_precision;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const nn::LayerInfo& layer = layers[i];
    Json& entry = list.emplace_back();
    entry = {{"name", layer.name},
             {"kind", nn::layer_kind_name(layer.kind)},
             {"shape", layer.shape},
             {"parameters", layer.parameters},
             {"macs", layer.macs.at(points)}};
    const std::string precision = precision_of(model, layer, stored[i]);
    if (!precision.empty()) entry["precision"] = precision;
    entry["bytes"] = stored[i].bytes;
    const auto int8 = model.int8_layers.find(layer.name);
    if (int8 != model.int8_layers.end() && precision == "int8") {
      entry["input"] = {{"scale", int8->second.scale}, {"zero", int8->second.zero}};
    }
    all.add(layer, stored[i], points);
    if (!precision.empty()) by_precision[precision].add(layer, stored[i], points);
  }
  out["layers"] = std::move(list);
  out["totals"] = all.json();
  for (const auto& [precision, sums] : by_precision) {
    out["totals"]["by_precision"][precision] = sums.json();
  }
}

Json metadata_json(const std::map<std::string, std::string>& metadata) {
  Json json = Json::object();
  for (const auto& [key, text] : metadata) {
    if (nn::is_own_metadata(key)) continue;
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    json[key] = value.is_object() || value.is_array() ? std::move(value) : Json(text);
  }
  return json;
}

}  // namespace

Json describe_network(const std::string& path, int board) {
  const nn::ModelDesc model = nn::load_model(path);
  const std::vector<nn::LayerInfo> layers = nn::list_layers(model);
  Json json = {{"file", path},
               {"file_bytes", nn::ModelFile(path).view().size()},
               {"sha256", model.sha256},
               {"name", model.name},
               {"version", model.version},
               {"kind", nn::kind_string(model)},
               {"architecture", architecture(model)},
               {"board", {board, board}}};
  if (!nn::is_tensor_file(path)) {
    add_layers(json, model, layers, nn::stored_layers(layers), board * board);
    json["metadata"] = Json::object();
    return json;
  }
  const nn::OpenTensorFile file(path);
  add_layers(json, model, layers, nn::stored_layers(layers, file.content()), board * board);
  json["metadata"] = metadata_json(file.content().metadata);
  return json;
}

}  // namespace hayago::gtp
