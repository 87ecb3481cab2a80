// One pass over several cores: the bits of one core, and who gets the cores.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/fuse.h"
#include "nn/plan/plan.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {
namespace {

using namespace std::chrono_literals;

constexpr int kSize = 9;

std::unique_ptr<nn::CpuExecutor> executor_for(const nn::ModelDesc& model, const std::string& isa,
                                              int cores, const nn::Precision& precision) {
  nn::CpuOptions options;
  options.isa = isa;
  options.cores = cores;
  return std::make_unique<nn::CpuExecutor>(model, options, precision);
}

// All layers that can be narrow in that format.
std::vector<nn::Precision> precisions_for(const nn::ModelDesc& model, const std::string& isa) {
  std::vector<nn::Precision> all(1);
  const kernels::Isa parsed = *kernels::parse_isa(isa);
  for (const auto kind : {nn::Precision::Kind::kBf16, nn::Precision::Kind::kFp16}) {
    if (kernels::narrow_usable(parsed, *nn::narrow_type(kind))) all.emplace_back().kind = kind;
  }
  if (kernels::narrow_usable(parsed, kernels::NarrowType::kU8)) {
    nn::Precision& bytes = all.emplace_back();
    bytes.kind = nn::Precision::Kind::kInt8;
    const nn::Plan plan = nn::fuse(nn::build_plan(model));
    for (const auto& layer : nn::narrow_layers(plan)) {
      bytes.layers[layer.name] = {0.05f, 50, {}, nullptr};
    }
    bytes.attention = nn::narrow_attention(plan);
  }
  return all;
}

}  // namespace

namespace {

void check_cores(const std::string& isa, const nn::SynthOptions& options) {
  const nn::ModelDesc model = nn::synth_model(options);
  for (const nn::Precision& precision : precisions_for(model, isa)) {
    const auto alone = executor_for(model, isa, 1, precision);
    std::vector<TestInput> inputs;
    for (int i = 0; i < 3; ++i) {
      inputs.push_back(random_input(alone->info(), kSize, kSize, kSize, kSize - i % 2,
                                    static_cast<unsigned>(i)));
    }
    const auto one = alone->make_cpu_context(kSize, kSize, 3, 3);
    const auto expected = run_batch(*one, alone->info(), kSize * kSize, inputs);
    REQUIRE(one->helped() == 0);
    for (const int cores : {2, 3}) {
      INFO(describe(options) << " " << isa << " precision " << static_cast<int>(precision.kind)
                             << " cores " << cores);
      const auto shared = executor_for(model, isa, cores, precision);
      const auto context = shared->make_cpu_context(kSize, kSize, 3, 3);
      context->fix_parts(cores);
      const auto got = run_batch(*context, shared->info(), kSize * kSize, inputs);
      for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(got[i].same_bits(expected[i]));
    }
  }
}

}  // namespace

TEST_CASE("a pass over several cores gives the bits of one core", "[nn][exec][cores]") {
  const std::string best(kernels::isa_name(kernels::best_isa()));
  for (const auto& options : small_nets()) check_cores(best, options);
}

TEST_CASE("a pass over several cores gives the bits of one core on every instruction set",
          "[nn][exec][cores][slow]") {
  for (const auto& options : small_nets()) {
    for (const std::string& isa : usable_isas()) check_cores(isa, options);
  }
}

// Threads need not come while the machine is busy, but in the end they do.
TEST_CASE("a context alone is helped, one among as many as cores is not", "[nn][exec][cores]") {
  constexpr int kBoard = 19;
  nn::SynthOptions options;
  options.arch = "b6c96";
  const auto executor = executor_for(nn::synth_model(options), "auto", 2, {});
  const TestInput input = random_input(executor->info(), kBoard, kBoard, kBoard, kBoard, 1);
  const auto first = executor->make_cpu_context(kBoard, kBoard, 1, 1);
  CHECK(first->parts() == 1);  // the first pass shows what one thread needs
  const auto soon = [&](const auto& condition) {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < 60s) {
      run_batch(*first, executor->info(), kBoard * kBoard, {input});
      if (condition()) return true;
    }
    return false;
  };
  CHECK(soon([&] { return first->helped() > 0; }));
  const auto second = executor->make_cpu_context(kBoard, kBoard, 1, 1);
  run_batch(*second, executor->info(), kBoard * kBoard, {input});
  CHECK(soon([&] { return second->parts() == 1; }));  // the first has just been at work
  std::this_thread::sleep_for(50ms);
  CHECK(second->parts() == 2);  // not any more
}

TEST_CASE("contexts in many threads get the same bits while they share and part",
          "[nn][exec][cores]") {
  const nn::ModelDesc model = nn::synth_model(small_nets().front());
  const auto executor = executor_for(model, "auto", 3, {});
  const TestInput input = random_input(executor->info(), kSize, kSize, kSize, kSize, 1);
  const auto lone = executor_for(model, "auto", 1, {});
  const TestOutput expected = run_one(*lone, kSize, kSize, input);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto context = executor->make_cpu_context(kSize, kSize, 1, 1);
      for (int i = 0; i < 30; ++i) {
        context->fix_parts(1 + i % 3);
        const auto got = run_batch(*context, executor->info(), kSize * kSize, {input});
        if (!got.front().same_bits(expected)) ++wrong;
        if (i % 10 == t) std::this_thread::sleep_for(std::chrono::milliseconds(25));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace hayago::test
