// Numbers derived from a network (spec/01 sections 10 and 11).
#include "nn/model/layers.h"
#include "nn/model/load.h"

namespace hayago::nn {
namespace {

bool has_transformer(const std::vector<Block>& blocks) {
  for (const Block& block : blocks) {
    if (std::holds_alternative<AttentionBlock>(block) || std::holds_alternative<FfnBlock>(block)) {
      return true;
    }
    const auto* nested = std::get_if<std::unique_ptr<NestedBlock>>(&block);
    if (nested != nullptr && has_transformer((*nested)->inner)) return true;
  }
  return false;
}

}  // namespace

long long parameter_count(const ModelDesc& model) {
  long long sum = 0;
  for (const LayerInfo& layer : list_layers(model)) sum += layer.parameters;
  return sum;
}

std::string kind_string(const ModelDesc& model) {
  bool nested = false;
  for (const Block& block : model.trunk.blocks) {
    nested |= std::holds_alternative<std::unique_ptr<NestedBlock>>(block);
  }
  return std::string(nested ? "nbt " : "") +
         (has_transformer(model.trunk.blocks) ? "transformer" : "convnet");
}

double macs_per_position(const ModelDesc& model, int height, int width) {
  return mac_counts(model).at(height * width);
}

}  // namespace hayago::nn
