#include "quant/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "nn/exec/cpu/cpu_executor.h"
#include "quant/backward.h"

namespace hayago::quant {
namespace {

constexpr int kFirstVersionWithLead = 8;  // before, the mean score stands for it

std::size_t index(int i) { return static_cast<std::size_t>(i); }

std::vector<double> softmax(std::vector<double> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (double& v : logits) total += v = std::exp(v - largest);
  for (double& v : logits) v /= total;
  return logits;
}

// A product of pixels and what was gathered of it.
struct Layer {
  std::string name;
  nn::TensorId in = nn::kNoTensor, out = nn::kNoTensor;
  int c_in = 0;
  PatchCollector outputs;  // gradients of single points
  std::vector<double> inputs;
};

std::vector<Layer> layers_of(const nn::Plan& plan) {
  std::vector<Layer> layers;
  const auto add = [&](const auto& op, int c_in, int c_out) {
    if (!plan.tensor(op.in).per_pixel) return;
    layers.push_back({op.name, op.in, op.epilogue.raw_out, c_in, PatchCollector(1, 1, c_out),
                      std::vector<double>(index(c_in))});
  };
  for (const nn::Op& op : plan.ops) {
    if (const auto* c = std::get_if<nn::ConvOp>(&op)) add(*c, c->shape.c_in, c->shape.c_out);
    if (const auto* m = std::get_if<nn::MatMulOp>(&op)) add(*m, m->c_in, m->c_out);
  }
  return layers;
}

}  // namespace

void Sensitivity::merge(const Sensitivity& other) {
  const double share =
      static_cast<double>(other.positions) / std::max(1, positions + other.positions);
  const auto mix = [&](auto& mine, const auto& theirs) {
    for (const auto& [name, values] : theirs) {
      std::vector<double>& sums = mine[name];
      sums.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) sums[i] += share * (values[i] - sums[i]);
    }
  };
  mix(outputs, other.outputs);
  mix(inputs, other.inputs);
  positions += other.positions;
}

struct SensitivityObserver::Impl {
  Impl(const nn::ModelDesc& model, const nn::CpuOptions& options, int h, int w)
      : plan(nn::build_plan(model)),
        executor(model, options, /*fuse=*/false),
        context(executor.make_cpu_context(h, w, 1, 1)),
        back(plan),
        layers(layers_of(plan)),
        height(h),
        width(w) {
    context->observe(&back);
    const nn::NetInfo& info = executor.info();
    policy.resize(index(info.policy_channels) * points());
    pass.resize(index(info.policy_channels));
    score.resize(index(info.score_channels));
  }

  std::size_t points() const { return index(height * width); }

  double uniform() { return static_cast<double>(random() >> 11) * 0x1p-53; }
  double sign() { return random() % 2 == 0 ? 1 : -1; }

  void add(const nn::PositionInput& input) {
    const nn::RawOutput out{policy.data(), pass.data(), value, score.data(), nullptr};
    context->run({&input, 1}, {&out, 1});
    back.clear();
    seed_policy();
    seed_value();
    seed_lead();
    back.run();
    for (Layer& layer : layers) gather(layer);
    ++positions;
  }

  // p - (1 at a move drawn from p): its covariance is the policy's Fisher information, half of
  // which is the divergence to second order.
  void seed_policy() {
    const float* const mask = back.mask();
    std::vector<double> logits(policy.begin(), policy.begin() + static_cast<long>(points()));
    for (std::size_t i = 0; i < points(); ++i) {
      if (mask != nullptr && mask[i] == 0) logits[i] = -1e30;
    }
    logits.push_back(static_cast<double>(pass[0]));
    std::vector<double> p = softmax(std::move(logits));
    double left = uniform();
    std::size_t drawn = 0;
    while (drawn + 1 < p.size() && (left -= p[drawn]) > 0) ++drawn;
    p[drawn] -= 1;
    const double unit = std::sqrt(0.5 / kDivergence);
    const std::size_t stride = index(kernels::padded(plan.tensor(plan.policy).channels));
    for (std::size_t i = 0; i < points(); ++i) {
      back.gradient(plan.policy)[i * stride] = static_cast<float>(unit * p[i]);
    }
    back.gradient(plan.pass)[0] = static_cast<float>(unit * p.back());
  }

  // Of wins plus half of what has no result.
  void seed_value() {
    const std::vector<double> p = softmax({value[0], value[1], value[2]});
    const double winrate = p[0] + p[2] / 2, unit = sign() / kWinrate;
    const double worth[] = {1, 0, 0.5};
    for (std::size_t i = 0; i < 3; ++i) {
      back.gradient(plan.value)[i] = static_cast<float>(unit * p[i] * (worth[i] - winrate));
    }
  }

  void seed_lead() {
    const nn::NetInfo& info = executor.info();
    const std::size_t lead = info.version >= kFirstVersionWithLead ? 2 : 0;
    back.gradient(plan.score)[lead] =
        static_cast<float>(sign() * static_cast<double>(info.multipliers.lead) / kLead);
  }

  void gather(Layer& layer) {
    const std::size_t stride = index(kernels::padded(layer.c_in));
    for (int p = 0; p < height * width; ++p) {
      if (back.mask() != nullptr && back.mask()[p] == 0) continue;
      layer.outputs.add(back.gradient(layer.out), height, width, p);
      const float* x = back.value(layer.in) + index(p) * stride;
      const float* g = back.gradient(layer.in) + index(p) * stride;
      for (std::size_t c = 0; c < layer.inputs.size(); ++c) {
        if (x[c] != 0) layer.inputs[c] += static_cast<double>(g[c]) * g[c];
      }
    }
  }

  nn::Plan plan;
  nn::CpuExecutor executor;
  std::unique_ptr<nn::CpuContext> context;
  BackwardPass back;
  std::vector<Layer> layers;
  int height, width, positions = 0;
  std::vector<float> policy, pass, score;
  float value[3] = {};
  std::mt19937_64 random;
};

SensitivityObserver::SensitivityObserver(const nn::ModelDesc& model, nn::CpuOptions options,
                                         int height, int width) {
  options.precision = "fp32";
  impl_ = std::make_unique<Impl>(model, options, height, width);
}

SensitivityObserver::~SensitivityObserver() = default;

void SensitivityObserver::add(const nn::PositionInput& input, std::uint64_t number) {
  impl_->random.seed(number);
  impl_->add(input);
}

Sensitivity SensitivityObserver::result() {
  Sensitivity result;
  result.positions = impl_->positions;
  if (result.empty()) return result;
  for (Layer& layer : impl_->layers) {
    const PatchMoments moments = layer.outputs.moments();
    std::vector<double> squares = moments.covariance;
    for (std::size_t i = 0; i < moments.size; ++i) {
      for (std::size_t j = 0; j < moments.size; ++j) {
        squares[i * moments.size + j] += moments.mean[i] * moments.mean[j];
      }
    }
    result.outputs[layer.name] = std::move(squares);
    std::vector<double> inputs = layer.inputs;
    for (double& v : inputs) v /= static_cast<double>(std::max<std::uint64_t>(moments.patches, 1));
    result.inputs[layer.name] = std::move(inputs);
  }
  return result;
}

}  // namespace hayago::quant
