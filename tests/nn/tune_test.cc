// The tuner: what it measures and chooses, and that its choices keep a network's results.
#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <stdexcept>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/exec/cpu/layer_key.h"
#include "nn/model/load.h"
#include "nn/plan/fuse.h"
#include "nn/tune/candidates.h"
#include "nn/tune/tune.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"
#include "tests/nn/winograd_forms.h"

namespace hayago::test {
namespace {

constexpr double kRounding = 5e-5;  // as in exec_cpu_test.cc

nn::ModelDesc network(const std::string& arch, std::uint64_t seed = 7) {
  nn::SynthOptions options;
  options.arch = arch;
  options.seed = seed;
  return nn::synth_model(options);
}

nn::TuneOptions quick(int threads = 1) {
  nn::TuneOptions options;
  options.height = options.width = 9;
  options.threads = threads;
  options.seconds = 1e-4;
  return options;
}

nn::Precision made_up_int8(const nn::Plan& fused) {
  nn::Precision precision;
  precision.kind = nn::Precision::Kind::kInt8;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(fused)) {
    precision.layers[layer.name] = {0.05f, 50, {}, nullptr};
  }
  return precision;
}

nn::NarrowLayer layer_named(const nn::Plan& fused, const std::string& name) {
  for (const nn::NarrowLayer& layer : nn::narrow_layers(fused)) {
    if (layer.name == name) return layer;
  }
  FAIL("no layer " << name);
  return {};
}

std::map<std::string, int> shapes_of(const nn::Plan& plan) {
  std::map<std::string, int> shapes;
  for (const nn::Op& op : plan.ops) {
    const std::string key = nn::layer_key(plan, op);
    if (!key.empty()) ++shapes[key];
  }
  return shapes;
}

}  // namespace

TEST_CASE("a tuning covers every layer of pixels and measures every default", "[nn][tune]") {
  for (const char* arch : {"b4c32", "b3c64nbt", "b2c32h4tf"}) {
    const nn::ModelDesc model = network(arch);
    int calls = 0, last = 0;
    nn::TuneOptions options = quick(2);
    options.progress = [&](int done, int all) {
      CHECK(done == calls++);
      last = all;
    };
    const nn::TuneReport report = nn::tune(model, options);
    INFO(arch);
    CHECK(calls == last);
    CHECK(last == static_cast<int>(report.layers.size()));
    std::map<std::string, int> covered;
    for (const nn::TunedLayer& layer : report.layers) {
      INFO(layer.key);
      covered[layer.key] = layer.layers;
      REQUIRE(layer.chosen < layer.candidates.size());
      CHECK(layer.macs > 0);
      for (const double seconds : layer.candidates[0].seconds) CHECK(seconds > 0);
      std::set<std::string> different;
      for (const nn::TunedCandidate& candidate : layer.candidates) {
        CHECK(candidate.seconds.size() == std::size(nn::kTunedPositions));
        different.insert(candidate.choice.kernel + "/" +
                         std::to_string(candidate.choice.blocking.panel_vectors) + "/" +
                         std::to_string(candidate.choice.blocking.positions));
      }
      CHECK(different.size() == layer.candidates.size());
    }
    CHECK(covered == shapes_of(nn::fuse(nn::build_plan(model))));
    CHECK(nn::chosen_seconds(report) > 0);
    CHECK(nn::default_seconds(report) > 0);
    CHECK(report.choices().positions == report.positions);
  }
}

TEST_CASE("choices change kernels and keep results", "[nn][tune]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    nn::CpuOptions cpu;
    const nn::CpuExecutor usual(model, cpu);
    const TestInput input = random_input(usual.info(), 9, 7, 9, 7, 5);
    const TestOutput expected = run_one(usual, 9, 7, input);
    const nn::Plan plan = nn::fuse(nn::build_plan(model));
    for (const nn::Op& op : plan.ops) {
      const std::string key = nn::layer_key(plan, op);
      if (key.empty()) continue;
      for (const nn::CpuChoice& choice :
           nn::candidates(nn::LayerInput::kFloat, nn::layer_shape(op), kernels::best_isa())) {
        nn::CpuOptions chosen;
        chosen.choices.layers[key] = choice;
        chosen.choices.positions = 2;
        const nn::CpuExecutor executor(model, chosen);
        const TestOutput got = run_one(executor, 9, 7, input);
        INFO(describe(options) << " " << key << " " << choice.kernel << " "
                               << choice.blocking.panel_vectors);
        CHECK(worst_relative(expected, got) < kRounding);
        bool same_kernels = true;
        for (std::size_t i = 0; i < plan.ops.size(); ++i) {
          const auto name = executor.network().ops()[i]->conv_algorithm();
          if (nn::layer_key(plan, plan.ops[i]) == key) CHECK(name == choice.kernel);
          same_kernels = same_kernels && name == usual.network().ops()[i]->conv_algorithm();
        }
        if (same_kernels) CHECK(got.same_bits(expected));  // blocking is not arithmetic
      }
    }
  }
}

TEST_CASE("choices for kernels that do not exist leave the defaults", "[nn][tune]") {
  const nn::ModelDesc model = network("b4c32");
  const nn::CpuExecutor usual(model, nn::CpuOptions{});
  const TestInput input = random_input(usual.info(), 9, 9, 9, 9, 5);
  nn::CpuOptions chosen;
  for (const auto& [key, count] : shapes_of(nn::fuse(nn::build_plan(model)))) {
    chosen.choices.layers[key] = {"no-such-kernel", {99, 1000}};
  }
  const nn::CpuExecutor executor(model, chosen);
  CHECK(run_one(executor, 9, 9, input).same_bits(run_one(usual, 9, 9, input)));
  CHECK(executor.description() == usual.description() + " (tuned)");
}

TEST_CASE("an int8 layer can be left in float by choice", "[nn][tune][narrow]") {
  const nn::ModelDesc model = network("b4c32");
  const nn::Plan fused = nn::fuse(nn::build_plan(model));
  const nn::Precision precision = made_up_int8(fused);
  const nn::CpuExecutor exact(model, nn::CpuOptions{}, nn::Precision{});
  const nn::CpuExecutor bytes(model, nn::CpuOptions{}, precision);
  nn::CpuOptions in_float;
  for (const auto& [key, count] : shapes_of(bytes.network().plan())) {
    if (key.starts_with("int8")) in_float.choices.layers[key] = {"fp32", {}};
  }
  REQUIRE(in_float.choices.layers.size() > 0);
  const nn::CpuExecutor all_float(model, in_float, precision);
  const TestInput input = random_input(exact.info(), 9, 9, 9, 9, 5);
  const TestOutput expected = run_one(exact, 9, 9, input);
  CHECK_FALSE(run_one(bytes, 9, 9, input).same_bits(expected));
  CHECK(run_one(all_float, 9, 9, input).same_bits(expected));
  for (const auto& tensor : all_float.network().plan().tensors) CHECK_FALSE(tensor.narrow);
}

TEST_CASE("an int8 network can be tuned, fine channels included", "[nn][tune][narrow]") {
  nn::ModelDesc model = network("b4c32");
  const nn::Plan fused = nn::fuse(nn::build_plan(model));
  auto layers = made_up_int8(fused).layers;
  for (const nn::NarrowLayer& layer : nn::narrow_layers(fused)) {
    if (kernels::padded(layer.c_in) != layer.c_in) continue;
    layers[layer.name].channel_scales.assign(static_cast<std::size_t>(layer.c_in), 1.0f);
    layers[layer.name].fine = {1, 5, 14};
  }
  model.int8_layers = layers;
  nn::TuneOptions options = quick(2);
  options.cpu.precision = "int8";
  const nn::TuneReport report = nn::tune(model, options);
  std::map<std::string, int> covered;
  for (const nn::TunedLayer& layer : report.layers) {
    if (layer.layers > 0) covered[layer.key] = layer.layers;
    INFO(layer.key);
    for (const double seconds : layer.candidates[0].seconds) CHECK(seconds > 0);
    if (!layer.key.starts_with("int8")) continue;
    CHECK(layer.candidates.back().choice.kernel == "fp32");  // its float twin
    CHECK(layer.candidates.back().seconds[nn::kDecisive] > 0);
  }
  const nn::CpuExecutor executor(model, options.cpu);
  CHECK(covered == shapes_of(executor.network().plan()));
}

TEST_CASE("narrow layers choose among the instruction sets of the machine", "[nn][tune][narrow]") {
  const auto best = kernels::best_isa();
  using kernels::NarrowType;
  const std::pair<nn::LayerInput, NarrowType> kinds[] = {{nn::LayerInput::kBytes, NarrowType::kU8},
                                                         {nn::LayerInput::kBf16, NarrowType::kBf16},
                                                         {nn::LayerInput::kF16, NarrowType::kF16}};
  for (const auto& [input, type] : kinds) {
    const auto list = nn::candidates(input, {3, 3, 32, 32}, best);
    CHECK(list.empty() != kernels::narrow_usable(best, type));
    for (const nn::CpuChoice& choice : list) {
      const auto isa = kernels::parse_isa(choice.kernel);
      REQUIRE(isa);
      CHECK(kernels::isa_usable(*isa));
    }
  }
}

TEST_CASE("int8 layers with scales for Winograd forms choose among those, too",
          "[nn][tune][narrow]") {
  const std::vector<nn::WinogradScales> forms = {made_up_form(2), made_up_form(4)};
  const auto list =
      nn::candidates(nn::LayerInput::kBytes, {3, 3, 32, 32}, kernels::best_isa(), forms);
  CHECK(list.back().kernel == "winograd2");  // nothing of winograd4
  CHECK(list.size() ==
        1 + nn::candidates(nn::LayerInput::kBytes, {3, 3, 32, 32}, kernels::best_isa()).size());
  CHECK(nn::other_passes(nn::LayerInput::kBytes, list.back(), 4).empty());
  nn::ModelDesc model = network("b4c32");
  const nn::Plan fused = nn::fuse(nn::build_plan(model));
  nn::Precision precision = made_up_int8(fused);
  for (auto& [name, layer] : precision.layers) {
    layer.winograd = forms;
    const auto l = layer_named(fused, name);
    layer.weights =
        std::make_shared<const nn::QuantizedWeights>(nn::quantize_weights(l.weights, l.c_out, {}));
  }
  model.int8_layers = precision.layers;
  const std::string with_forms = nn::tuning_subject(model, {});
  const std::string first = model.int8_layers.begin()->first;
  const std::string key = nn::layer_key(nn::LayerInput::kBytes,
                                        nn::layer_shape(fused.ops[layer_named(fused, first).op]));
  const auto names = [&] {
    std::set<std::string> kernels;
    for (const nn::TunedLayer& layer : nn::tune(model, quick()).layers) {
      if (layer.key != key) continue;
      for (const auto& candidate : layer.candidates) kernels.insert(candidate.choice.kernel);
      CHECK(layer.candidates[0].choice.kernel != "winograd2");
    }
    return kernels;
  };
  CHECK(names().contains("winograd2"));
  // One layer of the shape lacks them: all of the shape do without.
  model.int8_layers[first].winograd.clear();
  CHECK_FALSE(names().contains("winograd2"));
  CHECK(nn::tuning_subject(model, {}) != with_forms);
}

TEST_CASE("networks of one shape share a tuning, other shapes and limits do not", "[nn][tune]") {
  const nn::CpuOptions cpu;
  const std::string subject = nn::tuning_subject(network("b4c32", 1), cpu);
  CHECK(subject == nn::tuning_subject(network("b4c32", 2), cpu));
  CHECK(subject != nn::tuning_subject(network("b2c16"), cpu));
  nn::CpuOptions limited;
  limited.isa = "ref";
  CHECK(subject != nn::tuning_subject(network("b4c32", 1), limited));
}

TEST_CASE("the tuner refuses what it cannot measure", "[nn][tune]") {
  const nn::ModelDesc model = network("b2c16");
  nn::TuneOptions options = quick();
  options.threads = 0;
  CHECK_THROWS_AS(nn::tune(model, options), std::invalid_argument);
  options = quick();
  options.width = 0;
  CHECK_THROWS_AS(nn::tune(model, options), std::invalid_argument);
  options = quick();
  options.cpu.precision = "int8";
  CHECK_THROWS_AS(nn::tune(model, options), nn::ModelError);
}

}  // namespace hayago::test
