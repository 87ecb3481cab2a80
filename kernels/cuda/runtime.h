// The seam between the executor and a GPU: memory, streams and recorded launches. One
// implementation speaks to the CUDA runtime, one runs the same kernels on the CPU for tests.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/cuda/gpu.h"

namespace hayago::kernels {

// What the driver or a launch reported, with the operation that met it.
class GpuError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using GpuGraph = void*;

// One device. All functions may be called from any thread and throw GpuError; a stream and what is
// recorded from it belong to one thread at a time.
class GpuRuntime {
 public:
  virtual ~GpuRuntime() = default;
  virtual const GpuDevice& device() const = 0;
  virtual const GpuKernels& kernels() const = 0;

  virtual void* allocate(std::size_t bytes) = 0;  // device memory, at least 256-byte aligned
  virtual void release(void* memory) noexcept = 0;
  virtual void* allocate_pinned(std::size_t bytes) = 0;  // host memory the device can copy from
  virtual void release_pinned(void* memory) noexcept = 0;

  virtual GpuStream make_stream() = 0;
  virtual void destroy_stream(GpuStream stream) noexcept = 0;
  virtual void copy_to_device(void* to, const void* from, std::size_t bytes, GpuStream stream) = 0;
  virtual void copy_from_device(void* to, const void* from, std::size_t bytes,
                                GpuStream stream) = 0;
  virtual void fill_zero(void* memory, std::size_t bytes, GpuStream stream) = 0;
  virtual void synchronize(GpuStream stream) = 0;

  // Records what `work` puts into the stream, to be replayed any number of times.
  virtual GpuGraph record(GpuStream stream, const std::function<void()>& work) = 0;
  virtual void replay(GpuGraph graph, GpuStream stream) = 0;
  virtual void destroy_graph(GpuGraph graph) noexcept = 0;
};

// What this machine and build offer. `devices` is empty with the reason in `why_none` when the
// build has no CUDA, no driver is installed or no device is visible.
struct CudaInventory {
  std::vector<GpuDevice> devices;
  std::string why_none;
  std::string driver;  // e.g. "driver 13.0, runtime 13.0"
};
CudaInventory cuda_inventory();

// Throws GpuError if the device does not exist or cannot be used.
std::unique_ptr<GpuRuntime> make_cuda_runtime(int device);

}  // namespace hayago::kernels
