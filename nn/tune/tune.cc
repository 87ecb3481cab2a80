#include "nn/tune/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>

#include "nn/exec/cpu/setup.h"
#include "nn/plan/fuse.h"
#include "nn/tune/candidates.h"
#include "nn/tune/layer_timer.h"
#include "nn/tune/pass_timer.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kPositionCounts = std::size(kTunedPositions);

// Another candidate than the default must be that much faster. An int8 layer in float also costs
// its neighbours a wider tensor.
constexpr double kClearly = 0.97, kClearlyInFloat = 0.9;
// After one position, what is that much slower than the best has lost.
constexpr double kHopeless = 1.4;

constexpr int kConfirmations = 3;

// Layers that take less than that of all the time are not worth a second look.
constexpr double kNegligible = 0.02;

// Weights that take turns: enough of them that a core's own caches do not keep them.
constexpr double kRotatedBytes = 12e6;
constexpr std::size_t kMostRotated = 4;

// Layers of one shape in one plan.
struct Group {
  const Plan* plan = nullptr;
  LayerInput input = LayerInput::kFloat;
  kernels::ConvShape shape;
  std::vector<const Op*> ops;
  bool only_twin = false;  // of int8 layers; no layer of the plan itself
};

double weights_of(const kernels::ConvShape& s) { return 1.0 * s.ky * s.kx * s.c_in * s.c_out; }

LayerInput input_of(const std::string& key) {
  if (key.starts_with("int8")) return LayerInput::kBytes;
  if (key.starts_with("fp16")) return LayerInput::kF16;
  return key.starts_with("bf16") ? LayerInput::kBf16 : LayerInput::kFloat;
}

// The Winograd forms of which all layers have the scales: `ops` are of one shape.
std::vector<WinogradScales> common_forms(const std::vector<const Op*>& ops) {
  const auto forms_of = [](const Op* op) -> std::span<const WinogradScales> {
    const auto* conv = std::get_if<ConvOp>(op);
    return conv != nullptr ? std::span(conv->winograd) : std::span<const WinogradScales>();
  };
  std::vector<WinogradScales> common;
  for (const WinogradScales& form : forms_of(ops[0])) {
    const bool everywhere = std::all_of(ops.begin(), ops.end(), [&](const Op* op) {
      const auto forms = forms_of(op);
      return std::any_of(forms.begin(), forms.end(), [&](const WinogradScales& other) {
        return other.outputs == form.outputs;
      });
    });
    if (everywhere) common.push_back(form);
  }
  return common;
}

std::size_t best_at(const TunedLayer& layer, std::size_t at) {
  const auto& all = layer.candidates;
  std::size_t best = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const double seconds = all[i].seconds[at];
    const double needed = all[i].choice.kernel == "fp32" ? kClearlyInFloat : kClearly;
    if (seconds == 0 || seconds >= needed * all[0].seconds[at]) continue;
    if (best == 0 || seconds < all[best].seconds[at]) best = i;
  }
  return best;
}

class Tuner {
 public:
  Tuner(const ModelDesc& model, const TuneOptions& options)
      : model_(model),
        options_(options),
        setup_(cpu_setup(model, without_choices(options.cpu))),
        fused_(fuse(build_plan(model))),
        plan_(cpu_plan(model, setup_)),
        timer_(options.height, options.width, options.threads, options.seconds) {
    collect(plan_, false);
    collect_twins();
  }

  TuneReport run() {
    int done = 0;
    const int all = static_cast<int>(order_.size());
    // Float twins first: they are candidates of the int8 layers.
    std::stable_partition(order_.begin(), order_.end(),
                          [this](const auto& key) { return groups_.at(key).only_twin; });
    for (const std::string& key : order_) {
      if (options_.progress) options_.progress(done++, all);
      report_.layers.push_back(measure(key, groups_.at(key)));
    }
    for (TunedLayer& layer : report_.layers) choose(layer);
    choose_positions();
    return std::move(report_);
  }

 private:
  static CpuOptions without_choices(CpuOptions cpu) {
    cpu.choices = {};
    return cpu;
  }

  void add(const std::string& key, const Plan& plan, const Op& op, bool twin) {
    const auto [group, is_new] = groups_.try_emplace(key);
    if (is_new) {
      group->second = {&plan, input_of(key), layer_shape(op), {}, twin};
      order_.push_back(key);
    }
    if (group->second.only_twin == twin) group->second.ops.push_back(&op);
  }

  void collect(const Plan& plan, bool twin) {
    for (const Op& op : plan.ops) {
      const std::string key = layer_key(plan, op);
      if (!key.empty()) add(key, plan, op, twin);
    }
  }

  void collect_twins() {
    for (const NarrowLayer& layer : narrow_layers(fused_)) {
      const Op& op = fused_.ops[layer.op];
      if (groups_.count(layer_key(LayerInput::kBytes, layer_shape(op))) == 0) continue;
      add(layer_key(fused_, op), fused_, op, true);
    }
  }

  BoundLayers bind(const Group& group, const std::string& key, const CpuChoice& choice) const {
    const double bytes = weights_of(group.shape) * (group.input == LayerInput::kFloat ? 20 : 1);
    const std::size_t wanted = static_cast<std::size_t>(kRotatedBytes / bytes) + 1;
    const std::size_t count = std::min({wanted, kMostRotated, group.ops.size()});
    CpuKernels with = setup_.kernels;
    with.choices.layers = {{key, choice}};
    BoundLayers layers;
    layers.plan = group.plan;
    for (std::size_t i = 0; i < count; ++i) {
      layers.ops.push_back(group.ops[i]);
      layers.bound.push_back(make_cpu_op(*group.ops[i], *group.plan, with));
    }
    return layers;
  }

  double time(const BoundLayers& layers, std::size_t at) {
    return timer_.seconds(layers, kTunedPositions[at]) / kTunedPositions[at];
  }

  TunedLayer measure(const std::string& key, const Group& group) {
    TunedLayer layer;
    layer.key = key;
    layer.layers = group.only_twin ? 0 : static_cast<int>(group.ops.size());
    layer.macs = weights_of(group.shape) * options_.height * options_.width;
    double best = 0;  // with one position
    for (const CpuChoice& choice :
         candidates(group.input, group.shape, setup_.kernels.isa, common_forms(group.ops))) {
      const BoundLayers bound = bind(group, key, choice);
      TunedCandidate candidate{choice, std::vector<double>(kPositionCounts, 0.0)};
      candidate.seconds[0] = time(bound, 0);
      const bool is_default = layer.candidates.empty();
      if (is_default || candidate.seconds[0] < best) best = candidate.seconds[0];
      for (std::size_t at = 1; at < kPositionCounts; ++at) {
        if (!is_default && candidate.seconds[0] > kHopeless * best) break;
        candidate.seconds[at] = time(bound, at);
      }
      layer.candidates.push_back(std::move(candidate));
    }
    if (group.input == LayerInput::kBytes) add_float_twin(layer, group.shape);
    return layer;
  }

  void add_float_twin(TunedLayer& layer, const kernels::ConvShape& shape) const {
    const std::string key = layer_key(LayerInput::kFloat, shape);
    const auto twin = std::find_if(report_.layers.begin(), report_.layers.end(),
                                   [&](const TunedLayer& other) { return other.key == key; });
    if (twin == report_.layers.end()) return;
    TunedCandidate in_float{{"fp32", {}}, {}};
    for (std::size_t at = 0; at < kPositionCounts; ++at) {
      in_float.seconds.push_back(twin->candidates[best_at(*twin, at)].seconds[at]);
    }
    layer.candidates.push_back(std::move(in_float));
  }

  void choose_positions() {
    CpuOptions cpu = options_.cpu;
    cpu.choices = report_.choices();
    report_.passes = time_passes(model_, cpu, options_);
    const auto of = [this](int positions) {
      return std::find_if(report_.passes.begin(), report_.passes.end(),
                          [=](const auto& pass) { return pass.positions == positions; });
    };
    const auto usual = of(default_positions(plan_));
    const auto best =
        std::min_element(report_.passes.begin(), report_.passes.end(),
                         [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
    const bool clearly = best->seconds < kClearly * usual->seconds;
    report_.positions = (clearly ? best : usual)->positions;
  }

  void choose(TunedLayer& layer) {
    constexpr std::size_t at = kDecisive;
    layer.chosen = best_at(layer, at);
    const double share = layer.layers * layer.candidates[layer.chosen].seconds[at];
    if (share < kNegligible * default_seconds(report_)) return;
    const Group& group = groups_.at(layer.key);
    const CpuChoice chosen = layer.candidates[layer.chosen].choice;
    for (const CpuChoice& choice : other_passes(group.input, chosen, kTunedPositions[at])) {
      TunedCandidate candidate{choice, std::vector<double>(kPositionCounts, 0.0)};
      candidate.seconds[at] = time(bind(group, layer.key, choice), at);
      layer.candidates.push_back(std::move(candidate));
    }
    layer.chosen = best_at(layer, at);
    confirm(layer, group);
  }

  // Something else may have taken the processor away from one measurement: the winner and the
  // default are measured again in turn, and the best times count. In turn, because they may also
  // have been lucky.
  void confirm(TunedLayer& layer, const Group& group) {
    constexpr std::size_t at = kDecisive;
    for (std::size_t attempt = 0; attempt < layer.candidates.size(); ++attempt) {
      const std::size_t winner = layer.chosen;
      if (winner == 0 || layer.candidates[winner].choice.kernel == "fp32") return;
      const std::size_t rivals[] = {0, winner};
      BoundLayers bound[2];
      double best[2] = {};
      for (std::size_t i = 0; i < 2; ++i) {
        bound[i] = bind(group, layer.key, layer.candidates[rivals[i]].choice);
      }
      for (int round = 0; round < kConfirmations; ++round) {
        for (std::size_t i = 0; i < 2; ++i) {
          const double seconds = time(bound[i], at);
          best[i] = round == 0 ? seconds : std::min(best[i], seconds);
        }
      }
      for (std::size_t i = 0; i < 2; ++i) layer.candidates[rivals[i]].seconds[at] = best[i];
      layer.chosen = best_at(layer, at);
      if (layer.chosen == winner) return;
    }
    layer.chosen = 0;  // no two measurements agree
  }

  const ModelDesc& model_;
  const TuneOptions& options_;
  CpuSetup setup_;
  Plan fused_, plan_;
  LayerTimer timer_;
  std::map<std::string, Group> groups_;
  std::vector<std::string> order_;
  TuneReport report_;
};

}  // namespace

CpuChoices TuneReport::choices() const {
  CpuChoices result;
  result.positions = positions;
  for (const TunedLayer& layer : layers) {
    if (layer.chosen != 0) result.layers[layer.key] = layer.candidates[layer.chosen].choice;
  }
  return result;
}

TuneReport tune(const ModelDesc& model, const TuneOptions& options) {
  if (options.height < 1 || options.width < 1 || options.threads < 1) {
    throw std::invalid_argument(fmt::format("tuning for {}x{} points on {} threads", options.width,
                                            options.height, options.threads));
  }
  return Tuner(model, options).run();
}

double chosen_seconds(const TuneReport& report) {
  double sum = 0;
  for (const TunedLayer& layer : report.layers) {
    sum += layer.layers * layer.candidates[layer.chosen].seconds[kDecisive];
  }
  return sum;
}

double default_seconds(const TuneReport& report) {
  double sum = 0;
  for (const TunedLayer& layer : report.layers) {
    sum += layer.layers * layer.candidates[0].seconds[kDecisive];
  }
  return sum;
}

std::string tuning_subject(const ModelDesc& model, const CpuOptions& options) {
  const CpuSetup setup = cpu_setup(model, options);
  const Plan plan = cpu_plan(model, {{setup.kernels.isa, {}, {}, {}}, setup.precision});
  std::map<std::string, int> layers;
  for (const Op& op : plan.ops) {
    const std::string key = layer_key(plan, op);
    if (key.empty()) continue;
    ++layers[key];
    const auto* conv = std::get_if<ConvOp>(&op);
    if (conv == nullptr) continue;
    for (const WinogradScales& form : conv->winograd) {
      ++layers[fmt::format("{} {}", winograd_name(form), key)];
    }
  }
  std::string subject(kernels::isa_name(setup.kernels.isa));
  for (const auto& [key, count] : layers) subject += fmt::format("; {} x {}", count, key);
  subject += "; kernels";
  for (const std::string_view name : kernels::conv_algorithms(setup.kernels.isa)) {
    subject += fmt::format(" {}", name);
  }
  return subject;
}

}  // namespace hayago::nn
