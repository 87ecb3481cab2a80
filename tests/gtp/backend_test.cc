// Which device runs the network: keys of the configuration against made-up machines.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "gtp/config/backend.h"
#include "gtp/config/load_params.h"
#include "kernels/narrow/narrow.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"
#include "tests/support/process.h"

using namespace hayago::gtp;
using hayago::kernels::CudaInventory;

namespace {

Config from_text(const std::string& text) {
  Config config;
  config.load_text(text, "test.cfg");
  return config;
}

CudaInventory machine(int devices) {
  CudaInventory inventory;
  for (int i = 0; i < devices; ++i) {
    hayago::kernels::GpuDevice& device = inventory.devices.emplace_back();
    device.index = i;
    device.name = "Test " + std::to_string(i);
    device.compute = 90;
    device.memory_bytes = std::size_t{80} << 30;
  }
  if (devices == 0) inventory.why_none = "nothing is plugged in";
  inventory.driver = "driver 13.0, runtime 13.0";
  return inventory;
}

BackendChoice choose(const std::string& text, int devices) {
  unsetenv("HAYAGO_BACKEND");
  return choose_backend(from_text(text), [&] { return machine(devices); });
}

std::vector<int> devices_of(const std::string& text, int devices = 4) {
  const BackendChoice choice = choose(text, devices);
  REQUIRE(choice.cuda);
  return choice.options.devices;
}

std::string precision_of(const std::string& text) { return choose(text, 1).options.precision; }

std::string error_of(const std::string& text, int devices) {
  try {
    choose(text, devices);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

void has(const std::string& text, const std::vector<std::string>& parts) {
  INFO(text);
  for (const std::string& part : parts) CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("the backend follows the machine unless it is named", "[config][backend]") {
  CHECK(choose("", 1).cuda);
  CHECK_FALSE(choose("", 0).cuda);
  CHECK(choose("", 0).warning.empty());
  CHECK(choose("backend = auto", 1).cuda);
  CHECK(choose("backend = cuda", 1).cuda);
  const auto never = []() -> CudaInventory { throw std::logic_error("looked for devices"); };
  CHECK_FALSE(choose_backend(from_text("backend = cpu"), never).cuda);
  has(error_of("backend = cuda", 0), {"nothing is plugged in", "backend = cpu", "gpuFallback"});
  has(error_of("backend = opencl", 1), {"'backend'", "'opencl'", "auto, cpu, cuda"});

  const BackendChoice fallback = choose("backend = cuda\ngpuFallback = cpu", 0);
  CHECK_FALSE(fallback.cuda);
  has(fallback.warning, {"nothing is plugged in", "CPU"});
  CHECK(choose("gpuFallback = cpu", 1).falls_back);
  CHECK_FALSE(choose("gpuFallback = none", 1).falls_back);
  has(error_of("gpuFallback = yes", 1), {"'gpuFallback'", "none, cpu"});
}

TEST_CASE("the environment names a backend where the configuration does not", "[config][backend]") {
  const auto with = [](const char* value, const std::string& text) {
    setenv("HAYAGO_BACKEND", value, 1);
    const auto choice = [&] { return choose_backend(from_text(text), [] { return machine(1); }); };
    try {
      const bool cuda = choice().cuda;
      unsetenv("HAYAGO_BACKEND");
      return cuda ? std::string("cuda") : std::string("cpu");
    } catch (const ConfigError& error) {
      unsetenv("HAYAGO_BACKEND");
      return std::string(error.what());
    }
  };
  CHECK(with("cpu", "") == "cpu");
  CHECK(with("", "") == "cuda");
  CHECK(with("cpu", "backend = cuda") == "cuda");
  has(with("gpu", ""), {"HAYAGO_BACKEND", "'gpu'"});
}

TEST_CASE("precision: a key of its own, or the reference's", "[config][backend]") {
  CHECK(precision_of("") == "auto");
  CHECK(precision_of("precision = fp16") == "fp16");
  CHECK(precision_of("precision = fp32") == "fp32");
  CHECK(precision_of("useFP16 = true") == "fp16");
  CHECK(precision_of("useFP16 = false") == "fp32");
  CHECK(precision_of("useFP16 = auto") == "auto");
  CHECK(precision_of("useFP16 = true\ncudaUseFP16 = false") == "fp32");
  CHECK(precision_of("cudaUseFP16 = true\nuseFP16-0 = false") == "fp32");
  CHECK(precision_of("useFP16-0 = false\ncudaUseFP16-0 = true") == "fp16");
  CHECK(precision_of("useFP16 = false\nprecision = fp16") == "fp16");
  has(error_of("precision = int8", 1), {"'precision'", "int8", "fp16"});
  has(error_of("precision = fp64", 1), {"'precision'", "fp64"});
  has(error_of("useFP16 = maybe", 1), {"'useFP16'"});
  has(error_of("precision = bf16", 1), {"'precision'", "bf16", "fp16 or fp32"});
  // The reference's keys never were errors on the CPU.
  CHECK_FALSE(choose("precision = fp32", 0).cuda);
  CHECK_FALSE(choose("useFP16 = true", 0).cuda);
  for (const std::string precision : {"auto", "fp32", "bf16", "int8"}) {
    CHECK(choose("backend = cpu\nprecision = " + precision, 1).cpu_precision == precision);
  }
  CHECK(choose("", 0).cpu_precision == "auto");
}

TEST_CASE("precision: fp16 on the CPU is for processors that have it", "[config][backend]") {
  const std::string on_cpu = "backend = cpu\nprecision = fp16";
  if (hayago::kernels::narrow_usable(hayago::kernels::best_isa(),
                                     hayago::kernels::NarrowType::kF16)) {
    CHECK(choose(on_cpu, 1).cpu_precision == "fp16");
    CHECK(choose("precision = fp16", 0).cpu_precision == "fp16");
    return;
  }
  has(error_of("precision = fp16", 0), {"'precision'", "has no fp16", "nothing is plugged in"});
  has(error_of(on_cpu, 1), {"'precision'", "backend = cpu"});
}

TEST_CASE("server threads find their devices", "[config][backend]") {
  using Devices = std::vector<int>;
  CHECK(devices_of("") == Devices{0});
  CHECK(devices_of("deviceToUse = 2") == Devices{2});
  CHECK(devices_of("gpuToUse = 3") == Devices{3});
  CHECK(devices_of("gpuToUse = 3\ncudaDeviceToUse = 1") == Devices{1});
  CHECK(devices_of("numNNServerThreadsPerModel = 2") == Devices{0, 0});
  const std::string two = "cudaDeviceToUseThread0 = 1\ncudaDeviceToUseThread1 = 3\n";
  CHECK(devices_of(two + "numNNServerThreadsPerModel = 2") == Devices{1, 3});
  CHECK(devices_of(two + "numNNServerThreadsPerModel = 1") == Devices{1});
  CHECK(devices_of(two + "numNNServerThreadsPerModel = 3") == Devices{1, 3, 0});
  CHECK(devices_of(two + "numNNServerThreadsPerModel = 3\ndeviceToUse = 2") == Devices{1, 3, 2});
  CHECK(devices_of(two) == Devices{1, 3});  // their number needs no key
  CHECK(devices_of("gpuToUseModel0Thread0 = 2\ngpuToUseThread0 = 1") == Devices{2});
  CHECK(devices_of("deviceToUseModel0 = 2\ndeviceToUseThread0 = 1") == Devices{2});
  has(error_of("deviceToUseThread0 = 4", 4), {"'deviceToUseThread0'", "no device 4", "Test 3"});
  has(error_of("deviceToUse = x", 4), {"'deviceToUse'"});
}

TEST_CASE("keys that the CUDA executor reads have an effect", "[config][backend]") {
  const std::string text =
      "useFP16 = true\ncudaUseFP16 = true\ndeviceToUseThread0 = 0\ncudaUseNHWC = true\n";
  const auto warnings = [&](int devices) {
    const Config config = from_text(text);
    choose_backend(config, [&] { return machine(devices); });
    return config.no_effect_warnings();
  };
  REQUIRE(warnings(1).size() == 1);
  has(warnings(1)[0], {"'cudaUseNHWC'"});
  CHECK(warnings(0).size() == 4);
}

TEST_CASE("the largest batch follows the configuration", "[config][backend]") {
  CHECK(choose("", 1).options.max_batch == 1024);
  CHECK(choose("nnMaxBatchSize = 64", 1).options.max_batch == 1024);
  CHECK(choose("nnMaxBatchSize = 2000", 1).options.max_batch == 2000);
}

TEST_CASE("a convolution algorithm of the configuration reaches the kernels", "[config][backend]") {
  const hayago::test::TempDir dir;
  const std::string path = dir.path() + "/net.bin";
  hayago::nn::SynthOptions options;
  options.arch = "b2c16";
  hayago::nn::save_model(hayago::nn::synth_model(options), path);
  const auto layers_with = [&](const std::string& text, std::string_view algorithm) {
    const Config config = from_text("backend = cpu\n" + text);
    const auto executor = make_executor(path, config);
    CHECK(config.unused_keys().empty());
    const auto* const cpu = dynamic_cast<const hayago::nn::CpuExecutor*>(executor.get());
    REQUIRE(cpu != nullptr);
    int layers = 0;
    for (const auto& op : cpu->network().ops()) layers += op->conv_algorithm() == algorithm;
    return layers;
  };
  CHECK(layers_with("cpuConvAlgorithm = direct", "direct") >
        layers_with("cpuConvAlgorithm = auto", "direct"));
  CHECK(layers_with("", "direct") == layers_with("cpuConvAlgorithm = auto", "direct"));
  CHECK_THROWS_WITH(layers_with("cpuConvAlgorithm = fft", "fft"),
                    Catch::Contains("'fft'") && Catch::Contains("direct"));
}

TEST_CASE("devices in words", "[config][backend]") {
  CHECK(describe_devices(machine(0)) == "CUDA devices: none (nothing is plugged in)");
  CHECK(describe_devices(machine(2)) ==
        "CUDA devices: 0 Test 0 (compute 9.0, 80 GiB), 1 Test 1 (compute 9.0, 80 GiB); "
        "driver 13.0, runtime 13.0");
  CHECK_FALSE(device_line(from_text("backend = cpu"), "net.bin.gz"));
  CHECK_FALSE(device_line(from_text(""), "/dev/null"));
}
