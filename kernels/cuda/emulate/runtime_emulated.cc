// The GPU seam over host memory.
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/cuda/emulate/block.h"
#include "kernels/cuda/emulate/emulate.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/table.cuh"

namespace hayago::kernels {
inline namespace emulated {

const char* check_grid(const Grid& grid, const EmulatedStream& stream) {
  constexpr int kMostRows = 65535;  // of y and z on every GPU
  if (grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.y > kMostRows || grid.z > kMostRows)
    return "a grid of no size or too large";
  if (grid.threads < 32 || grid.threads > 1024 || grid.threads % 32 != 0)
    return "a block must have whole warps and at most 1024 threads";
  if (grid.shared_bytes < 0 || static_cast<std::size_t>(grid.shared_bytes) > stream.shared_bytes)
    return "more shared memory than a block can have";
  return nullptr;
}

EmulatedStream& emulated_stream(GpuStream stream) {
  static thread_local EmulatedStream none;
  return stream != nullptr ? *static_cast<EmulatedStream*>(stream) : none;
}

}  // namespace emulated

namespace {

using Recording = std::vector<std::function<void()>>;

int shared_bytes_of(int compute) {
  switch (
      compute) {  // CUDA C++ programming guide, "Technical Specifications per Compute Capability"
    case 75:
      return 64 * 1024;
    case 80:
    case 87:
      return 163 * 1024;
    case 86:
    case 89:
    case 120:
      return 99 * 1024;
    default:
      return 227 * 1024;
  }
}

class EmulatedRuntime final : public GpuRuntime {
 public:
  EmulatedRuntime(std::uint64_t seed, int compute) : seed_(seed) {
    device_.name = "emulated";
    device_.compute = compute;
    device_.multiprocessors = 4;
    device_.memory_bytes = std::size_t{1} << 30;
    device_.shared_bytes = shared_bytes_of(compute);
  }

  const GpuDevice& device() const override { return device_; }
  const GpuKernels& kernels() const override { return emulated_kernels(); }

  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    // Of exactly this size, so that the address sanitizer sees what lies beyond.
    if (posix_memalign(&memory, 256, bytes) != 0) throw GpuError("out of memory");
    std::memset(memory, 0xFF, bytes);
    return memory;
  }
  void release(void* memory) noexcept override { std::free(memory); }
  void* allocate_pinned(std::size_t bytes) override { return allocate(bytes); }
  void release_pinned(void* memory) noexcept override { std::free(memory); }

  GpuStream make_stream() override {
    auto* stream = new EmulatedStream;
    stream->seed = seed_;
    stream->shared_bytes = static_cast<std::size_t>(device_.shared_bytes);
    return stream;
  }
  void destroy_stream(GpuStream stream) noexcept override {
    delete static_cast<EmulatedStream*>(stream);
  }

  void copy_to_device(void* to, const void* from, std::size_t bytes, GpuStream stream) override {
    put(stream, [=] { std::memcpy(to, from, bytes); });
  }
  void copy_from_device(void* to, const void* from, std::size_t bytes, GpuStream stream) override {
    put(stream, [=] { std::memcpy(to, from, bytes); });
  }
  void fill_zero(void* memory, std::size_t bytes, GpuStream stream) override {
    put(stream, [=] { std::memset(memory, 0, bytes); });
  }
  void synchronize(GpuStream) override {}

  // As a CUDA graph: nothing runs while it is recorded, and arguments are those of the recording.
  GpuGraph record(GpuStream stream, const std::function<void()>& work) override {
    auto recording = std::make_unique<Recording>();
    EmulatedStream& on = emulated_stream(stream);
    on.recording = recording.get();
    try {
      work();
    } catch (...) {
      on.recording = nullptr;
      throw;
    }
    on.recording = nullptr;
    return recording.release();
  }
  void replay(GpuGraph graph, GpuStream stream) override {
    try {
      for (const auto& step : *static_cast<const Recording*>(graph)) put(stream, step);
    } catch (const std::runtime_error& error) {
      throw GpuError(error.what());
    }
  }
  void destroy_graph(GpuGraph graph) noexcept override { delete static_cast<Recording*>(graph); }

 private:
  template <class Step>
  static void put(GpuStream stream, const Step& step) {
    EmulatedStream& on = emulated_stream(stream);
    if (on.recording != nullptr) {
      on.recording->push_back(step);
    } else {
      step();
    }
  }

  std::uint64_t seed_;
  GpuDevice device_;
};

}  // namespace

const GpuKernels& emulated_kernels() { return kKernelTable; }

std::unique_ptr<GpuRuntime> make_emulated_runtime(std::uint64_t seed, int compute) {
  return std::make_unique<EmulatedRuntime>(seed, compute);
}

}  // namespace hayago::kernels
