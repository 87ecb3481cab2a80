// The helpers of gpu_support.h, and that they notice what they are there to notice.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "kernels/cuda/emulate/emulate.h"
#include "kernels/cuda/half_bits.h"
#include "tests/kernels/gpu_support.h"
#include "tests/support/shared_data.h"

namespace hayago::test {

using kernels::gpu_padded;
using kernels::GpuType;
using kernels::padded;

namespace {

constexpr std::size_t kGuardBytes = 512;

bool all_ones(const unsigned char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes[i] != 0xFF) return false;
  }
  return true;
}

float element(GpuType type, const unsigned char* bytes, std::size_t index) {
  if (type == GpuType::kF32) {
    float value;
    std::memcpy(&value, bytes + index * sizeof value, sizeof value);
    return value;
  }
  std::uint16_t half;
  std::memcpy(&half, bytes + index * sizeof half, sizeof half);
  return kernels::half_to_float(half);
}

void put_element(GpuType type, float value, unsigned char* bytes, std::size_t index) {
  if (type == GpuType::kF32) {
    std::memcpy(bytes + index * sizeof value, &value, sizeof value);
  } else {
    const std::uint16_t half = kernels::float_to_half(value);
    std::memcpy(bytes + index * sizeof half, &half, sizeof half);
  }
}

}  // namespace

GpuBench::GpuBench(std::unique_ptr<kernels::GpuRuntime> runtime, bool emulated, unsigned seed)
    : gpu(std::move(runtime)), stream(gpu->make_stream()), rng(seed), emulated_(emulated) {}
GpuBench::~GpuBench() { gpu->destroy_stream(stream); }

void GpuBench::finish(const char* launched) {
  if (launched != nullptr) FAIL(launched);
  gpu->synchronize(stream);
}

void run_emulated(GpuBody body) {
  // Compute capability 9.0 for the most shared memory; its own kernels are not emulated.
  GpuBench bench(kernels::make_emulated_runtime(1, 90), true, 1);
  body(bench);
}

void run_on_gpu(GpuBody body) {
  const kernels::CudaInventory inventory = kernels::cuda_inventory();
  if (inventory.devices.empty()) HAYAGO_SKIP(inventory.why_none);
  GpuBench bench(kernels::make_cuda_runtime(inventory.devices.front().index), false, 1);
  body(bench);
}

GpuArray::GpuArray(GpuBench& bench, std::size_t bytes)
    : bench_(bench),
      size_(bytes),
      memory_(static_cast<unsigned char*>(bench.gpu->allocate(bytes + 2 * kGuardBytes))),
      data_(memory_ + kGuardBytes) {
  const std::vector<unsigned char> poison(bytes + 2 * kGuardBytes, 0xFF);
  bench.gpu->copy_to_device(memory_, poison.data(), poison.size(), bench.stream);
  bench.gpu->synchronize(bench.stream);
}
GpuArray::~GpuArray() { bench_.gpu->release(memory_); }

void GpuArray::upload(const void* from) {
  bench_.gpu->copy_to_device(data_, from, size_, bench_.stream);
  bench_.gpu->synchronize(bench_.stream);
}

std::vector<unsigned char> GpuArray::download() const {
  std::vector<unsigned char> all(size_ + 2 * kGuardBytes);
  bench_.gpu->copy_from_device(all.data(), memory_, all.size(), bench_.stream);
  bench_.gpu->synchronize(bench_.stream);
  CHECK(all_ones(all.data(), kGuardBytes));
  CHECK(all_ones(all.data() + kGuardBytes + size_, kGuardBytes));
  return {all.begin() + kGuardBytes,
          all.begin() + static_cast<std::ptrdiff_t>(kGuardBytes + size_)};
}

std::size_t element_bytes(GpuType type) { return type == GpuType::kF32 ? 4 : 2; }
const char* type_name(GpuType type) { return type == GpuType::kF32 ? "f32" : "f16"; }

void round_to(GpuType type, Guarded& values) {
  if (type == GpuType::kF32) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = kernels::half_to_float(kernels::float_to_half(values[i]));
  }
}

double rounding(GpuType type) { return type == GpuType::kF32 ? 0.0 : 1.1 * 0x1p-11; }
double smallest(GpuType type) { return type == GpuType::kF32 ? 0.0 : 0x1p-25; }

GpuArrayPtr poisoned_rows(GpuBench& bench, GpuType type, std::size_t rows, int c) {
  return std::make_unique<GpuArray>(bench, rows * gpu_padded(c) * element_bytes(type));
}

GpuArrayPtr upload_rows(GpuBench& bench, GpuType type, const Guarded& rows, int c) {
  const std::size_t count = rows.size() / padded(c), from = padded(c), to = gpu_padded(c);
  GpuArrayPtr array = poisoned_rows(bench, type, count, c);
  std::vector<unsigned char> bytes(array->size());
  for (std::size_t row = 0; row < count; ++row) {
    for (int i = 0; i < c; ++i) put_element(type, rows[row * from + i], bytes.data(), row * to + i);
  }
  array->upload(bytes.data());
  return array;
}

Guarded download_rows(GpuType type, const GpuArray& array, int c) {
  const std::vector<unsigned char> bytes = array.download();
  const std::size_t stride = gpu_padded(c), count = bytes.size() / element_bytes(type) / stride;
  Guarded rows(count * padded(c));
  bool padding_is_zero = true;
  for (std::size_t i = 0; i < count * stride; ++i) {
    const float value = element(type, bytes.data(), i);
    const std::size_t row = i / stride, channel = i % stride;
    if (channel < static_cast<std::size_t>(c)) {
      rows[row * padded(c) + channel] = value;
    } else if (!(value == 0.0f)) {
      padding_is_zero = false;
    }
  }
  CHECK(padding_is_zero);
  return rows;
}

GpuArrayPtr upload_floats(GpuBench& bench, const Guarded& values) {
  auto array = std::make_unique<GpuArray>(bench, values.size() * sizeof(float));
  array->upload(values.data());
  return array;
}

GpuArrayPtr upload_mask(GpuBench& bench, const Guarded& mask) {
  std::vector<std::uint8_t> bytes(mask.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = mask[i] != 0 ? 1 : 0;
  auto array = std::make_unique<GpuArray>(bench, bytes.size());
  array->upload(bytes.data());
  return array;
}

void check_same_bytes(const GpuArray& part, const GpuArray& whole, std::size_t first_byte) {
  const std::vector<unsigned char> a = part.download(), b = whole.download();
  REQUIRE(first_byte + a.size() <= b.size());
  CHECK(std::memcmp(a.data(), b.data() + first_byte, a.size()) == 0);
}

void poison_off_board(Guarded& rows, const Guarded& mask, int c) {
  for (std::size_t row = 0; row < mask.size(); ++row) {
    for (int i = 0; mask[row] == 0 && i < c; ++i) rows[row * padded(c) + i] = NAN;
  }
}

void check_close(GpuType type, const Guarded& exact, const Guarded& value, double absolute,
                 double relative) {
  const Worst worst = compare(exact, value, absolute + smallest(type), relative + rounding(type));
  INFO(type_name(type) << ", " << worst.where);
  CHECK(worst.excess <= 0);
}

TEST_CASE("device arrays start as NaN and keep what is uploaded", "[kernels][emulated]") {
  GpuBench bench(kernels::make_emulated_runtime(1), true, 1);
  const GpuArray fresh(bench, 20);
  CHECK(all_ones(fresh.download().data(), 20));
  Guarded rows = random_rows(bench.rng, 3, 5);
  for (const GpuType type : kFloatingTypes) {
    round_to(type, rows);
    const Guarded back = download_rows(type, *upload_rows(bench, type, rows, 5), 5);
    CHECK(same_bits(rows.data(), back.data(), rows.size()));
  }
}

TEST_CASE("comparison allows for the rounding of binary16 and no more", "[kernels][emulated]") {
  Guarded exact(1, 1.0f), value(1, 1.0f + 0x1p-11f);
  CHECK(compare(exact, value, 0, rounding(GpuType::kF16)).excess <= 0);
  value[0] = 1.0f + 0x1p-10f;
  CHECK(compare(exact, value, 0, rounding(GpuType::kF16)).excess > 0);
}

}  // namespace hayago::test
