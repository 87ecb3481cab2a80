#include "quant/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "nn/plan/fuse.h"
#include "quant/layer.h"

namespace hayago::quant {
namespace {

// Statistics of the inputs of all quantizable layers, one per tensor.
class InputObserver final : public nn::OpObserver {
 public:
  explicit InputObserver(const nn::Plan& plan)
      : layers_(nn::narrow_layers(plan)), first_readers_(plan.ops.size(), nullptr) {
    std::set<nn::TensorId> seen;
    for (const nn::NarrowLayer& layer : layers_) {
      if (seen.insert(layer.input).second) first_readers_[layer.op] = &layer;
    }
  }

  void before(std::size_t op, const nn::OpRun& run) override {
    if (first_readers_[op] == nullptr) return;
    const nn::NarrowLayer& layer = *first_readers_[op];
    const auto channels = static_cast<std::size_t>(layer.c_in);
    TensorStats& stats = stats_.try_emplace(layer.input, channels).first->second;
    const float* row = run.tensor(layer.input);
    const int stride = kernels::padded(layer.c_in);
    for (int r = 0; r < run.n * run.pixels(); ++r, row += stride) {
      if (run.mask == nullptr || run.mask[r] != 0) stats.add({row, channels});
    }
  }

  const std::vector<nn::NarrowLayer>& layers() const { return layers_; }
  TensorStats stats(const nn::NarrowLayer& layer) const {
    const auto found = stats_.find(layer.input);
    return found != stats_.end() ? found->second
                                 : TensorStats(static_cast<std::size_t>(layer.c_in));
  }

 private:
  std::vector<nn::NarrowLayer> layers_;
  // By operation: the layer, if it is the first that reads its tensor.
  std::vector<const nn::NarrowLayer*> first_readers_;
  std::map<nn::TensorId, TensorStats> stats_;
};

nn::CpuOptions for_calibration(nn::CpuOptions options, int batch) {
  options.precision = "fp32";
  options.max_batch = batch;
  return options;
}

void check_usable(const std::string& layer, const TensorStats& input) {
  if (input.histogram.not_finite() > 0) {
    throw std::runtime_error(fmt::format("layer {}: {} of its inputs are infinite or not a number",
                                         layer, input.histogram.not_finite()));
  }
  if (input.points == 0) {
    throw std::runtime_error(fmt::format("layer {}: no position has reached it", layer));
  }
}

}  // namespace

void TensorStats::add(std::span<const float> values) {
  histogram.add(values);
  ++points;
  for (std::size_t c = 0; c < values.size(); ++c) {
    lowest[c] = std::min(lowest[c], values[c]);
    highest[c] = std::max(highest[c], values[c]);
    sums[c] += values[c];
  }
}

struct Calibrator::Impl {
  Impl(const nn::ModelDesc& model, const nn::CpuOptions& options, int height, int width, int batch)
      : plan(nn::fuse(nn::build_plan(model))),
        executor(model, for_calibration(options, batch)),
        observer(plan),
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

  nn::Plan plan;  // the executor's, with weights
  nn::CpuExecutor executor;
  InputObserver observer;
  std::unique_ptr<nn::CpuContext> context;
  std::vector<float> results;
  std::vector<nn::RawOutput> outputs;
};

Calibrator::Calibrator(const nn::ModelDesc& model, nn::CpuOptions options, int height, int width,
                       int batch)
    : impl_(std::make_unique<Impl>(model, options, height, width, batch)) {}

Calibrator::~Calibrator() = default;

void Calibrator::add(std::span<const nn::PositionInput> inputs) {
  impl_->context->run(inputs, std::span(impl_->outputs).first(inputs.size()));
}

const nn::NetInfo& Calibrator::info() const { return impl_->executor.info(); }

LayerInputs Calibrator::layer_inputs() const {
  LayerInputs result;
  for (const nn::NarrowLayer& layer : impl_->observer.layers()) {
    result[layer.name] = impl_->observer.stats(layer);
  }
  return result;
}

nn::Precision Calibrator::precision(const QuantizeOptions& options) const {
  nn::Precision precision;
  precision.kind = nn::Precision::Kind::kInt8;
  for (const nn::NarrowLayer& layer : impl_->observer.layers()) {
    const TensorStats input = impl_->observer.stats(layer);
    check_usable(layer.name, input);
    precision.layers[layer.name] = quantize_layer(layer, input, options);
  }
  return precision;
}

}  // namespace hayago::quant
