// From a network file and the configuration to an executor.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>

#include "gtp/config/backend.h"
#include "gtp/config/load_params.h"
#include "gtp/config/tuning.h"
#include "nn/model/load.h"

namespace hayago::gtp {
namespace {

using ExecutorPtr = std::shared_ptr<const nn::Executor>;

void warn(const std::string& text) { std::cerr << "WARNING: " + text << std::endl; }

// Runs with the executor that nnCheck builds and lives as long as it.
class CheckMonitor {
 public:
  static void report(void* user, double policy, double value, double score, double ownership) {
    static_cast<CheckMonitor*>(user)->update(policy, value, score, ownership);
  }

 private:
  void update(double policy, double value, double score, double ownership) {
    const std::lock_guard lock(mutex_);
    const double worst = std::max({policy, value, score, ownership});
    if (worst <= worst_) return;
    worst_ = worst;
    std::cerr << fmt::format(
                     "nnCheck: largest difference from the reference kernels so far: policy {:.3g} "
                     "value {:.3g} score {:.3g} ownership {:.3g}",
                     policy, value, score, ownership)
              << std::endl;
  }
  std::mutex mutex_;
  double worst_ = 0;
};

struct CheckedExecutor {
  CheckMonitor monitor;
  ExecutorPtr executor;
};

nn::ModelDesc load_weights(const std::string& path) {
  nn::LoadOptions options;
  options.sha256 = false;
  return nn::load_model(path, options);
}

std::string wanted_isa(const Config& config) {
  if (const auto key = config.find("cpuIsa")) return *key;
  const char* env = std::getenv("HAYAGO_ISA");
  return env != nullptr && *env != '\0' ? env : "auto";
}

nn::CpuOptions float_cpu_options(const Config& config) {
  nn::CpuOptions options;
  options.isa = wanted_isa(config);
  options.conv_algorithm = config.string_or("cpuConvAlgorithm", "auto");
  options.int8_algorithm = config.string_or("cpuInt8Algorithm", "auto");
  options.cores = config.int_or("cpuCoresPerPosition", 0, 1024, 0);
  options.precision = "fp32";
  return options;
}

// What `hayago tune` found for this network on this machine, if it ever ran.
nn::CpuChoices tuned_choices(const nn::ModelDesc& model, const nn::CpuOptions& options) {
  try {
    const TuningKey key = {processor_name(), nn::tuning_subject(model, options)};
    const auto path = tuning_path(key);
    const auto record = path ? load_tuning(key, *path) : std::nullopt;
    return record ? record->report.choices() : nn::CpuChoices{};
  } catch (const ConfigError& error) {
    warn(fmt::format("{}; the default kernels are used ('hayago tune' measures again)",
                     error.what()));
    return {};
  }
}

// With gpuFallback = cpu a device that fails is left for good: now, or in the middle of a search.
ExecutorPtr make_cuda(const nn::ModelDesc& model, const std::string& model_path,
                      const BackendChoice& choice, const nn::CpuOptions& cpu) {
  if (!choice.falls_back) return nn::make_cuda_executor(model, choice.options);
  ExecutorPtr cuda;
  try {
    cuda = nn::make_cuda_executor(model, choice.options);
  } catch (const kernels::GpuError& error) {
    warn(fmt::format("{}; the network runs on the CPU", error.what()));
    return nn::make_cpu_executor(model, cpu);
  }
  // The model is read again when it is needed: its weights would lie idle in memory until then.
  const auto on_cpu = [model_path, cpu](int max_batch) {
    nn::CpuOptions options = cpu;
    options.max_batch = max_batch;
    return nn::make_cpu_executor(load_weights(model_path), options);
  };
  return nn::make_fallback_executor(std::move(cuda), on_cpu, [](const std::string& failure) {
    warn(fmt::format("{}; from now on the network runs on the CPU", failure));
  });
}

// A GPU is compared with the CPU's best kernels, the CPU with its reference kernels.
ExecutorPtr checked_against_cpu(ExecutorPtr chosen, const nn::ModelDesc& model,
                                nn::CpuOptions options) {
  auto checked = std::make_shared<CheckedExecutor>();
  options.max_batch = chosen->max_batch();
  const ExecutorPtr reference = nn::make_cpu_executor(model, options);
  checked->executor = nn::make_check_executor(std::move(chosen), reference, &CheckMonitor::report,
                                              &checked->monitor);
  const nn::Executor* executor = checked->executor.get();
  return {std::move(checked), executor};  // shares ownership of the monitor
}

}  // namespace

nn::CpuOptions cpu_options(const Config& config) {
  nn::CpuOptions options = float_cpu_options(config);
  options.precision = choose_backend(config, [] { return kernels::CudaInventory{}; }).cpu_precision;
  return options;
}

bool skips_network(const Config& config, const std::string& model_path) {
  return config.bool_or("debugSkipNeuralNet", model_path == "/dev/null");
}

ExecutorPtr make_executor(const std::string& model_path, const Config& config) {
  if (skips_network(config, model_path)) return nn::make_fake_executor();
  const BackendChoice choice = choose_backend(config, cuda_devices);
  if (!choice.warning.empty()) warn(choice.warning);
  const nn::CpuOptions cpu = float_cpu_options(config);
  const nn::ModelDesc model = load_weights(model_path);
  if (choice.cuda) {
    const ExecutorPtr cuda = make_cuda(model, model_path, choice, cpu);
    return config.bool_or("nnCheck", false) ? checked_against_cpu(cuda, model, cpu) : cuda;
  }
  nn::CpuOptions chosen = cpu;
  chosen.precision = choice.cpu_precision;
  if (config.bool_or("cpuTuning", true)) chosen.choices = tuned_choices(model, chosen);
  const ExecutorPtr executor = nn::make_cpu_executor(model, chosen);
  if (!config.bool_or("nnCheck", false)) return executor;
  nn::CpuOptions oracle;
  oracle.isa = "ref";
  oracle.precision = "fp32";
  return checked_against_cpu(executor, model, oracle);
}

}  // namespace hayago::gtp
