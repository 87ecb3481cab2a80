// The CPU executor against its own oracle, and the promises of nn/exec/executor.h: independence of
// batch, slot, buffer size and earlier runs.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "kernels/conv/conv.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

// binary32 against double accumulation, relative to the largest number of an output. spec/02
// section 14.1 sees up to 5e-5 between two binary32 programs on logits of several units, about 1e-5
// of them; the largest seen here is 1.7e-5 (Winograd in a nested network).
constexpr double kRounding = 5e-5;

std::unique_ptr<nn::CpuExecutor> executor_for(const nn::ModelDesc& model, const std::string& isa,
                                              bool fuse = true) {
  nn::CpuOptions options;
  options.isa = isa;
  return std::make_unique<nn::CpuExecutor>(model, options, fuse);
}

struct Size {
  int h, w;
};

// The top-left corner of every plane.
std::vector<float> crop(const std::vector<float>& planes, int from_size, int to_size) {
  std::vector<float> result;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const int p = static_cast<int>(i) % (from_size * from_size);
    if (p / from_size < to_size && p % from_size < to_size) result.push_back(planes[i]);
  }
  return result;
}

}  // namespace

TEST_CASE("every fast ISA agrees with the double-precision kernels", "[nn][exec]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const auto reference = executor_for(model, "ref");
    for (const std::string& isa : usable_isas()) {
      if (isa == "ref") continue;
      const auto executor = executor_for(model, isa);
      for (const Size size : {Size{9, 9}, Size{7, 12}}) {
        const TestInput input =
            random_input(reference->info(), size.h, size.w, size.h, size.w - 1, 5);
        const TestOutput expected = run_one(*reference, size.h, size.w, input);
        const TestOutput got = run_one(*executor, size.h, size.w, input);
        INFO(describe(options) << " " << isa << " " << size.w << "x" << size.h);
        const double error = worst_relative(expected, got);
        CHECK(error < kRounding);
      }
    }
  }
}

TEST_CASE("a forced algorithm runs in every convolution that it can compute", "[nn][exec]") {
  const kernels::Isa best = kernels::best_isa();
  std::map<std::string_view, int> changed;  // convolutions that run another kernel for being forced
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const auto reference = executor_for(model, "ref"), free = executor_for(model, "auto");
    const TestInput input = random_input(reference->info(), 7, 12, 7, 11, 5);
    const TestOutput expected = run_one(*reference, 7, 12, input);
    const TestOutput unforced = run_one(*free, 7, 12, input);
    for (const std::string_view algorithm : kernels::conv_algorithms(best)) {
      nn::CpuOptions cpu;
      cpu.conv_algorithm = algorithm;
      const nn::CpuExecutor forced(model, cpu);
      INFO(describe(options) << " " << algorithm);
      bool any_changed = false;
      for (std::size_t i = 0; i < forced.network().ops().size(); ++i) {
        const auto name = forced.network().ops()[i]->conv_algorithm();
        const auto* conv = std::get_if<nn::ConvOp>(&forced.network().plan().ops[i]);
        CHECK(name.empty() == (conv == nullptr));
        if (conv == nullptr) continue;
        const bool changes = name != free->network().ops()[i]->conv_algorithm();
        CHECK((name == algorithm) == kernels::conv_supports(best, conv->shape, algorithm));
        CHECK((name == algorithm || !changes));
        changed[algorithm] += changes;
        any_changed |= changes;
      }
      const TestOutput got = run_one(forced, 7, 12, input);
      CHECK(worst_relative(expected, got) < kRounding);
      CHECK(got.same_bits(unforced) != any_changed);
    }
  }
  CHECK(changed["direct"] > 0);
  if (kernels::float_isa(best) != kernels::Isa::kRef) {
    CHECK(changed["winograd4"] + changed["winograd5"] > 0);  // one of them is the best
  }
}

TEST_CASE("fusing changes nothing but rounding", "[nn][exec]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const auto fused = executor_for(model, "auto"), plain = executor_for(model, "auto", false);
    CHECK(plain->network().ops().size() > fused->network().ops().size());
    const TestInput input = random_input(fused->info(), 9, 9, 9, 7, 5);
    INFO(describe(options));
    CHECK(worst_relative(run_one(*plain, 9, 9, input), run_one(*fused, 9, 9, input)) < kRounding);
  }
}

TEST_CASE("a position's result does not depend on the batch around it", "[nn][exec]") {
  constexpr int kSize = 9;
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    for (const std::string& isa : usable_isas()) {
      if (isa == "ref" && options.arch != "b2c16" && options.arch != "b2c32h4tf") continue;
      const auto executor = executor_for(model, isa);
      std::vector<TestInput> inputs;
      std::vector<TestOutput> alone;
      for (unsigned i = 0; i < 16; ++i) {  // every third board is smaller than the buffer
        const int board = i % 3 == 2 ? 5 + static_cast<int>(i) % 4 : kSize;
        inputs.push_back(random_input(executor->info(), kSize, kSize, board, kSize, i));
        alone.push_back(run_one(*executor, kSize, kSize, inputs.back()));
      }
      for (const int batch : {2, 3, 7, 16}) {
        const auto context = executor->make_context(kSize, kSize, batch);
        for (const int first : {0, 5}) {
          std::vector<TestInput> some;
          for (int i = 0; i < batch; ++i) {
            some.push_back(inputs[static_cast<std::size_t>((first + i) % 16)]);
          }
          const auto results = run_batch(*context, executor->info(), kSize * kSize, some);
          for (int i = 0; i < batch; ++i) {
            INFO(describe(options) << " " << isa << " batch " << batch << " slot " << i);
            CHECK(results[static_cast<std::size_t>(i)].same_bits(
                alone[static_cast<std::size_t>((first + i) % 16)]));
          }
        }
      }
    }
  }
}

TEST_CASE("a board in a larger buffer evaluates as in its own", "[nn][exec]") {
  constexpr int kBoard = 7, kBuffer = 11;
  for (const auto& options : small_nets()) {
    const auto executor = executor_for(nn::synth_model(options), "auto");
    const nn::NetInfo& net = executor->info();
    const TestInput small = random_input(net, kBoard, kBoard, kBoard, kBoard, 3);
    const TestInput large = in_larger_buffer(net, small, kBoard, kBuffer);
    const TestOutput expected = run_one(*executor, kBoard, kBoard, small);
    const TestOutput got = run_one(*executor, kBuffer, kBuffer, large);
    TestOutput cropped = got;
    cropped.policy = crop(got.policy, kBuffer, kBoard);
    cropped.ownership = crop(got.ownership, kBuffer, kBoard);
    INFO(describe(options));
    CHECK(worst_relative(expected, cropped) < kRounding);
  }
}

TEST_CASE("planes as bits are the same position", "[nn][exec]") {
  constexpr int kBoard = 7, kBuffer = 9;
  for (const auto& options : small_nets()) {
    const auto executor = executor_for(nn::synth_model(options), "auto");
    const nn::NetInfo& net = executor->info();
    for (const int board : {kBoard, kBuffer}) {
      const TestInput input = random_input(net, kBuffer, kBuffer, board, board, 5);
      const TestOutput expected = run_one(*executor, kBuffer, kBuffer, input);
      INFO(describe(options) << " board " << board);
      CHECK(run_one(*executor, kBuffer, kBuffer, as_bits(net, input)).same_bits(expected));
    }
  }
  for (const auto& executor :
       {nn::make_fake_executor(), nn::make_simulated_executor(nn::SimulatedDevices{})}) {
    const TestInput input = random_input(executor->info(), kBuffer, kBuffer, kBoard, kBoard, 6);
    const TestOutput expected = run_one(*executor, kBuffer, kBuffer, input);
    INFO(executor->description());
    CHECK(
        run_one(*executor, kBuffer, kBuffer, as_bits(executor->info(), input)).same_bits(expected));
  }
}

TEST_CASE("nothing is read that this run did not write", "[nn][exec]") {
  constexpr int kSize = 9, kBatch = 6, kGroup = 4;  // one full and one part-filled group
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    for (const std::string& isa : usable_isas()) {
      const auto executor = executor_for(model, isa);
      std::vector<TestInput> inputs;
      for (unsigned i = 0; i < kBatch; ++i) {
        inputs.push_back(
            random_input(executor->info(), kSize, kSize, i == 1 ? 6 : kSize, kSize, i));
      }
      const auto context = executor->make_cpu_context(kSize, kSize, kBatch, kGroup);
      const auto run = [&] { return run_batch(*context, executor->info(), kSize * kSize, inputs); };
      const auto before = run();
      const auto arena = context->arena();
      std::fill(arena.begin(), arena.end(), std::numeric_limits<float>::quiet_NaN());
      const auto after = run();
      for (std::size_t i = 0; i < kBatch; ++i) {
        INFO(describe(options) << " " << isa << " slot " << i);
        CHECK(before[i].same_bits(after[i]));
      }
    }
  }
}

TEST_CASE("ownership is optional", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const auto executor = executor_for(nn::synth_model(options), "auto");
  const TestInput input = random_input(executor->info(), 5, 5, 5, 5, 1);
  const TestOutput with = run_one(*executor, 5, 5, input);
  TestOutput without(executor->info(), 25);
  std::fill(without.ownership.begin(), without.ownership.end(), 123.0f);
  nn::RawOutput view = without.view();
  view.ownership = nullptr;
  const nn::PositionInput in = input.view();
  executor->make_context(5, 5, 1)->run({&in, 1}, {&view, 1});
  CHECK(without.policy == with.policy);
  CHECK(without.value == with.value);
  CHECK(without.ownership == std::vector<float>(25, 123.0f));
}

TEST_CASE("missing metadata counts as zeros", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b3c64nbt";
  options.version = 15;
  options.meta = true;
  const auto executor = executor_for(nn::synth_model(options), "auto");
  TestInput input = random_input(executor->info(), 5, 5, 5, 5, 1);
  const TestOutput with = run_one(*executor, 5, 5, input);
  std::fill(input.meta.begin(), input.meta.end(), 0.0f);
  const TestOutput zeros = run_one(*executor, 5, 5, input);
  CHECK_FALSE(with.same_bits(zeros));
  input.meta.clear();
  CHECK(run_one(*executor, 5, 5, input).same_bits(zeros));
}

TEST_CASE("the smallest and the largest buffers work", "[nn][exec]") {
  for (const char* arch : {"b2c16", "b2c32h4tf"}) {
    nn::SynthOptions options;
    options.arch = arch;
    const nn::ModelDesc model = nn::synth_model(options);
    const auto executor = executor_for(model, "auto"), reference = executor_for(model, "ref");
    for (const Size size : {Size{1, 1}, Size{1, 19}, Size{19, 1}, Size{2, 3}, Size{37, 37}}) {
      const TestInput input = random_input(executor->info(), size.h, size.w, size.h, size.w, 1);
      INFO(arch << " " << size.w << "x" << size.h);
      CHECK(worst_relative(run_one(*reference, size.h, size.w, input),
                           run_one(*executor, size.h, size.w, input)) < kRounding);
    }
  }
}

TEST_CASE("threads share an executor", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c32h4tf";
  const auto executor = executor_for(nn::synth_model(options), "auto");
  std::vector<TestInput> inputs;
  std::vector<TestOutput> alone;
  for (unsigned i = 0; i < 4; ++i) {
    inputs.push_back(random_input(executor->info(), 9, 9, 9, 9, i));
    alone.push_back(run_one(*executor, 9, 9, inputs.back()));
  }
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 5; ++repeat) {
        if (!run_one(*executor, 9, 9, inputs[i]).same_bits(alone[i])) ++different;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(different == 0);
}

TEST_CASE("contexts outlive their executor and share its weights", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  auto executor = executor_for(nn::synth_model(options), "auto");
  const nn::NetInfo net = executor->info();
  const TestInput input = random_input(net, 5, 5, 5, 5, 1);
  const TestOutput expected = run_one(*executor, 5, 5, input);
  const auto context = executor->make_context(5, 5, 2);
  executor.reset();
  CHECK(run_batch(*context, net, 25, {input}).front().same_bits(expected));
}

TEST_CASE("networks and options that cannot run are refused by name", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  nn::ModelDesc model = nn::synth_model(options);
  nn::CpuOptions cpu;
  cpu.isa = "mmx";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, cpu), Catch::Contains("'mmx'"));
#if defined(HAYAGO_X86)
  cpu.isa = "neon";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, cpu), Catch::Contains("'neon'"));
#endif
  cpu = {};
  cpu.conv_algorithm = "no-such-algorithm";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, cpu), Catch::Contains("'no-such-algorithm'") &&
                                                           Catch::Contains("auto, ") &&
                                                           Catch::Contains("direct"));
  cpu.isa = "ref";
  cpu.conv_algorithm = "winograd4";
  CHECK_THROWS_WITH(nn::make_cpu_executor(model, cpu),
                    Catch::Contains("'winograd4'") && Catch::Contains("auto, direct with 'ref'"));

  auto& conv = std::get<nn::OrdinaryBlock>(model.trunk.blocks[0]).conv2;
  conv.dil_x = 2;
  CHECK_THROWS_WITH(nn::make_cpu_executor(model),
                    Catch::Contains(conv.name) && Catch::Contains("not supported"));
  options.arch = "b2c32h4tf";
  model = nn::synth_model(options);
  auto& ffn = std::get<nn::FfnBlock>(model.trunk.blocks[1]);
  ffn.gated = false;
  CHECK_THROWS_WITH(nn::make_cpu_executor(model),
                    Catch::Contains(ffn.name) && Catch::Contains("not supported"));
}

TEST_CASE("contexts refuse impossible sizes", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const auto executor = nn::make_cpu_executor(nn::synth_model(options));
  CHECK_THROWS_AS(executor->make_context(0, 9, 1), std::invalid_argument);
  CHECK_THROWS_AS(executor->make_context(9, 9, 0), std::invalid_argument);
  CHECK_THROWS_AS(executor->make_context(9, 9, executor->max_batch() + 1), std::invalid_argument);
}

}  // namespace hayago::test
