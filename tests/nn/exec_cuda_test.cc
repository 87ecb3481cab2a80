// The CUDA executor against the CPU's oracle, and the promises of nn/exec/executor.h, on the
// emulated GPU and on a real one.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/model/load.h"
#include "tests/nn/exec_cuda_support.h"

namespace hayago::test {
namespace {

// As for the CPU's fast kernels (exec_cpu_test.cc).
constexpr double kSingle = 5e-5;
// A half has 11 bits, so every stored activation is off by up to 2^-12 of itself. The errors of a
// dozen layers add up like a random walk, some outputs are differences of larger numbers, and
// random networks do not forgive as trained ones do; the largest seen is 3.2e-3.
constexpr double kHalf = 1.5e-2;

double tolerance(const std::string& precision) { return precision == "fp16" ? kHalf : kSingle; }

constexpr int kSize = 5;

// Every third board is smaller than the buffer.
std::vector<TestInput> mixed_inputs(const nn::NetInfo& net, int count) {
  std::vector<TestInput> inputs;
  for (int i = 0; i < count; ++i) {
    const int board = i % 3 == 2 ? kSize - 1 - i % 2 : kSize;
    inputs.push_back(random_input(net, kSize, kSize, board, kSize, static_cast<unsigned>(i)));
  }
  return inputs;
}

nn::ModelDesc small_model(const std::string& arch, bool meta = false) {
  nn::SynthOptions options;
  options.arch = arch;
  options.meta = meta;
  if (meta) options.version = 15;
  return nn::synth_model(options);
}

// --- numbers

void agrees_with_the_cpu(const nn::GpuFactory& gpu) {
  double worst_of[2] = {};
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const auto reference = reference_executor(model);
    const nn::NetInfo& net = reference->info();
    const std::vector<TestInput> inputs = {random_input(net, 5, 6, 5, 6, 5),
                                           random_input(net, 5, 6, 4, 5, 6)};
    const auto expected = run_batch(*reference->make_context(5, 6, 2), net, 30, inputs);
    for (const std::string precision : {"fp32", "fp16"}) {
      const auto executor = cuda_executor(model, gpu, precision);
      const auto context = executor->make_context(5, 6, 2);
      const auto together = run_batch(*context, net, 30, inputs);
      for (std::size_t i = 0; i < 2; ++i) {
        INFO(describe(options) << " " << precision << " board " << i);
        const double error = worst_relative(expected[i], together[i]);
        CHECK(error < tolerance(precision));
        double& worst = worst_of[precision == "fp16"];
        worst = std::max(worst, error);
      }
    }
  }
  WARN("worst relative errors: fp32 " << worst_of[0] << ", fp16 " << worst_of[1]);
}

void ignores_the_batch(const nn::GpuFactory& gpu) {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    for (const std::string precision : {"fp32", "fp16"}) {
      const auto executor = cuda_executor(model, gpu, precision);
      const nn::NetInfo& net = executor->info();
      const auto inputs = mixed_inputs(net, 7);
      const auto alone = executor->make_context(kSize, kSize, 1);
      const auto context = executor->make_context(kSize, kSize, 7);
      for (const std::size_t count : {std::size_t{2}, std::size_t{7}}) {
        // Backwards, so that positions come to other slots.
        const std::vector<TestInput> some(inputs.rbegin(),
                                          inputs.rbegin() + static_cast<std::ptrdiff_t>(count));
        const auto results = run_batch(*context, net, kSize * kSize, some);
        for (std::size_t i = 0; i < count; ++i) {
          INFO(describe(options) << " " << precision << " batch " << count << " slot " << i);
          CHECK(results[i].same_bits(run_batch(*alone, net, kSize * kSize, {some[i]}).front()));
        }
      }
    }
  }
}

void reads_only_what_it_wrote(const nn::GpuFactory& gpu) {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const std::shared_ptr<kernels::GpuRuntime> runtime = gpu(0);
    for (const std::string precision : {"fp32", "fp16"}) {
      const auto executor = cuda_executor(model, gpu, precision);
      const auto inputs = mixed_inputs(executor->info(), 3);
      const auto context = executor->make_cuda_context(kSize, kSize, 4);
      const auto run = [&] { return run_batch(*context, executor->info(), kSize * kSize, inputs); };
      const auto before = run();
      const nn::DeviceMemory& memory = context->activations();
      const std::vector<unsigned char> nans(memory.bytes(), 0xFF);  // in both precisions
      const nn::Stream stream(runtime);
      runtime->copy_to_device(memory.data(), nans.data(), nans.size(), stream.get());
      runtime->synchronize(stream.get());
      const auto after = run();
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        INFO(describe(options) << " " << precision << " slot " << i);
        CHECK(before[i].same_bits(after[i]));
      }
    }
  }
}

void evaluates_a_board_as_in_its_own_buffer(const nn::GpuFactory& gpu) {
  constexpr int kBoard = 4, kBuffer = 7;
  for (const char* arch : {"b4c32", "b2c32h4tf"}) {
    const auto executor = cuda_executor(small_model(arch), gpu, "fp32");
    const nn::NetInfo& net = executor->info();
    const TestInput small = random_input(net, kBoard, kBoard, kBoard, kBoard, 3);
    const TestInput large = in_larger_buffer(net, small, kBoard, kBuffer);
    const TestOutput expected = run_one(*executor, kBoard, kBoard, small);
    const TestOutput got = run_one(*executor, kBuffer, kBuffer, large);
    INFO(arch);
    CHECK(worst(expected.value, got.value) < kSingle);
    for (int p = 0; p < kBoard * kBoard; ++p) {
      const auto from = static_cast<std::size_t>(p);
      const auto to = static_cast<std::size_t>(p / kBoard * kBuffer + p % kBoard);
      CHECK(std::abs(expected.ownership[from] - got.ownership[to]) < kSingle * 10);
    }
  }
}

// --- ways of the inputs

void takes_planes_of_any_value(const nn::GpuFactory& gpu) {
  const nn::ModelDesc model = small_model("b2c16");
  const auto reference = reference_executor(model);
  for (const std::string precision : {"fp32", "fp16"}) {
    const auto executor = cuda_executor(model, gpu, precision);
    const nn::NetInfo& net = executor->info();
    std::vector<TestInput> inputs = mixed_inputs(net, 3);
    const auto context = executor->make_cuda_context(kSize, kSize, 3);
    const auto packed = run_batch(*context, net, kSize * kSize, inputs);
    inputs[2] = as_bits(net, inputs[2]);
    CHECK(run_batch(*context, net, kSize * kSize, inputs)[2].same_bits(packed[2]));
    inputs[1].spatial[static_cast<std::size_t>(net.c_spatial) + 3] = 0.5f;  // now all are floats
    const auto as_floats = run_batch(*context, net, kSize * kSize, inputs);
    CHECK(context->recorded() == 2);
    INFO(precision);
    CHECK(as_floats[0].same_bits(packed[0]));
    CHECK(as_floats[2].same_bits(packed[2]));
    CHECK_FALSE(as_floats[1].same_bits(packed[1]));
    CHECK(worst_relative(run_one(*reference, kSize, kSize, inputs[1]), as_floats[1]) <
          tolerance(precision));
  }
}

void counts_missing_metadata_as_zeros(const nn::GpuFactory& gpu) {
  const auto executor = cuda_executor(small_model("b3c64nbt", true), gpu, "fp32");
  TestInput input = random_input(executor->info(), kSize, kSize, kSize, kSize, 1);
  const TestOutput with = run_one(*executor, kSize, kSize, input);
  std::fill(input.meta.begin(), input.meta.end(), 0.0f);
  const TestOutput zeros = run_one(*executor, kSize, kSize, input);
  CHECK_FALSE(with.same_bits(zeros));
  input.meta.clear();
  CHECK(run_one(*executor, kSize, kSize, input).same_bits(zeros));
}

void leaves_unwanted_ownership_alone(const nn::GpuFactory& gpu) {
  const auto executor = cuda_executor(small_model("b2c16"), gpu, "fp32");
  const TestInput input = random_input(executor->info(), kSize, kSize, kSize, kSize, 1);
  const TestOutput with = run_one(*executor, kSize, kSize, input);
  TestOutput without(executor->info(), kSize * kSize);
  std::fill(without.ownership.begin(), without.ownership.end(), 123.0f);
  nn::RawOutput view = without.view();
  view.ownership = nullptr;
  const nn::PositionInput in = input.view();
  executor->make_context(kSize, kSize, 1)->run({&in, 1}, {&view, 1});
  CHECK(without.policy == with.policy);
  CHECK(without.ownership == std::vector<float>(kSize * kSize, 123.0f));
}

// --- passes

void records_few_passes(const nn::GpuFactory& gpu) {
  CHECK(nn::slots_for(1) == 1);
  CHECK(nn::slots_for(32) == 32);
  CHECK(nn::slots_for(33) == 36);
  CHECK(nn::slots_for(36) == 36);
  constexpr int kTiny = 3, kBatch = 34;
  const auto executor = cuda_executor(small_model("b2c16"), gpu, "fp16");
  const nn::NetInfo& net = executor->info();
  std::vector<TestInput> inputs;
  for (unsigned i = 0; i < kBatch; ++i) {
    inputs.push_back(random_input(net, kTiny, kTiny, kTiny, kTiny, i));
  }
  const auto context = executor->make_cuda_context(kTiny, kTiny, kBatch);
  const auto all = run_batch(*context, net, kTiny * kTiny, inputs);
  CHECK(context->recorded() == 1);
  CHECK(all.back().same_bits(run_one(*executor, kTiny, kTiny, inputs.back())));
  inputs.pop_back();  // 33 take the same pass
  const auto fewer = run_batch(*context, net, kTiny * kTiny, inputs);
  CHECK(context->recorded() == 1);
  CHECK(fewer.front().same_bits(all.front()));
  CHECK(fewer.back().same_bits(all[inputs.size() - 1]));
  inputs.resize(5);
  CHECK(run_batch(*context, net, kTiny * kTiny, inputs)[4].same_bits(all[4]));
  CHECK(context->recorded() == 2);
}

void outlives_its_executor(const nn::GpuFactory& gpu) {
  auto executor = cuda_executor(small_model("b2c16"), gpu, "fp32");
  const nn::NetInfo net = executor->info();
  const TestInput input = random_input(net, kSize, kSize, kSize, kSize, 1);
  const TestOutput expected = run_one(*executor, kSize, kSize, input);
  const auto context = executor->make_context(kSize, kSize, 2);
  executor.reset();
  CHECK(run_batch(*context, net, kSize * kSize, {input}).front().same_bits(expected));
}

// --- refusals

void reports_numbers_beyond_half_precision(const nn::GpuFactory& gpu) {
  // b2c16 has ReLU: no activation may turn the sign of an overflow back into a number.
  for (const char* arch : {"b3c64nbt", "b2c16"}) {
    INFO(arch);
    nn::SynthOptions options;
    options.arch = arch;
    nn::ModelDesc model = nn::synth_model(options);
    for (float& w : model.trunk.initial_conv.weights) w *= 1e6f;
    const TestInput input = random_input(nn::net_info(model), kSize, kSize, kSize, kSize, 1);
    CHECK_THROWS_WITH(run_one(*cuda_executor(model, gpu, "fp16"), kSize, kSize, input),
                      Catch::Contains("half precision") && Catch::Contains("precision = fp32"));
    CHECK_NOTHROW(run_one(*cuda_executor(model, gpu, "fp32"), kSize, kSize, input));
  }
}

}  // namespace

HAYAGO_GPU_TEST("CUDA: all block kinds agree with the CPU", agrees_with_the_cpu);
HAYAGO_GPU_TEST("CUDA: a result does not depend on batch and slot", ignores_the_batch);
HAYAGO_GPU_TEST("CUDA: nothing is read that this run did not write", reads_only_what_it_wrote);
HAYAGO_GPU_TEST("CUDA: a board in a larger buffer", evaluates_a_board_as_in_its_own_buffer);
HAYAGO_GPU_TEST("CUDA: planes that are not bits", takes_planes_of_any_value);
HAYAGO_GPU_TEST("CUDA: missing metadata counts as zeros", counts_missing_metadata_as_zeros);
HAYAGO_GPU_TEST("CUDA: ownership is optional", leaves_unwanted_ownership_alone);
HAYAGO_GPU_TEST("CUDA: few passes are recorded", records_few_passes);
HAYAGO_GPU_TEST("CUDA: contexts outlive their executor", outlives_its_executor);
HAYAGO_GPU_TEST("CUDA: numbers beyond half precision", reports_numbers_beyond_half_precision);

}  // namespace hayago::test
