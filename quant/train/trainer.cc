#include "quant/train/trainer.h"

#include <cmath>
#include <optional>
#include <stdexcept>

#include "quant/train/checkpoint.h"
#include "quant/train/parallel.h"
#include "quant/train/training_pass.h"

namespace hayago::quant {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

const TrainerOptions& checked(const TrainerOptions& options) {
  const bool sizes =
      options.height >= 1 && options.width >= 1 && options.shards >= 1 && options.threads >= 1;
  const bool rates = options.schedule.peak > 0 && options.schedule.last >= 0 &&
                     options.schedule.warm_up >= 0 &&
                     options.schedule.steps > options.schedule.warm_up;
  const bool factors =
      options.longest_gradient > 0 && options.average_decay >= 0 && options.average_decay < 1;
  if (!sizes || !rates || !factors) throw std::invalid_argument("trainer: options out of range");
  return options;
}

// A plan with the weights of one array.
struct Weights {
  Weights(const TrainableModel& model, const FakeQuantization* rounding)
      : values(model.values()), plan(model.plan(values)), bound(plan, rounding) {}
  Weights(const Weights&) = delete;

  std::vector<float> values;
  nn::Plan plan;
  BoundPlan bound;
};

// What is trained from here on: the same network, in numbers that suit its int8.
TrainableModel& prepared(TrainableModel& model, const std::optional<Int8Training>& int8) {
  if (int8 && int8->weight_scales == WeightScales::kPerTensor) {
    model.with(equalised(model, int8->precision));
  }
  return model;
}

}  // namespace

struct Trainer::Impl {
  Impl(nn::ModelDesc desc, const TrainerOptions& with)
      : options(checked(with)),
        model(std::move(desc)),
        net(nn::net_info(prepared(model, with.int8).model())),
        rounding(with.int8
                     ? std::make_unique<FakeQuantization>(nn::build_plan(model.model()), *with.int8)
                     : nullptr),
        latest(model, rounding.get()),
        average(model, rounding.get()),
        optimizer(options.optimizer, model),
        gradients(index(options.shards)) {
    for (int i = 0; i < options.shards; ++i) {
      passes.push_back(std::make_unique<TrainingPass>(latest.plan, net, latest.values.data(),
                                                      options.height, options.width));
    }
    if (options.loss.trunk == 0) return;
    reference = std::make_unique<Weights>(model, nullptr);
    reference->bound.bind(/*way_back=*/false, 0, 1);
  }

  void check(std::span<const TrainingExample> examples) const {
    if (examples.empty()) throw std::invalid_argument("trainer: no positions");
    for (std::size_t i = 0; i < examples.size(); ++i) {
      check_example(examples[i], net, options.height, options.width, i);
    }
  }

  std::span<const TrainingExample> shard(std::span<const TrainingExample> all, int i) const {
    const auto bound = [&](int at) { return all.size() * index(at) / index(options.shards); };
    return all.subspan(bound(i), bound(i + 1) - bound(i));
  }

  // The sum over all shards of what work(shard, examples) returns, after the weights are bound.
  template <class Work>
  Losses run(Weights& weights, bool way_back, std::span<const TrainingExample> examples,
             const Work& work) {
    const int threads = options.threads;
    run_tasks(threads, threads, [&](int i) { weights.bound.bind(way_back, i, threads); });
    std::vector<Losses> losses(index(options.shards));
    run_tasks(options.shards, threads,
              [&](int i) { losses[index(i)] = work(i, shard(examples, i)); });
    Losses sum;
    for (const Losses& part : losses) sum += part;
    return sum;
  }

  Losses mean_gradient(std::span<const TrainingExample> batch) {
    const double factor = 1 / static_cast<double>(batch.size());
    const Losses sum = run(latest, true, batch, [&](int i, const auto& part) {
      std::vector<float>& gradient = gradients[index(i)];
      gradient.assign(model.size(), 0.0f);
      return passes[index(i)]->train(latest.bound, reference ? &reference->bound : nullptr, part,
                                     options.loss, factor, gradient);
    });
    for (std::size_t s = 1; s < gradients.size(); ++s) {
      for (std::size_t i = 0; i < model.size(); ++i) gradients[0][i] += gradients[s][i];
    }
    return sum.mean();
  }

  StepReport step(std::span<const TrainingExample> batch) {
    check(batch);
    StepReport report;
    report.losses = mean_gradient(batch);
    report.total = report.losses.total(options.loss);
    report.gradient_norm = clip(gradients[0], options.longest_gradient);
    if (!std::isfinite(report.total) || !std::isfinite(report.gradient_norm)) {
      throw std::runtime_error("training has diverged: the loss or its gradient is not finite");
    }
    const std::int64_t number = optimizer.state().steps;
    report.learning_rate = options.schedule.rate(number);
    optimizer.step(latest.values, gradients[0], report.learning_rate);
    average_into(average.values, latest.values, options.average_decay, number);
    return report;
  }

  Weights& weights(WhichWeights which) { return which == WhichWeights::kLatest ? latest : average; }

  TrainerOptions options;
  TrainableModel model;
  nn::NetInfo net;
  std::unique_ptr<FakeQuantization> rounding;  // null: in float
  Weights latest, average;
  std::unique_ptr<Weights> reference;  // the first ones; null if the trunk is not compared
  Optimizer optimizer;
  std::vector<std::unique_ptr<TrainingPass>> passes;  // by shard
  std::vector<std::vector<float>> gradients;          // by shard; the first gets the sum
};

Trainer::Trainer(nn::ModelDesc model, const TrainerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(model), options)) {}
Trainer::~Trainer() = default;

StepReport Trainer::step(std::span<const TrainingExample> batch) { return impl_->step(batch); }

Losses Trainer::evaluate(std::span<const TrainingExample> examples, WhichWeights which) {
  Impl& impl = *impl_;
  impl.check(examples);
  Weights& weights = impl.weights(which);
  return impl
      .run(weights, false, examples,
           [&](int i, const auto& part) {
             return impl.passes[index(i)]->evaluate(weights.bound, part, impl.options.loss);
           })
      .mean();
}

std::int64_t Trainer::steps() const { return impl_->optimizer.state().steps; }

const nn::ModelDesc& Trainer::model(WhichWeights which) {
  return impl_->model.with(impl_->weights(which).values);
}

nn::ModelDesc Trainer::release(WhichWeights which) {
  model(which);
  return impl_->model.release();
}

std::span<const float> Trainer::values(WhichWeights which) const {
  return impl_->weights(which).values;
}

nn::Precision Trainer::precision(WhichWeights which) const {
  return impl_->rounding->precision(impl_->weights(which).plan);
}

void Trainer::save_checkpoint(const std::string& path, const DataOrder::State& order) const {
  write_checkpoint(path, impl_->model, impl_->options.optimizer.kind,
                   {impl_->latest.values, impl_->average.values, impl_->optimizer.state(), order});
}

DataOrder::State Trainer::load_checkpoint(const std::string& path) {
  Checkpoint loaded = read_checkpoint(path, impl_->model, impl_->options.optimizer.kind);
  impl_->optimizer.restore(std::move(loaded.moments));
  // The plans have spans of these arrays, which stay where they are.
  std::copy(loaded.latest.begin(), loaded.latest.end(), impl_->latest.values.begin());
  std::copy(loaded.average.begin(), loaded.average.end(), impl_->average.values.begin());
  return loaded.order;
}

}  // namespace hayago::quant
