#include "quant/observe.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

namespace hayago::quant {
namespace {

struct Layer {
  std::string name;
  nn::TensorId input = nn::kNoTensor;
};

// Histograms of the inputs of all quantizable layers, one per tensor.
class InputObserver final : public nn::OpObserver {
 public:
  explicit InputObserver(const nn::Plan& plan) : plan_(plan), layers_(plan.ops.size()) {
    for (std::size_t i = 0; i < plan.ops.size(); ++i) {
      if (!nn::can_be_narrow(plan, plan.ops[i])) continue;
      if (const auto* conv = std::get_if<nn::ConvOp>(&plan.ops[i])) {
        layers_[i] = {conv->name, conv->in};
      } else {
        const auto& product = std::get<nn::MatMulOp>(plan.ops[i]);
        layers_[i] = {product.name, product.in};
      }
    }
  }

  void before(std::size_t op, const nn::OpRun& run) override {
    const Layer& layer = layers_[op];
    if (layer.input == nn::kNoTensor || first_reader(layer.input) != op) return;
    Histogram& histogram = histograms_[layer.input];
    const auto channels = static_cast<std::size_t>(plan_.tensor(layer.input).channels);
    const float* row = run.tensor(layer.input);
    const int stride = kernels::padded(static_cast<int>(channels));
    for (int r = 0; r < run.n * run.pixels(); ++r, row += stride) {
      if (run.mask == nullptr || run.mask[r] != 0) histogram.add({row, channels});
    }
  }

  LayerInputs by_layer() const {
    LayerInputs result;
    for (const Layer& layer : layers_) {
      if (layer.input == nn::kNoTensor) continue;
      const auto found = histograms_.find(layer.input);
      result[layer.name] = found != histograms_.end() ? found->second : Histogram();
    }
    return result;
  }

 private:
  std::size_t first_reader(nn::TensorId input) const {
    std::size_t i = 0;
    while (layers_[i].input != input) ++i;
    return i;
  }

  const nn::Plan& plan_;
  std::vector<Layer> layers_;  // by operation; no input: not quantizable
  std::map<nn::TensorId, Histogram> histograms_;
};

}  // namespace

struct Calibrator::Impl {
  Impl(const nn::ModelDesc& model, const nn::CpuOptions& options, int height, int width, int batch)
      : executor(model, with_batch(options, batch)),
        observer(executor.network().plan()),
        context(executor.make_cpu_context(height, width, batch, batch)) {
    context->observe(&observer);
    // Results are not looked at: all positions may write to the same place.
    const nn::NetInfo& info = executor.info();
    const auto points = static_cast<std::size_t>(height * width);
    const auto channels = static_cast<std::size_t>(info.policy_channels);
    results.resize(channels * (points + 1) + 3 + static_cast<std::size_t>(info.score_channels));
    nn::RawOutput out;
    out.policy = results.data();
    out.pass = out.policy + channels * points;
    out.value = out.pass + channels;
    out.score = out.value + 3;
    outputs.assign(static_cast<std::size_t>(batch), out);
  }

  static nn::CpuOptions with_batch(nn::CpuOptions options, int batch) {
    options.max_batch = batch;
    return options;
  }

  nn::CpuExecutor executor;
  InputObserver observer;
  std::unique_ptr<nn::CpuContext> context;
  std::vector<float> results;
  std::vector<nn::RawOutput> outputs;
};

Calibrator::Calibrator(const nn::ModelDesc& model, const nn::CpuOptions& options, int height,
                       int width, int batch)
    : impl_(std::make_unique<Impl>(model, options, height, width, batch)) {}

Calibrator::~Calibrator() = default;

void Calibrator::add(std::span<const nn::PositionInput> inputs) {
  impl_->context->run(inputs, std::span(impl_->outputs).first(inputs.size()));
}

const nn::NetInfo& Calibrator::info() const { return impl_->executor.info(); }

LayerInputs Calibrator::layer_inputs() const { return impl_->observer.by_layer(); }

nn::Precision Calibrator::precision(RangeMethod method) const {
  nn::Precision precision;
  precision.kind = nn::Precision::Kind::kInt8;
  for (const auto& [name, histogram] : layer_inputs()) {
    if (histogram.not_finite() > 0) {
      throw std::runtime_error(fmt::format("layer {}: {} of its inputs are infinite or not a number",
                                           name, histogram.not_finite()));
    }
    if (histogram.count() == 0) {
      throw std::runtime_error(fmt::format("layer {}: no position has reached it", name));
    }
    precision.layers[name] = {choose_quantization(histogram, method), nullptr};
  }
  return precision;
}

}  // namespace hayago::quant
