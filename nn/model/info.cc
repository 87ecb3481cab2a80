// Numbers derived from a network (spec/01 sections 10 and 11).
#include "nn/model/load.h"

namespace hayago::nn {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

long long count(const std::vector<float>& values) { return std::ssize(values); }
long long count(const ConvDesc& d) { return count(d.weights); }
long long count(const MatMulDesc& d) { return count(d.weights); }
long long count(const NormDesc& d) { return count(d.scale) + count(d.bias); }

long long count(const Block& block) {
  return std::visit(
      Overloaded{[](const OrdinaryBlock& b) {
                   return count(b.pre_norm) + count(b.conv1) + count(b.mid_norm) + count(b.conv2);
                 },
                 [](const GPoolBlock& b) {
                   return count(b.pre_norm) + count(b.conv1) + count(b.g_conv) + count(b.g_norm) +
                          count(b.g_to_bias) + count(b.mid_norm) + count(b.conv2);
                 },
                 [](const std::unique_ptr<NestedBlock>& b) {
                   long long sum = count(b->pre_norm) + count(b->pre_conv) + count(b->post_norm) +
                                   count(b->post_conv);
                   for (const Block& inner : b->inner) sum += count(inner);
                   return sum;
                 },
                 [](const AttentionBlock& b) {
                   return count(b.pre_norm.weight) + count(b.q_proj) + count(b.k_proj) +
                          count(b.v_proj) + count(b.out_proj) + count(b.rope_freqs);
                 },
                 [](const FfnBlock& b) {
                   return count(b.pre_norm.weight) + count(b.linear1) + count(b.gate) +
                          count(b.linear2);
                 }},
      block);
}

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

double macs(const Block& block, double points) {
  const auto conv = [&](const ConvDesc& d) { return points * static_cast<double>(count(d)); };
  const auto matrix = [&](const MatMulDesc& d) { return points * static_cast<double>(count(d)); };
  return std::visit(
      Overloaded{[&](const OrdinaryBlock& b) { return conv(b.conv1) + conv(b.conv2); },
                 [&](const GPoolBlock& b) {
                   return conv(b.conv1) + conv(b.g_conv) + conv(b.conv2) +
                          static_cast<double>(count(b.g_to_bias));
                 },
                 [&](const std::unique_ptr<NestedBlock>& b) {
                   double sum = conv(b->pre_conv) + conv(b->post_conv);
                   for (const Block& inner : b->inner) sum += macs(inner, points);
                   return sum;
                 },
                 [&](const AttentionBlock& b) {
                   return matrix(b.q_proj) + matrix(b.k_proj) + matrix(b.v_proj) +
                          matrix(b.out_proj) + points * points * b.heads * (b.q_dim + b.v_dim);
                 },
                 [&](const FfnBlock& b) {
                   return matrix(b.linear1) + matrix(b.gate) + matrix(b.linear2);
                 }},
      block);
}

long long count(const MetaEncoderDesc& d) {
  return count(d.mul1) + count(d.bias1.values) + count(d.mul2) + count(d.bias2.values) +
         count(d.mul3);
}

long long count(const PolicyHeadDesc& d) {
  long long sum = count(d.p1_conv) + count(d.g1_conv) + count(d.g1_norm) + count(d.g_to_bias) +
                  count(d.p1_norm) + count(d.p2_conv) + count(d.g_to_pass);
  if (d.pass_bias) sum += count(d.pass_bias->values);
  if (d.g_to_pass2) sum += count(*d.g_to_pass2);
  return sum;
}

long long count(const ValueHeadDesc& d) {
  return count(d.v1_conv) + count(d.v1_norm) + count(d.v2_mul) + count(d.v2_bias.values) +
         count(d.v3_mul) + count(d.v3_bias.values) + count(d.sv3_mul) + count(d.sv3_bias.values) +
         count(d.own_conv);
}

}  // namespace

long long parameter_count(const ModelDesc& model) {
  const TrunkDesc& t = model.trunk;
  long long sum = count(t.initial_conv) + count(t.initial_matmul);
  if (t.meta_encoder) sum += count(*t.meta_encoder);
  for (const Block& block : t.blocks) sum += count(block);
  if (t.tip_norm) sum += count(*t.tip_norm);
  if (t.tip_rms) sum += count(t.tip_rms->gamma) + count(t.tip_rms->beta);
  return sum + count(model.policy) + count(model.value);
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
  const double points = static_cast<double>(height) * width;
  const TrunkDesc& t = model.trunk;
  const PolicyHeadDesc& p = model.policy;
  const ValueHeadDesc& v = model.value;
  const long long per_point = count(t.initial_conv) + count(p.p1_conv) + count(p.g1_conv) +
                              count(p.p2_conv) + count(v.v1_conv) + count(v.own_conv);
  const long long once = count(t.initial_matmul) + count(p.g_to_bias) + count(p.g_to_pass) +
                         (p.g_to_pass2 ? count(*p.g_to_pass2) : 0) + count(v.v2_mul) +
                         count(v.v3_mul) + count(v.sv3_mul);
  double sum = points * static_cast<double>(per_point) + static_cast<double>(once);
  for (const Block& block : t.blocks) sum += macs(block, points);
  return sum;
}

}  // namespace hayago::nn
