// The CUDA executor around its devices: choice of precision, several devices, failures.
#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <mutex>

#include "nn/exec/cuda/staging.h"
#include "nn/model/load.h"
#include "tests/nn/exec_cuda_support.h"

namespace hayago::test {
namespace {

nn::ModelDesc tiny_model() {
  nn::SynthOptions options;
  options.arch = "b2c16";
  return nn::synth_model(options);
}

constexpr int kSize = 3;

// A runtime that counts what it does, and fails when told to.
class ObservedRuntime final : public kernels::GpuRuntime {
 public:
  struct Counts {
    std::atomic<int> allocated{0}, replays{0};
    std::atomic<int> replays_left{1 << 30};
  };
  ObservedRuntime(Counts& counts, int compute)
      : inner_(kernels::make_emulated_runtime(1, compute)), counts_(counts) {}

  const kernels::GpuDevice& device() const override { return inner_->device(); }
  const kernels::GpuKernels& kernels() const override { return inner_->kernels(); }
  void* allocate(std::size_t bytes) override {
    ++counts_.allocated;
    return inner_->allocate(bytes);
  }
  void release(void* memory) noexcept override { inner_->release(memory); }
  void* allocate_pinned(std::size_t bytes) override {
    ++counts_.allocated;
    return inner_->allocate_pinned(bytes);
  }
  void release_pinned(void* memory) noexcept override { inner_->release_pinned(memory); }
  kernels::GpuStream make_stream() override { return inner_->make_stream(); }
  void destroy_stream(kernels::GpuStream s) noexcept override { inner_->destroy_stream(s); }
  void copy_to_device(void* to, const void* from, std::size_t bytes,
                      kernels::GpuStream s) override {
    inner_->copy_to_device(to, from, bytes, s);
  }
  void copy_from_device(void* to, const void* from, std::size_t bytes,
                        kernels::GpuStream s) override {
    inner_->copy_from_device(to, from, bytes, s);
  }
  void fill_zero(void* memory, std::size_t bytes, kernels::GpuStream s) override {
    inner_->fill_zero(memory, bytes, s);
  }
  void synchronize(kernels::GpuStream s) override { inner_->synchronize(s); }
  kernels::GpuGraph record(kernels::GpuStream s, const std::function<void()>& work) override {
    return inner_->record(s, work);
  }
  void replay(kernels::GpuGraph graph, kernels::GpuStream s) override {
    if (counts_.replays_left-- <= 0) throw kernels::GpuError("the device fell off the bus");
    ++counts_.replays;
    inner_->replay(graph, s);
  }
  void destroy_graph(kernels::GpuGraph graph) noexcept override { inner_->destroy_graph(graph); }

 private:
  std::unique_ptr<kernels::GpuRuntime> inner_;
  Counts& counts_;
};

// Devices by number.
struct Machine {
  std::map<int, ObservedRuntime::Counts> devices;
  std::map<int, int> compute;
  std::atomic<int> made{0};
  nn::GpuFactory factory() {
    return [this](int device) -> std::unique_ptr<kernels::GpuRuntime> {
      if (devices.count(device) == 0) throw kernels::GpuError("invalid device ordinal");
      ++made;
      const auto found = compute.find(device);
      return std::make_unique<ObservedRuntime>(devices[device],
                                               found == compute.end() ? 80 : found->second);
    };
  }
  explicit Machine(int count) {
    for (int i = 0; i < count; ++i) devices[i];
  }
};

nn::CudaOptions on_devices(std::vector<int> devices, const std::string& precision = "fp32") {
  nn::CudaOptions options;
  options.devices = std::move(devices);
  options.precision = precision;
  return options;
}

}  // namespace

TEST_CASE("contexts go round the devices", "[nn][exec][cuda]") {
  const nn::ModelDesc model = tiny_model();
  Machine machine(3);
  const nn::CudaExecutor executor(model, on_devices({2, 0, 2}), machine.factory());
  CHECK(machine.made == 2);  // one network per distinct device
  CHECK(executor.wanted_contexts() == 4);
  CHECK(executor.pipeline_depth() == 2);
  CHECK_FALSE(executor.runs_inline());
  CHECK(executor.description() == "cuda:2 emulated, cuda:0 emulated fp32");
  std::vector<std::unique_ptr<nn::ExecContext>> contexts;
  for (int i = 0; i < 4; ++i) contexts.push_back(executor.make_context(kSize, kSize, 1));
  const TestInput input = random_input(executor.info(), kSize, kSize, kSize, kSize, 1);
  const TestOutput first = run_batch(*contexts[0], executor.info(), kSize * kSize, {input}).front();
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(
        run_batch(*contexts[i], executor.info(), kSize * kSize, {input}).front().same_bits(first));
  }
  CHECK(machine.devices[0].replays == 2);
  CHECK(machine.devices[1].replays == 0);
  CHECK(machine.devices[2].replays == 2);
}

TEST_CASE("one precision fits all devices", "[nn][exec][cuda]") {
  const nn::ModelDesc model = tiny_model();
  Machine machine(2);
  const auto storage = [&](std::vector<int> devices, const std::string& precision) {
    return nn::CudaExecutor(model, on_devices(std::move(devices), precision), machine.factory())
        .storage();
  };
  CHECK(storage({0, 1}, "auto") == kernels::GpuType::kF16);
  machine.compute[1] = 61;  // no tensor cores
  CHECK(storage({0}, "auto") == kernels::GpuType::kF16);
  CHECK(storage({0, 1}, "auto") == kernels::GpuType::kF32);
  CHECK(storage({0, 1}, "fp16") == kernels::GpuType::kF16);
  CHECK(storage({0}, "fp32") == kernels::GpuType::kF32);
  CHECK_THROWS_WITH(storage({0}, "int8"), Catch::Contains("int8") && Catch::Contains("fp16"));
  CHECK_THROWS_WITH(storage({0}, "fp8"), Catch::Contains("'fp8'"));
}

TEST_CASE("devices and sizes that do not exist are refused", "[nn][exec][cuda]") {
  const nn::ModelDesc model = tiny_model();
  Machine machine(1);
  CHECK_THROWS_WITH(nn::CudaExecutor(model, on_devices({0, 1}), machine.factory()),
                    "cuda:1: invalid device ordinal");
  CHECK_THROWS_AS(nn::CudaExecutor(model, on_devices({}), machine.factory()),
                  std::invalid_argument);
  const nn::CudaExecutor executor(model, on_devices({0}), machine.factory());
  CHECK_THROWS_AS(executor.make_context(0, 9, 1), std::invalid_argument);
  CHECK_THROWS_AS(executor.make_context(9, 9, 0), std::invalid_argument);
  CHECK_THROWS_AS(executor.make_context(9, 9, executor.max_batch() + 1), std::invalid_argument);
}

TEST_CASE("networks whose outputs CUDA cannot write are refused by name", "[nn][exec][cuda]") {
  const nn::ModelDesc model = tiny_model();
  nn::Plan plan = nn::build_plan(model);  // not fused: the value is the result of an addition
  CHECK_THROWS_WITH(nn::CudaProgram(plan, kernels::GpuType::kF32),
                    Catch::Contains(plan.tensor(plan.value).name) && Catch::Contains("CUDA"));
}

TEST_CASE("running allocates no memory", "[nn][exec][cuda]") {
  Machine machine(1);
  const nn::CudaExecutor executor(tiny_model(), on_devices({0}), machine.factory());
  const auto context = executor.make_context(kSize, kSize, 4);
  const int before = machine.devices[0].allocated;
  const TestInput input = random_input(executor.info(), kSize, kSize, kSize, kSize, 1);
  for (std::size_t n = 1; n <= 4; ++n) {
    run_batch(*context, executor.info(), kSize * kSize, std::vector<TestInput>(n, input));
  }
  CHECK(machine.devices[0].allocated == before);
}

TEST_CASE("a failing device hands over to the CPU, once", "[nn][exec][cuda]") {
  const nn::ModelDesc model = tiny_model();
  Machine machine(1);
  std::shared_ptr<const nn::Executor> cuda =
      std::make_shared<nn::CudaExecutor>(model, on_devices({0}), machine.factory());
  int warnings = 0, made = 0;
  std::string reason;
  const auto executor = nn::make_fallback_executor(
      cuda,
      [&](int max_batch) -> std::shared_ptr<const nn::Executor> {
        ++made;
        nn::CpuOptions options;
        options.max_batch = max_batch;
        return nn::make_cpu_executor(model, options);
      },
      [&](const std::string& failure) {
        ++warnings;
        reason = failure;
      });
  CHECK(executor->description() == cuda->description());
  CHECK(executor->wanted_contexts() == 2);
  const nn::NetInfo& net = executor->info();
  const TestInput input = random_input(net, kSize, kSize, kSize, kSize, 1);
  const auto a = executor->make_context(kSize, kSize, 20);
  const auto b = executor->make_context(kSize, kSize, 20);
  const auto run = [&](nn::ExecContext& context, std::size_t n) {
    return run_batch(context, net, kSize * kSize, std::vector<TestInput>(n, input)).back();
  };
  const TestOutput on_gpu = run(*a, 2);
  CHECK(made == 0);
  machine.devices[0].replays_left = 0;
  const TestOutput on_cpu = run(*a, 20);  // the batch that failed is computed all the same
  CHECK(on_cpu.same_bits(run_one(*nn::make_cpu_executor(model), kSize, kSize, input)));
  CHECK(worst_relative(on_gpu, on_cpu) < 1e-4);
  CHECK(run(*b, 3).same_bits(on_cpu));
  CHECK(run(*executor->make_context(kSize, kSize, 20), 1).same_bits(on_cpu));
  CHECK(warnings == 1);
  CHECK(made == 1);
  CHECK(reason == "cuda:0 emulated: the device fell off the bus");
  CHECK(executor->description().starts_with("cpu"));
}

TEST_CASE("planes become bits when all are 0 or 1", "[nn][exec][cuda]") {
  std::vector<float> planes = {1, 0, 1, 1, 1, 0};  // two points of three planes
  std::uint32_t words[2] = {};
  nn::PackedPlanes packed = nn::pack_planes({planes.data(), nullptr, nullptr}, 2, 3, words);
  CHECK(packed.are_bits);
  CHECK(packed.all_on_board);
  CHECK(words[0] == 0b101);
  CHECK(words[1] == 0b011);
  planes[3] = 0;
  packed = nn::pack_planes({planes.data(), nullptr, nullptr}, 2, 3, words);
  CHECK(packed.are_bits);
  CHECK_FALSE(packed.all_on_board);
  for (const float strange :
       {0.5f, 2.0f, -1.0f, -0.0f, 1.0000001f, 1e-40f, std::numeric_limits<float>::quiet_NaN()}) {
    planes[4] = strange;
    CHECK_FALSE(nn::pack_planes({planes.data(), nullptr, nullptr}, 2, 3, words).are_bits);
  }
  const std::vector<float> all(32, 1.0f);
  CHECK(nn::pack_planes({all.data(), nullptr, nullptr}, 1, 32, words).are_bits);
  CHECK(words[0] == ~0u);
  const std::vector<float> many(33, 1.0f);
  const std::uint32_t bits[2] = {0b101, 0b010};
  packed = nn::pack_planes({nullptr, nullptr, nullptr, bits}, 2, 3, words);
  CHECK(packed.are_bits);
  CHECK_FALSE(packed.all_on_board);
  CHECK(words[0] == 0b101);
  CHECK(words[1] == 0b010);
  CHECK_FALSE(nn::pack_planes({many.data(), nullptr, nullptr}, 1, 33, words).are_bits);
}

TEST_CASE("the least recently used pass makes room", "[nn][exec][cuda]") {
  const std::shared_ptr<kernels::GpuRuntime> runtime = kernels::make_emulated_runtime(1);
  nn::GraphCache cache(runtime);
  int recorded = 0;
  const auto get = [&](int n, bool masked) {
    return cache.get({n, masked, false}, [&] {
      ++recorded;
      return runtime->record(nullptr, [] {});
    });
  };
  const int most = static_cast<int>(nn::GraphCache::kMost);
  for (int n = 1; n <= most; ++n) get(n, false);
  get(1, false);  // now 2 is the oldest
  CHECK(recorded == most);
  get(1, true);
  CHECK(cache.size() == nn::GraphCache::kMost);
  get(1, false);
  CHECK(recorded == most + 1);
  get(2, false);
  CHECK(recorded == most + 2);
}

}  // namespace hayago::test
