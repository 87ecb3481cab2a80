// Device buffers of the GPU benchmarks, released with their scope.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/cuda/half_bits.h"
#include "kernels/cuda/runtime.h"

namespace hayago::bench {

class DeviceBuffer {
 public:
  DeviceBuffer(kernels::GpuRuntime& gpu, std::size_t bytes)
      : gpu_(gpu), memory_(gpu.allocate(bytes)) {}
  ~DeviceBuffer() { gpu_.release(memory_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  void* data() { return memory_; }
  template <class T>
  T* as() {
    return static_cast<T*>(memory_);
  }

 private:
  kernels::GpuRuntime& gpu_;
  void* memory_;
};

// (rows, padded) normal values of `type`, zeros in the padding channels.
template <class Rng>
std::vector<std::uint8_t> random_rows(Rng& rng, kernels::GpuType type, int rows, int channels,
                                      float scale) {
  const int stride = kernels::gpu_padded(channels);
  const std::size_t bytes = type == kernels::GpuType::kF32 ? 4 : 2;
  std::vector<std::uint8_t> data(static_cast<std::size_t>(rows) * stride * bytes);
  auto* f32 = reinterpret_cast<float*>(data.data());
  auto* f16 = reinterpret_cast<std::uint16_t*>(data.data());
  // A long random sequence, repeated: drawing every number would take longer than the benchmark.
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<std::uint16_t> drawn(65521);
  for (auto& half : drawn) half = kernels::float_to_half(normal(rng));
  std::size_t next = 0;
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    for (int c = 0; c < channels; ++c) {
      const std::size_t at = r * static_cast<std::size_t>(stride) + static_cast<std::size_t>(c);
      const std::uint16_t half = drawn[next];
      if (++next == drawn.size()) next = 0;
      if (type == kernels::GpuType::kF32) {
        f32[at] = kernels::half_to_float(half);
      } else {
        f16[at] = half;
      }
    }
  }
  return data;
}

}  // namespace hayago::bench
