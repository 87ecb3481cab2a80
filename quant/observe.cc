#include "quant/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "nn/plan/fuse.h"
#include "quant/ignored_output.h"
#include "quant/layer.h"
#include "quant/steps.h"

namespace hayago::quant {
namespace {

// Statistics of the inputs of all quantizable layers, one per tensor.
class InputObserver final : public nn::OpObserver {
 public:
  InputObserver(const nn::Plan& plan, int patches)
      : layers_(nn::narrow_layers(plan)),
        float_layers_(float_convolutions(plan)),
        first_readers_(plan.ops.size()),
        patches_(patches) {
    std::set<nn::TensorId> seen;
    for (const nn::NarrowLayer& layer : layers_) {
      if (seen.insert(layer.input).second) first_readers_[layer.op].range = &layer;
      collect(layer);
    }
    for (const nn::NarrowLayer& layer : float_layers_) collect(layer);
  }

  void before(std::size_t op, const nn::OpRun& run) override {
    if (first_readers_[op].moments != nullptr) add_patches(*first_readers_[op].moments, run);
    if (first_readers_[op].range == nullptr) return;
    const nn::NarrowLayer& layer = *first_readers_[op].range;
    const auto channels = static_cast<std::size_t>(layer.c_in);
    TensorStats& stats = stats_.try_emplace(layer.input, channels).first->second;
    const float* row = run.tensor(layer.input);
    const int stride = kernels::padded(layer.c_in);
    for (int r = 0; r < run.n * run.pixels(); ++r, row += stride) {
      if (run.mask == nullptr || run.mask[r] != 0) stats.add({row, channels});
    }
  }

  const std::vector<nn::NarrowLayer>& layers() const { return layers_; }
  const std::vector<nn::NarrowLayer>& float_layers() const { return float_layers_; }
  TensorStats stats(const nn::NarrowLayer& layer) const {
    const auto found = stats_.find(layer.input);
    return found != stats_.end() ? found->second
                                 : TensorStats(static_cast<std::size_t>(layer.c_in));
  }
  std::vector<nn::NarrowLayer> readers(nn::TensorId input) const {
    std::vector<nn::NarrowLayer> result;
    for (const nn::NarrowLayer& layer : layers_) {
      if (layer.input == input) result.push_back(layer);
    }
    return result;
  }
  // Empty if none were wanted.
  PatchMoments moments(const nn::NarrowLayer& layer) {
    const auto found = collectors_.find(patches_of(layer));
    return found != collectors_.end() ? found->second.moments() : PatchMoments();
  }

 private:
  // The convolutions proper that are never narrow.
  static std::vector<nn::NarrowLayer> float_convolutions(const nn::Plan& plan) {
    std::vector<nn::NarrowLayer> layers;
    for (std::size_t i = 0; i < plan.ops.size(); ++i) {
      const auto* c = std::get_if<nn::ConvOp>(&plan.ops[i]);
      if (c == nullptr || nn::can_be_narrow(plan, plan.ops[i]) || c->shape.ky != c->shape.kx) {
        continue;
      }
      layers.push_back({c->name, i, c->in, c->weights, c->shape.c_in, c->shape.c_out});
    }
    return layers;
  }

  void collect(const nn::NarrowLayer& layer) {
    if (patches_ == 0 || collectors_.contains(patches_of(layer))) return;
    const int edge = edge_of(layer);
    collectors_.try_emplace(patches_of(layer), edge, edge, layer.c_in);
    first_readers_[layer.op].moments = &layer;
  }

  // Kernels are square.
  static int edge_of(const nn::NarrowLayer& layer) {
    const std::size_t taps = layer.weights.size() / static_cast<std::size_t>(layer.c_in) /
                             static_cast<std::size_t>(layer.c_out);
    return static_cast<int>(std::lround(std::sqrt(static_cast<double>(taps))));
  }
  static std::pair<nn::TensorId, int> patches_of(const nn::NarrowLayer& layer) {
    return {layer.input, edge_of(layer)};
  }

  // Their products take time by the square of their size: fewer of the largest.
  int patches_for(const nn::NarrowLayer& layer) const {
    constexpr int kUsualSize = 864;
    const int edge = edge_of(layer);
    return std::max(1, patches_ * kUsualSize / std::max(kUsualSize, edge * edge * layer.c_in));
  }

  void add_patches(const nn::NarrowLayer& layer, const nn::OpRun& run) {
    PatchCollector& collector = collectors_.at(patches_of(layer));
    const int patches = patches_for(layer);
    const int stride = run.pixels() * kernels::padded(layer.c_in);
    for (int n = 0; n < run.n; ++n) {
      for (int i = 0; i < patches; ++i) {
        const int pixel = static_cast<int>(random_() % static_cast<unsigned>(run.pixels()));
        if (run.mask != nullptr && run.mask[n * run.pixels() + pixel] == 0) continue;
        collector.add(run.tensor(layer.input) + n * stride, run.h, run.w, pixel);
      }
    }
  }

  std::vector<nn::NarrowLayer> layers_, float_layers_;
  // By operation: the layer, if it is the first that reads its tensor, in patches of its size.
  struct FirstReader {
    const nn::NarrowLayer* range = nullptr;
    const nn::NarrowLayer* moments = nullptr;
  };
  std::vector<FirstReader> first_readers_;
  std::map<nn::TensorId, TensorStats> stats_;
  int patches_;  // of every position
  std::map<std::pair<nn::TensorId, int>, PatchCollector> collectors_;
  std::mt19937 random_;  // the same pixels every time
};

bool has_taps(const nn::NarrowLayer& layer) {
  const auto pairs = static_cast<std::size_t>(layer.c_in) * static_cast<std::size_t>(layer.c_out);
  return layer.weights.size() > pairs;
}

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

// Some layers at a time, each on its own core; more would take the memory of more covariances.
void for_each_at_once(const std::vector<nn::NarrowLayer>& layers,
                      const std::function<void(const nn::NarrowLayer&)>& work) {
  constexpr unsigned kMostThreads = 8;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    for (std::size_t i = next++; i < layers.size(); i = next++) {
      try {
        work(layers[i]);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
  for (unsigned i = 1; i < count; ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

std::map<std::string, nn::Weights> product_weights(const nn::ModelDesc& model) {
  std::map<std::string, nn::Weights> weights;
  for (const nn::Op& op : nn::build_plan(model).ops) {
    if (const auto* conv = std::get_if<nn::ConvOp>(&op)) weights[conv->name] = conv->weights;
    if (const auto* product = std::get_if<nn::MatMulOp>(&op)) {
      weights[product->name] = product->weights;
    }
  }
  return weights;
}

void check_patches(const std::string& layer, const PatchMoments& patches) {
  if (patches.patches > 0) return;
  throw std::runtime_error(
      fmt::format("layer {}: compensated rounding needs patches of its input", layer));
}

}  // namespace

void TensorStats::add(std::span<const float> values) {
  histogram.add(values);
  ++points;
  for (std::size_t c = 0; c < values.size(); ++c) {
    lowest[c] = std::min(lowest[c], values[c]);
    highest[c] = std::max(highest[c], values[c]);
    sums[c] += values[c];
    squares[c] += static_cast<double>(values[c]) * values[c];
    nonzero[c] += values[c] != 0 ? 1 : 0;
  }
}

struct Calibrator::Impl {
  Impl(const nn::ModelDesc& model, const nn::CpuOptions& options, int height, int width, int batch,
       int patches)
      : plan(nn::fuse(nn::build_plan(model))),
        executor(model, for_calibration(options, batch)),
        observer(plan, patches),
        context(executor.make_cpu_context(height, width, batch, batch)),
        results(executor.info(), height * width) {
    context->observe(&observer);
  }

  nn::Plan plan;  // the executor's, with weights
  nn::CpuExecutor executor;
  InputObserver observer;
  std::unique_ptr<nn::CpuContext> context;
  IgnoredOutput results;
  Sensitivity sensitivity;
};

Calibrator::Calibrator(const nn::ModelDesc& model, nn::CpuOptions options, int height, int width,
                       int batch, int patches_per_position)
    : impl_(std::make_unique<Impl>(model, options, height, width, batch, patches_per_position)) {}

Calibrator::~Calibrator() = default;

void Calibrator::add(std::span<const nn::PositionInput> inputs) {
  impl_->context->run(inputs, impl_->results.of(inputs.size()));
}

const nn::NetInfo& Calibrator::info() const { return impl_->executor.info(); }

void Calibrator::set_sensitivity(Sensitivity sensitivity) {
  impl_->sensitivity = std::move(sensitivity);
}

LayerInputs Calibrator::layer_inputs() const {
  LayerInputs result;
  for (const nn::NarrowLayer& layer : impl_->observer.layers()) {
    result[layer.name] = impl_->observer.stats(layer);
  }
  return result;
}

nn::Precision Calibrator::precision(const QuantizeOptions& options) const {
  if (options.weight_scales == WeightScales::kPerTensor &&
      options.rounding == Rounding::kCompensated) {
    throw std::invalid_argument("compensated rounding chooses a scale per output");
  }
  std::map<nn::TensorId, InputSteps> steps;
  std::vector<InputSteps*> inputs;
  double products = 0;
  for (const nn::NarrowLayer& layer : impl_->observer.layers()) {
    products += static_cast<double>(layer.weights.size());
    if (steps.contains(layer.input)) continue;
    const TensorStats input = impl_->observer.stats(layer);
    check_usable(layer.name, input);
    const auto readers = impl_->observer.readers(layer.input);
    const auto added =
        steps.emplace(layer.input, InputSteps(readers, input, impl_->sensitivity, options));
    inputs.push_back(&added.first->second);
  }
  share_out_fine_channels(inputs, products, options.fine_share);
  nn::Precision precision;
  precision.kind = nn::Precision::Kind::kInt8;
  std::mutex mutex;
  for_each_at_once(impl_->observer.layers(), [&](const nn::NarrowLayer& layer) {
    std::unique_lock lock(mutex);
    const PatchMoments patches = impl_->observer.moments(layer);
    lock.unlock();
    if (options.rounding == Rounding::kCompensated) check_patches(layer.name, patches);
    nn::LayerQuantization quantized =
        quantize_layer(layer, steps.at(layer.input).format(), impl_->observer.stats(layer), patches,
                       impl_->sensitivity, options);
    lock.lock();
    precision.layers[layer.name] = std::move(quantized);
  });
  return precision;
}

std::map<std::string, std::shared_ptr<const nn::QuantizedWeights>> Calibrator::float_layer_weights(
    const nn::ModelDesc& model, const nn::Precision& precision) const {
  const std::map<std::string, nn::Weights> weights = product_weights(model);
  std::vector<nn::NarrowLayer> layers = impl_->observer.float_layers();
  for (const nn::NarrowLayer& layer : impl_->observer.layers()) {
    if (precision.layers.count(layer.name) == 0) layers.push_back(layer);
  }
  std::map<std::string, std::shared_ptr<const nn::QuantizedWeights>> result;
  for (nn::NarrowLayer& layer : layers) {
    if (!has_taps(layer)) continue;
    layer.weights = weights.at(layer.name);
    const PatchMoments patches = impl_->observer.moments(layer);
    check_patches(layer.name, patches);
    result[layer.name] = std::make_shared<const nn::QuantizedWeights>(
        round_weights(layer, patches, impl_->sensitivity));
  }
  return result;
}

}  // namespace hayago::quant
