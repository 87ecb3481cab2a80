// Owners of what a GpuRuntime hands out. All keep the runtime alive.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/cuda/runtime.h"

namespace hayago::nn {

using RuntimePtr = std::shared_ptr<kernels::GpuRuntime>;

class DeviceMemory {
 public:
  DeviceMemory(RuntimePtr runtime, std::size_t bytes)
      : runtime_(std::move(runtime)), memory_(runtime_->allocate(bytes)), bytes_(bytes) {}
  ~DeviceMemory() { runtime_->release(memory_); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(memory_); }
  std::size_t bytes() const { return bytes_; }

 private:
  RuntimePtr runtime_;
  void* memory_;
  std::size_t bytes_;
};

class PinnedMemory {
 public:
  PinnedMemory(RuntimePtr runtime, std::size_t bytes)
      : runtime_(std::move(runtime)), memory_(runtime_->allocate_pinned(bytes)) {}
  ~PinnedMemory() { runtime_->release_pinned(memory_); }
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;
  std::byte* data() const { return static_cast<std::byte*>(memory_); }

 private:
  RuntimePtr runtime_;
  void* memory_;
};

class Stream {
 public:
  explicit Stream(RuntimePtr runtime)
      : runtime_(std::move(runtime)), stream_(runtime_->make_stream()) {}
  ~Stream() { runtime_->destroy_stream(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  kernels::GpuStream get() const { return stream_; }

 private:
  RuntimePtr runtime_;
  kernels::GpuStream stream_;
};

}  // namespace hayago::nn
