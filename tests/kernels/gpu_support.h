// Test bodies that run both on the emulated device and, where there is one, on a GPU.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/runtime.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {

// A device with one stream, and random numbers.
class GpuBench {
 public:
  GpuBench(std::unique_ptr<kernels::GpuRuntime> runtime, bool emulated, unsigned seed);
  ~GpuBench();
  GpuBench(const GpuBench&) = delete;
  GpuBench& operator=(const GpuBench&) = delete;

  // Fewer cases under emulation, which is ten thousand times slower.
  int cases(int emulated, int real) const { return emulated_ ? emulated : real; }
  const kernels::GpuKernels& kernels() const { return gpu->kernels(); }
  // Waits for what a launch function returned; fails the test if it could not be launched.
  void finish(const char* launched);

  const std::unique_ptr<kernels::GpuRuntime> gpu;
  kernels::GpuStream stream;
  Rng rng;

 private:
  bool emulated_;
};

using GpuBody = void (*)(GpuBench& bench);
void run_emulated(GpuBody body);
// Skips the test case with the inventory's reason where there is no GPU.
void run_on_gpu(GpuBody body);

// `bytes` of device memory between guards, full of NaN.
class GpuArray {
 public:
  GpuArray(GpuBench& bench, std::size_t bytes);
  ~GpuArray();
  GpuArray(const GpuArray&) = delete;
  GpuArray& operator=(const GpuArray&) = delete;

  void* at(std::size_t byte = 0) const { return data_ + byte; }
  float* floats(std::size_t index = 0) const { return reinterpret_cast<float*>(data_) + index; }
  std::uint8_t* bytes(std::size_t index = 0) const { return data_ + index; }
  std::size_t size() const { return size_; }
  void upload(const void* from);
  // Contents; fails the test if a guard was written.
  std::vector<unsigned char> download() const;

 private:
  GpuBench& bench_;
  std::size_t size_;
  unsigned char* memory_;
  std::uint8_t* data_;
};
using GpuArrayPtr = std::unique_ptr<GpuArray>;

inline constexpr kernels::GpuType kFloatingTypes[] = {kernels::GpuType::kF32,
                                                      kernels::GpuType::kF16};
std::size_t element_bytes(kernels::GpuType type);
const char* type_name(kernels::GpuType type);

// Rounds to what the storage type can hold, so that the reference computes with the same inputs.
void round_to(kernels::GpuType type, Guarded& values);
// Rounding of a result to the storage type: relative, and absolute among its subnormal numbers.
// binary16 has 11 bits: half a unit is 2^-11 = 4.9e-4; a tenth more for the fast exponential and
// for results that the kernel's own error moves across a rounding boundary.
double rounding(kernels::GpuType type);
double smallest(kernels::GpuType type);

// (rows, c) with the stride padded(c) of the CPU to the device's layout and type.
GpuArrayPtr upload_rows(GpuBench& bench, kernels::GpuType type, const Guarded& rows, int c);
GpuArrayPtr poisoned_rows(GpuBench& bench, kernels::GpuType type, std::size_t rows, int c);
// Back to the CPU's layout; fails the test if a guard or the padding was not left alone.
Guarded download_rows(kernels::GpuType type, const GpuArray& array, int c);
GpuArrayPtr upload_floats(GpuBench& bench, const Guarded& values);
GpuArrayPtr upload_mask(GpuBench& bench, const Guarded& mask);
// Fails the test unless `part` equals the bytes of `whole` from `first_byte` on.
void check_same_bytes(const GpuArray& part, const GpuArray& whole, std::size_t first_byte);

// Off-board rows become NaN: nothing may read them.
void poison_off_board(Guarded& rows, const Guarded& mask, int c);

// Fails the test where `value` is too far from `exact`: `tolerance` is the kernel's in float,
// absolute and relative to the result, to which the rounding of the storage type is added.
void check_close(kernels::GpuType type, const Guarded& exact, const Guarded& value, double absolute,
                 double relative);

}  // namespace hayago::test

// Two test cases out of one body, which is written like a function of `GpuBench& bench`.
#define HAYAGO_GPU_TEST(body, name)                                                            \
  static void body(::hayago::test::GpuBench& bench);                                           \
  TEST_CASE(name " (emulated)", "[kernels][emulated]") { ::hayago::test::run_emulated(body); } \
  TEST_CASE(name " (on a GPU)", "[kernels][gpu]") { ::hayago::test::run_on_gpu(body); }        \
  static void body([[maybe_unused]] ::hayago::test::GpuBench& bench)
