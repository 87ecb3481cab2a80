#include "gtp/config/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "gtp/config/load_params.h"
#include "kernels/narrow/narrow.h"

namespace hayago::gtp {
namespace {

using kernels::CudaInventory;

std::string choice_or(const Config& config, const char* key, std::string fallback,
                      const std::vector<std::string>& allowed) {
  const std::string value = config.string_or(key, std::move(fallback));
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  std::string list;
  for (const std::string& word : allowed) list += (list.empty() ? "" : ", ") + word;
  config.fail(key, fmt::format("must be one of {}, not '{}'", list, value));
}

std::string wanted_backend(const Config& config) {
  const std::vector<std::string> allowed{"auto", "cpu", "cuda"};
  if (config.contains("backend")) return choice_or(config, "backend", "", allowed);
  const char* const env = std::getenv("HAYAGO_BACKEND");
  if (env == nullptr || *env == '\0') return "auto";
  if (std::find(allowed.begin(), allowed.end(), env) == allowed.end()) {
    throw ConfigError(fmt::format("HAYAGO_BACKEND must be auto, cpu or cuda, not '{}'", env));
  }
  return env;
}

std::string wanted_precision(const Config& config) {
  return choice_or(config, "precision", "auto", {"auto", "fp32", "fp16", "bf16", "int8"});
}

std::string cpu_precision(const Config& config, const std::string& why_cpu) {
  const std::string precision = wanted_precision(config);
  const bool fp16_here = kernels::narrow_usable(kernels::best_isa(), kernels::NarrowType::kF16);
  if (precision != "fp16" || fp16_here) return precision;
  config.fail(
      "precision",
      fmt::format("the network runs on the CPU ({}), which has no fp16; set precision = auto, "
                  "fp32, bf16 or int8",
                  why_cpu));
}

// The reference's keys count where precision does not decide; the most specific one wins.
std::string cuda_precision(const Config& config) {
  const std::string precision = wanted_precision(config);
  if (precision == "int8" || precision == "bf16") {
    config.fail("precision",
                fmt::format("{} is not available on CUDA devices; use fp16 or fp32", precision));
  }
  int half = 2;
  for (const char* key : {"useFP16", "cudaUseFP16", "useFP16-0", "cudaUseFP16-0"}) {
    half = config.enabled_or(key, half);
  }
  if (precision != "auto" || half == 2) return precision;
  return half == 1 ? "fp16" : "fp32";
}

bool exists(const CudaInventory& inventory, int device) {
  return std::any_of(inventory.devices.begin(), inventory.devices.end(),
                     [&](const kernels::GpuDevice& d) { return d.index == device; });
}

constexpr std::array kDevicePrefixes = {"cudaDeviceToUse", "cudaGpuToUse", "deviceToUse",
                                        "gpuToUse"};

std::optional<std::string> device_key(const Config& config, const std::string& ending) {
  for (const char* const prefix : kDevicePrefixes) {
    const std::string key = prefix + ending;
    if (config.contains(key)) return key;
  }
  return std::nullopt;
}

int device_of_thread(const Config& config, int thread, const CudaInventory& inventory) {
  for (const std::string& ending : {fmt::format("Model0Thread{}", thread), std::string("Model0"),
                                    fmt::format("Thread{}", thread), std::string()}) {
    const auto key = device_key(config, ending);
    if (!key) continue;
    const int device = config.int_or(*key, 0, 1023, 0);
    if (!exists(inventory, device)) {
      config.fail(*key,
                  fmt::format("there is no device {}. {}", device, describe_devices(inventory)));
    }
    return device;
  }
  return inventory.devices.front().index;
}

// One entry per server thread: numNNServerThreadsPerModel, else as many as have keys of their own.
std::vector<int> chosen_devices(const Config& config, const CudaInventory& inventory) {
  int threads = config.int_or("numNNServerThreadsPerModel", 1, 1024, 0);
  if (threads == 0) {
    const auto has_own_key = [&](int thread) {
      return device_key(config, fmt::format("Thread{}", thread)) ||
             device_key(config, fmt::format("Model0Thread{}", thread));
    };
    while (has_own_key(threads)) ++threads;
  }
  std::vector<int> devices;
  for (int i = 0; i < std::max(1, threads); ++i) {
    devices.push_back(device_of_thread(config, i, inventory));
  }
  return devices;
}

}  // namespace

BackendChoice choose_backend(const Config& config, const FindDevices& find_devices) {
  BackendChoice choice;
  choice.falls_back = choice_or(config, "gpuFallback", "none", {"none", "cpu"}) == "cpu";
  const std::string backend = wanted_backend(config);
  if (backend == "cpu") {
    choice.cpu_precision = cpu_precision(config, "backend = cpu");
    return choice;
  }
  const CudaInventory inventory = find_devices();
  if (inventory.devices.empty()) {
    if (backend == "cuda" && !choice.falls_back) {
      throw ConfigError(fmt::format(
          "backend = cuda, but there is no CUDA device: {}. Use backend = cpu, or gpuFallback = "
          "cpu to run on the CPU when there is none",
          inventory.why_none));
    }
    if (backend == "cuda") {
      choice.warning = "no CUDA device (" + inventory.why_none + "), the network runs on the CPU";
    }
    choice.cpu_precision = cpu_precision(config, "no CUDA device: " + inventory.why_none);
    return choice;
  }
  choice.cuda = true;
  choice.options.precision = cuda_precision(config);
  choice.options.devices = chosen_devices(config, inventory);
  choice.options.max_batch =
      std::max(choice.options.max_batch, config.int_or("nnMaxBatchSize", 1, 65536, 1));
  return choice;
}

const kernels::CudaInventory& cuda_devices() {
  static const kernels::CudaInventory inventory = kernels::cuda_inventory();
  return inventory;
}

std::string describe_devices(const kernels::CudaInventory& inventory) {
  if (inventory.devices.empty()) return fmt::format("CUDA devices: none ({})", inventory.why_none);
  std::string list;
  for (const kernels::GpuDevice& device : inventory.devices) {
    list += fmt::format("{}{} {} (compute {}.{}, {} GiB)", list.empty() ? "" : ", ", device.index,
                        device.name, device.compute / 10, device.compute % 10,
                        device.memory_bytes >> 30);
  }
  return fmt::format("CUDA devices: {}; {}", list, inventory.driver);
}

std::optional<std::string> device_line(const Config& config, const std::string& model_path) {
  if (skips_network(config, model_path) || wanted_backend(config) == "cpu") return std::nullopt;
  return describe_devices(cuda_devices());
}

}  // namespace hayago::gtp
