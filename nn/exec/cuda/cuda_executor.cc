#include "nn/exec/cuda/cuda_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "nn/model/load.h"
#include "nn/plan/fuse.h"

namespace hayago::nn {
namespace {

using kernels::GpuType;

// Tensor cores, which make half precision worth its rounding, exist from here on.
constexpr int kHalfFromCompute = 75;

// The same for all devices: a result must not depend on where it was computed.
GpuType choose_storage(const std::string& precision, const std::vector<RuntimePtr>& runtimes) {
  if (precision == "fp32") return GpuType::kF32;
  if (precision == "fp16") return GpuType::kF16;
  if (precision == "int8") {
    throw ModelError("precision int8 is not available on CUDA devices yet; use fp16 or fp32");
  }
  if (precision != "auto") {
    throw ModelError(
        fmt::format("unknown precision '{}' (expected auto, fp32 or fp16)", precision));
  }
  const bool all = std::all_of(runtimes.begin(), runtimes.end(), [](const RuntimePtr& runtime) {
    return runtime->device().compute >= kHalfFromCompute;
  });
  return all ? GpuType::kF16 : GpuType::kF32;
}

// make(i) for 0 <= i < count, each in a thread of its own.
template <class Make>
auto in_parallel(std::size_t count, const Make& make) {
  std::vector<std::future<decltype(make(std::size_t{}))>> started;
  for (std::size_t i = 0; i < count; ++i) {
    started.push_back(std::async(std::launch::async, make, i));
  }
  std::vector<decltype(make(std::size_t{}))> results;
  for (auto& future : started) results.push_back(future.get());
  return results;
}

// What went wrong with a device, and with which.
template <class Work>
auto on_device(int number, const Work& work) {
  try {
    return work();
  } catch (const kernels::GpuError& error) {
    throw kernels::GpuError(fmt::format("cuda:{}: {}", number, error.what()));
  }
}

std::size_t position_of(const std::vector<int>& numbers, int number) {
  return static_cast<std::size_t>(std::find(numbers.begin(), numbers.end(), number) -
                                  numbers.begin());
}

std::vector<int> distinct(const std::vector<int>& devices) {
  std::vector<int> numbers;
  for (const int device : devices) {
    if (position_of(numbers, device) == numbers.size()) numbers.push_back(device);
  }
  return numbers;
}

// The devices as given, then more of each until all have `depth` contexts.
std::vector<std::size_t> place_contexts(const std::vector<int>& devices,
                                        const std::vector<int>& numbers, int depth) {
  std::vector<std::size_t> placement;
  for (const int device : devices) placement.push_back(position_of(numbers, device));
  for (int round = 1; round <= depth; ++round) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (std::count(placement.begin(), placement.end(), i) < round) placement.push_back(i);
    }
  }
  return placement;
}

}  // namespace

CudaExecutor::CudaExecutor(const ModelDesc& model, const CudaOptions& options,
                           const GpuFactory& factory)
    : info_(net_info(model)),
      max_batch_(options.max_batch),
      device_numbers_(distinct(options.devices)),
      placement_(place_contexts(options.devices, device_numbers_, kPipelineDepth)) {
  if (options.devices.empty() || max_batch_ < 1) {
    throw std::invalid_argument(fmt::format(
        "CUDA executor on {} devices with batches of {} (expected at least one of each)",
        options.devices.size(), max_batch_));
  }
  const std::vector<RuntimePtr> runtimes = in_parallel(device_numbers_.size(), [&](std::size_t i) {
    const int number = device_numbers_[i];
    return on_device(number, [&] { return RuntimePtr(factory(number)); });
  });
  storage_ = choose_storage(options.precision, runtimes);
  const auto program = std::make_shared<CudaProgram>(fuse(build_plan(model)), storage_);
  networks_ = in_parallel(runtimes.size(), [&](std::size_t i) {
    return on_device(device_numbers_[i], [&] {
      return std::shared_ptr<const CudaNetwork>(
          std::make_shared<CudaNetwork>(runtimes[i], program));
    });
  });
  program->drop_constants();
}

std::string CudaExecutor::description() const {
  const char* const precision = storage_ == GpuType::kF16 ? "fp16" : "fp32";
  std::string text;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    text += fmt::format("{}cuda:{} {}", i == 0 ? "" : ", ", device_numbers_[i],
                        networks_[i]->runtime()->device().name);
  }
  return text + " " + precision;
}

std::unique_ptr<ExecContext> CudaExecutor::make_context(int height, int width, int batch) const {
  return make_cuda_context(height, width, batch);
}

std::unique_ptr<CudaContext> CudaExecutor::make_cuda_context(int height, int width,
                                                             int batch) const {
  if (height < 1 || width < 1 || batch < 1 || batch > max_batch_) {
    throw std::invalid_argument(fmt::format("network context of {}x{} points, batch {} (1 to {})",
                                            width, height, batch, max_batch_));
  }
  const std::size_t turn = next_context_.fetch_add(1) % placement_.size();
  const std::size_t at = placement_[turn];
  return on_device(device_numbers_[at], [&] {
    return std::make_unique<CudaContext>(networks_[at], height, width, batch);
  });
}

std::unique_ptr<Executor> make_cuda_executor(const ModelDesc& model, const CudaOptions& options,
                                             const GpuFactory& factory) {
  return std::make_unique<CudaExecutor>(model, options, factory);
}

std::unique_ptr<Executor> make_cuda_executor(const ModelDesc& model, const CudaOptions& options) {
  return make_cuda_executor(model, options, kernels::make_cuda_runtime);
}

}  // namespace hayago::nn
