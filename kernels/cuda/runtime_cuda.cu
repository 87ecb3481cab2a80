// GpuRuntime over the CUDA runtime, which finds the driver by itself when it is first used.
#include <cuda_runtime.h>

#include "kernels/cuda/runtime.h"
#include "kernels/cuda/table.cuh"

namespace hayago::kernels {
namespace {

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // a reported error must not be met again by the next call
  throw GpuError(std::string(what) + ": " + cudaGetErrorString(error) + " (" +
                 cudaGetErrorName(error) + ")");
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

GpuDevice describe(int index) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, index), "reading the properties of a GPU");
  GpuDevice device;
  device.index = index;
  device.name = properties.name;
  device.compute = properties.major * 10 + properties.minor;
  device.multiprocessors = properties.multiProcessorCount;
  device.memory_bytes = properties.totalGlobalMem;
  device.shared_bytes = static_cast<int>(properties.sharedMemPerBlockOptin);
  return device;
}

class CudaRuntime final : public GpuRuntime {
 public:
  explicit CudaRuntime(int index) {
    use(index);
    device_ = describe(index);
  }

  const GpuDevice& device() const override { return device_; }
  const GpuKernels& kernels() const override { return kKernelTable; }

  void* allocate(std::size_t bytes) override {
    use(device_.index);
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "allocating GPU memory");
    return memory;
  }
  void release(void* memory) noexcept override { cudaFree(memory); }
  void* allocate_pinned(std::size_t bytes) override {
    use(device_.index);
    void* memory = nullptr;
    check(cudaMallocHost(&memory, bytes), "allocating pinned memory");
    return memory;
  }
  void release_pinned(void* memory) noexcept override { cudaFreeHost(memory); }

  GpuStream make_stream() override {
    use(device_.index);
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a GPU stream");
    return stream;
  }
  void destroy_stream(GpuStream stream) noexcept override { cudaStreamDestroy(of(stream)); }

  void copy_to_device(void* to, const void* from, std::size_t bytes, GpuStream stream) override {
    use(device_.index);
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, of(stream)),
          "copying to the GPU");
  }
  void copy_from_device(void* to, const void* from, std::size_t bytes, GpuStream stream) override {
    use(device_.index);
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, of(stream)),
          "copying from the GPU");
  }
  void fill_zero(void* memory, std::size_t bytes, GpuStream stream) override {
    use(device_.index);
    check(cudaMemsetAsync(memory, 0, bytes, of(stream)), "clearing GPU memory");
  }
  void synchronize(GpuStream stream) override {
    use(device_.index);
    check(cudaStreamSynchronize(of(stream)), "running on the GPU");
  }

  GpuGraph record(GpuStream stream, const std::function<void()>& work) override {
    use(device_.index);
    check(cudaStreamBeginCapture(of(stream), cudaStreamCaptureModeThreadLocal),
          "recording GPU work");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {  // leave the stream usable
      if (cudaStreamEndCapture(of(stream), &graph) == cudaSuccess) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(of(stream), &graph), "recording GPU work");
    cudaGraphExec_t executable = nullptr;
    const cudaError_t error = cudaGraphInstantiate(&executable, graph, 0);
    cudaGraphDestroy(graph);
    check(error, "preparing recorded GPU work");
    return executable;
  }
  void replay(GpuGraph graph, GpuStream stream) override {
    use(device_.index);
    check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), of(stream)),
          "starting recorded GPU work");
  }
  void destroy_graph(GpuGraph graph) noexcept override {
    cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph));
  }

 private:
  static cudaStream_t of(GpuStream stream) { return static_cast<cudaStream_t>(stream); }
  static void use(int index) { check(cudaSetDevice(index), "choosing a GPU"); }
  GpuDevice device_;
};

}  // namespace

CudaInventory cuda_inventory() {
  CudaInventory found;
  int driver = 0, runtime = 0, count = 0;
  cudaRuntimeGetVersion(&runtime);
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    cudaGetLastError();
    found.why_none = "no NVIDIA driver is installed";
    return found;
  }
  found.driver = "driver " + version_text(driver) + ", runtime " + version_text(runtime);
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    cudaGetLastError();
    found.why_none = found.driver + ": " +
                     (error != cudaSuccess ? cudaGetErrorString(error) : "no GPU is visible");
    return found;
  }
  for (int i = 0; i < count; ++i) found.devices.push_back(describe(i));
  return found;
}

std::unique_ptr<GpuRuntime> make_cuda_runtime(int device) {
  return std::make_unique<CudaRuntime>(device);
}

}  // namespace hayago::kernels
