#include "quant/train/trainable_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "nn/model/fold.h"

namespace hayago::quant {
namespace {

constexpr int kFirstVersion = 8;          // with a lead
constexpr float kNegligibleEps = 1e-20f;  // 1 + eps = 1: scale and shift are what is stored

[[noreturn]] void refuse(const std::string& name, const char* why) {
  throw std::invalid_argument(fmt::format("{} cannot be trained: {}", name, why));
}

void plain_norm(nn::NormDesc& norm) {
  norm.scale = norm.a;
  norm.bias = norm.b;
  norm.has_scale = norm.has_bias = true;
  norm.eps = kNegligibleEps;
  std::fill(norm.mean.begin(), norm.mean.end(), 0.0f);
  std::fill(norm.variance.begin(), norm.variance.end(), 1.0f);
  nn::fold_norm(norm);
}

}  // namespace

// Goes through a network in the order of its file.
class ParameterList {
 public:
  explicit ParameterList(TrainableModel& of) : of_(of) {}

  void run() {
    nn::ModelDesc& m = of_.model_;
    add(m.trunk);
    for (nn::Block& block : m.trunk.blocks) {
      std::visit([this](auto& held) { add(held); }, block);
    }
    if (m.trunk.tip_rms) refuse(m.trunk.tip_rms->name, "root-mean-square norm");
    add(*m.trunk.tip_norm);
    add(m.policy);
    add(m.value);
  }

 private:
  void add(const std::string& name, ParameterKind kind, std::vector<std::int64_t> shape,
           std::vector<float>& values) {
    for (const float v : values) {
      if (!std::isfinite(v)) refuse(name, "a number in it is not finite");
    }
    if (!names_.insert(name).second) refuse(name, "two layers have this name");
    of_.offsets_[values.data()] = of_.size_;
    of_.parameters_.push_back({name, kind, std::move(shape), of_.size_, values.size()});
    of_.arrays_.push_back(&values);
    of_.size_ += values.size();
  }

  void add(nn::ConvDesc& d) {
    add(d.name + "/weights", ParameterKind::kWeights, {d.ky, d.kx, d.c_in, d.c_out}, d.weights);
  }
  void add(nn::MatMulDesc& d) {
    add(d.name + "/weights", ParameterKind::kWeights, {d.c_in, d.c_out}, d.weights);
  }
  void add(nn::BiasDesc& d) {
    add(d.name + "/bias", ParameterKind::kBias, {std::ssize(d.values)}, d.values);
  }
  void add(nn::NormDesc& d) {
    plain_norm(d);
    of_.norms_.push_back(&d);
    add(d.name + "/scale", ParameterKind::kScale, {d.channels()}, d.a);
    add(d.name + "/shift", ParameterKind::kShift, {d.channels()}, d.b);
  }
  void add(nn::TrunkDesc& d) {
    add(d.initial_conv);
    add(d.initial_matmul);
    if (!d.meta_encoder) return;
    add(d.meta_encoder->mul1);
    add(d.meta_encoder->bias1);
    add(d.meta_encoder->mul2);
    add(d.meta_encoder->bias2);
    add(d.meta_encoder->mul3);
  }
  void add(nn::OrdinaryBlock& d) {
    add(d.pre_norm);
    add(d.conv1);
    add(d.mid_norm);
    add(d.conv2);
  }
  void add(nn::GPoolBlock& d) {
    add(d.pre_norm);
    add(d.conv1);
    add(d.g_conv);
    add(d.g_norm);
    add(d.g_to_bias);
    add(d.mid_norm);
    add(d.conv2);
  }
  void add(std::unique_ptr<nn::NestedBlock>& d) {
    add(d->pre_norm);
    add(d->pre_conv);
    for (nn::Block& inner : d->inner) {
      std::visit([this](auto& held) { add(held); }, inner);
    }
    add(d->post_norm);
    add(d->post_conv);
  }
  void add(nn::AttentionBlock& d) { refuse(d.name, "attention"); }
  void add(nn::FfnBlock& d) { refuse(d.name, "feed-forward block of a transformer"); }
  void add(nn::PolicyHeadDesc& d) {
    add(d.p1_conv);
    add(d.g1_conv);
    add(d.g1_norm);
    add(d.g_to_bias);
    add(d.p1_norm);
    add(d.p2_conv);
    add(d.g_to_pass);
    if (d.pass_bias) add(*d.pass_bias);
    if (d.g_to_pass2) add(*d.g_to_pass2);
  }
  void add(nn::ValueHeadDesc& d) {
    add(d.v1_conv);
    add(d.v1_norm);
    add(d.v2_mul);
    add(d.v2_bias);
    add(d.v3_mul);
    add(d.v3_bias);
    add(d.sv3_mul);
    add(d.sv3_bias);
    add(d.own_conv);
  }

  TrainableModel& of_;
  std::set<std::string> names_;
};

TrainableModel::TrainableModel(nn::ModelDesc model) : model_(std::move(model)) {
  if (model_.version < kFirstVersion) refuse(model_.name, "its version is before 8");
  if (model_.has_int8()) refuse(model_.name, "it has layers in int8");
  ParameterList(*this).run();
}

std::vector<float> TrainableModel::values() const {
  std::vector<float> all;
  all.reserve(size_);
  for (const std::vector<float>* array : arrays_)
    all.insert(all.end(), array->begin(), array->end());
  return all;
}

const nn::ModelDesc& TrainableModel::with(std::span<const float> values) {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const auto part = values.subspan(parameters_[i].offset, parameters_[i].size);
    std::copy(part.begin(), part.end(), arrays_[i]->begin());
  }
  for (nn::NormDesc* norm : norms_) {
    norm->scale = norm->a;
    norm->bias = norm->b;
  }
  return model_;
}

nn::Plan TrainableModel::plan(std::span<const float> values) const {
  nn::Plan plan = nn::build_plan(model_);
  const auto move = [&](nn::Weights& weights) {
    if (!weights.empty()) weights = values.subspan(offsets_.at(weights.data()), weights.size());
  };
  for (nn::Op& op : plan.ops) {
    if (auto* conv = std::get_if<nn::ConvOp>(&op)) move(conv->weights);
    if (auto* product = std::get_if<nn::MatMulOp>(&op)) move(product->weights);
    if (auto* bias = std::get_if<nn::AddBiasOp>(&op)) move(bias->bias);
    if (auto* norm = std::get_if<nn::NormActOp>(&op)) {
      move(norm->scale);
      move(norm->shift);
    }
  }
  return plan;
}

}  // namespace hayago::quant
