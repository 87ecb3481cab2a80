#include "nn/plan/narrow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

namespace hayago::nn {
namespace {

constexpr int kFewestChannels = 16;

// What is common to convolutions and products.
struct Product {
  const std::string* name = nullptr;
  TensorId* in = nullptr;
  FusedEpilogue* epilogue = nullptr;
  Weights weights;
  int c_out = 0;
  std::shared_ptr<const QuantizedWeights>* quantized = nullptr;
  std::vector<WinogradScales>* winograd = nullptr;  // null: no 3x3 convolution
};

Product product_of(Op& op) {
  if (auto* c = std::get_if<ConvOp>(&op)) {
    return {&c->name,       &c->in,        &c->epilogue, c->weights,
            c->shape.c_out, &c->quantized, &c->winograd};
  }
  auto* m = std::get_if<MatMulOp>(&op);
  if (m == nullptr) return {};
  return {&m->name, &m->in, &m->epilogue, m->weights, m->c_out, &m->quantized};
}

class Narrower {
 public:
  Narrower(const Plan& plan, const Precision& precision)
      : precision_(precision), result_(plan), readers_(plan.tensors.size(), 0) {
    for (const Op& op : plan.ops) {
      for (const TensorId id : reads(op)) ++readers_[index(id)];
    }
    for (const TensorId id : plan.outputs()) ++readers_[index(id)];
  }

  Plan run() {
    std::vector<Op> ops = std::move(result_.ops);
    result_.ops.clear();
    for (Op& op : ops) {
      const Product product = product_of(op);
      const auto format = product.name != nullptr ? wanted_format(op, product) : std::nullopt;
      if (format) {
        const TensorId from = *product.in;
        *product.in = narrow_version(from, *format);
        if (--readers_[index(from)] == 0) drop_float(from);
        if (format->type == kernels::NarrowType::kU8) quantize(product);
        narrow_products_.insert(result_.ops.size());
      }
      if (auto* attention = std::get_if<AttentionOp>(&op)) {
        attention->narrow = precision_.attention.contains(attention->name);
        if (attention->narrow) used_.insert(attention->name);
      }
      result_.ops.push_back(std::move(op));
    }
    check_all_used();
    return std::move(result_);
  }

 private:
  static std::size_t index(TensorId id) { return static_cast<std::size_t>(id); }

  std::optional<NarrowFormat> wanted_format(const Op& op, const Product& product) {
    if (precision_.kind == Precision::Kind::kInt8) {
      const auto layer = precision_.layers.find(*product.name);
      if (layer == precision_.layers.end()) return std::nullopt;
      check_layer(op, product, layer->second);
      used_.insert(*product.name);
      const LayerQuantization& in = layer->second;
      return NarrowFormat{kernels::NarrowType::kU8, in.scale, in.zero, in.channel_scales, in.fine};
    }
    if (!can_be_narrow(result_, op)) return std::nullopt;
    const bool conv = std::holds_alternative<ConvOp>(op);
    if (conv && precision_.kind == Precision::Kind::kFp16) return std::nullopt;
    return NarrowFormat{*narrow_type(precision_.kind), 1, 0, {}, {}};
  }

  void check_layer(const Op& op, const Product& product, const LayerQuantization& layer) const {
    const auto fail = [&](const std::string& what) {
      throw std::invalid_argument(fmt::format("layer {}: {}", *product.name, what));
    };
    if (!can_be_narrow(result_, op)) fail("cannot be computed in int8");
    if (used_.count(*product.name) != 0) fail("the network has two layers of this name");
    check_scales({&layer.scale, 1}, fail);
    check_scales(layer.channel_scales, fail);
    if (layer.zero < 0 || layer.zero > 255) {
      fail(fmt::format("input zero point {} (expected 0 to 255)", layer.zero));
    }
    const auto channels = static_cast<std::size_t>(result_.tensor(*product.in).channels);
    if (!layer.channel_scales.empty() && layer.channel_scales.size() != channels) {
      fail(fmt::format("{} scales of input channels (expected {})", layer.channel_scales.size(),
                       channels));
    }
    check_fine(layer, channels, fail);
    check_winograd(product, layer.winograd, fail);
    if (layer.weights == nullptr) return;
    const std::size_t weights = layer.weights->weights.size(),
                      scales = layer.weights->scales.size();
    if (weights != product.weights.size() || scales != static_cast<std::size_t>(product.c_out)) {
      fail(fmt::format("{} int8 weights and {} scales (expected {} and {})", weights, scales,
                       product.weights.size(), product.c_out));
    }
    check_scales(layer.weights->scales, fail);
    if (!layer.weights->offsets.empty() && layer.weights->offsets.size() != scales) {
      fail(fmt::format("{} offsets (expected {})", layer.weights->offsets.size(), scales));
    }
  }

  static void check_fine(const LayerQuantization& layer, std::size_t channels, const auto& fail) {
    if (layer.fine.empty()) return;
    if (channels % kernels::kChannelAlign != 0) {
      fail(fmt::format("fine channels among {} input channels (expected a multiple of {})",
                       channels, kernels::kChannelAlign));
    }
    if (layer.channel_scales.empty()) fail("fine channels, but no scales of input channels");
    if (layer.zero > 255 - kernels::kFineParts) {
      fail(fmt::format("input zero point {} with fine channels (expected at most {})", layer.zero,
                       255 - kernels::kFineParts));
    }
    int before = -1;
    for (const std::int16_t c : layer.fine) {
      if (c > before && c < static_cast<int>(channels)) {
        before = c;
        continue;
      }
      fail(fmt::format("fine channel {} after {} (expected to rise, below {})", c, before,
                       channels));
    }
  }

  static void check_winograd(const Product& product, const std::vector<WinogradScales>& forms,
                             const auto& fail) {
    if (!forms.empty() && product.winograd == nullptr) fail("has Winograd scales, but is not 3x3");
    for (const WinogradScales& form : forms) {
      const std::string name = winograd_name(form);
      if (std::find(std::begin(kWinogradOutputs), std::end(kWinogradOutputs), form.outputs) ==
          std::end(kWinogradOutputs)) {
        fail(fmt::format("{} (expected winograd2 or winograd4)", name));
      }
      if (form.factors.size() != form.products() || form.zeros.size() != form.products()) {
        fail(fmt::format("{}: {} factors and {} zero points (expected {})", name,
                         form.factors.size(), form.zeros.size(), form.products()));
      }
      for (std::size_t t = 0; t < form.products(); ++t) {
        const int factor = form.factors[t], zero = form.zeros[t];
        if (factor >= 1 && factor <= 32767 && zero >= 0 && zero <= 255) continue;
        fail(fmt::format("{}: factor {} (expected 1 to 32767), zero point {} (expected 0 to 255)",
                         name, factor, zero));
      }
    }
  }

  static void check_scales(std::span<const float> scales, const auto& fail) {
    for (const float scale : scales) {
      if (scale > 0 && std::isfinite(scale)) continue;
      fail(fmt::format("scale {} (expected a positive number)", scale));
    }
  }

  void quantize(const Product& product) const {
    const LayerQuantization& layer = precision_.layers.at(*product.name);
    *product.quantized = layer.weights;
    if (product.winograd != nullptr) *product.winograd = layer.winograd;
    if (layer.weights != nullptr) return;
    *product.quantized = std::make_shared<const QuantizedWeights>(
        quantize_weights(product.weights, product.c_out, layer.channel_scales));
  }

  // The tensor in that format: known already, or another output of a narrow product that has none,
  // or a conversion.
  TensorId narrow_version(TensorId from, const NarrowFormat& format) {
    for (const auto& [source, version] : versions_) {
      if (source == from && result_.tensor(version).narrow == format) return version;
    }
    Tensor tensor = result_.tensor(from);
    tensor.name += fmt::format(":{}", kernels::narrow_name(format.type));
    tensor.narrow = format;
    result_.tensors.push_back(tensor);
    const auto to = static_cast<TensorId>(result_.tensors.size()) - 1;
    versions_.push_back({from, to});
    FusedEpilogue* producer = narrow_producer(from);
    if (producer != nullptr && producer->narrow_out == kNoTensor) {
      producer->narrow_out = to;
    } else {
      ++readers_[index(from)];
      result_.ops.push_back(NarrowOp{from, to});
    }
    return to;
  }

  // The epilogue of the narrow product whose act_out the tensor is.
  FusedEpilogue* narrow_producer(TensorId id) {
    for (const std::size_t i : narrow_products_) {
      FusedEpilogue* epilogue = product_of(result_.ops[i]).epilogue;
      if (epilogue->act_out == id) return epilogue;
    }
    return nullptr;
  }

  // Nobody reads the activation in float any more.
  void drop_float(TensorId id) {
    if (FusedEpilogue* producer = narrow_producer(id)) producer->act_out = kNoTensor;
  }

  void check_all_used() const {
    const auto check = [&](const std::string& name, const char* what) {
      if (used_.contains(name)) return;
      throw std::invalid_argument(fmt::format("the network has no {} named {}", what, name));
    };
    for (const auto& [name, layer] : precision_.layers) check(name, "layer");
    for (const std::string& name : precision_.attention) check(name, "attention");
  }

  const Precision& precision_;
  Plan result_;
  std::vector<int> readers_;                             // of the float version
  std::vector<std::pair<TensorId, TensorId>> versions_;  // float, narrow
  std::set<std::size_t> narrow_products_;                // indices into result_.ops
  std::set<std::string> used_;
};

}  // namespace

std::optional<kernels::NarrowType> narrow_type(Precision::Kind kind) {
  switch (kind) {
    case Precision::Kind::kFp32:
      return std::nullopt;
    case Precision::Kind::kBf16:
      return kernels::NarrowType::kBf16;
    case Precision::Kind::kFp16:
      return kernels::NarrowType::kF16;
    case Precision::Kind::kInt8:
      return kernels::NarrowType::kU8;
  }
  return std::nullopt;
}

bool can_be_narrow(const Plan& plan, const Op& op) {
  if (const auto* c = std::get_if<ConvOp>(&op)) {
    return !c->full_precision && c->shape.ky == 3 && c->shape.kx == 3 &&
           c->shape.c_in >= kFewestChannels;
  }
  const auto* m = std::get_if<MatMulOp>(&op);
  return m != nullptr && !m->full_precision && plan.tensor(m->in).per_pixel &&
         m->c_in >= kFewestChannels;
}

std::vector<NarrowLayer> narrow_layers(const Plan& plan) {
  std::vector<NarrowLayer> layers;
  for (std::size_t i = 0; i < plan.ops.size(); ++i) {
    if (!can_be_narrow(plan, plan.ops[i])) continue;
    if (const auto* c = std::get_if<ConvOp>(&plan.ops[i])) {
      layers.push_back({c->name, i, c->in, c->weights, c->shape.c_in, c->shape.c_out});
    } else {
      const auto& m = std::get<MatMulOp>(plan.ops[i]);
      layers.push_back({m.name, i, m.in, m.weights, m.c_in, m.c_out});
    }
  }
  return layers;
}

std::set<std::string> narrow_attention(const Plan& plan) {
  std::set<std::string> names;
  for (const Op& op : plan.ops) {
    if (const auto* attention = std::get_if<AttentionOp>(&op)) names.insert(attention->name);
  }
  return names;
}

QuantizedWeights quantize_weights(Weights weights, int c_out,
                                  std::span<const float> channel_scales) {
  QuantizedWeights result;
  const auto outputs = static_cast<std::size_t>(c_out);
  const auto scaled = [&](std::size_t i) {
    if (channel_scales.empty()) return weights[i];
    return weights[i] * channel_scales[i / outputs % channel_scales.size()];
  };
  std::vector<float> largest(outputs, 0.0f);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    largest[i % outputs] = std::max(largest[i % outputs], std::abs(scaled(i)));
  }
  for (const float value : largest) result.scales.push_back(value > 0 ? value / 127.0f : 1.0f);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float q = std::nearbyint(scaled(i) / result.scales[i % outputs]);
    result.weights.push_back(static_cast<std::int8_t>(std::clamp(q, -127.0f, 127.0f)));
  }
  return result;
}

Plan narrow(const Plan& fused, const Precision& precision) {
  if (precision.kind == Precision::Kind::kFp32) return fused;
  return Narrower(fused, precision).run();
}

}  // namespace hayago::nn
