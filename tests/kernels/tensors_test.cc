// The helpers of tensors.h, and that they notice what they are there to notice.
#include "tests/kernels/tensors.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace hayago::test {
namespace {

constexpr std::size_t kGuard = 64;
// A quiet NaN with a payload that no arithmetic produces.
constexpr std::uint32_t kGuardBits = 0x7fc5a5a5u;

}  // namespace

Guarded::Guarded(std::size_t size, float fill)
    : storage_(size + 2 * kGuard + kernels::kChannelAlign, std::bit_cast<float>(kGuardBits)),
      size_(size) {
  auto address = reinterpret_cast<std::uintptr_t>(storage_.data() + kGuard);
  address = (address + kernels::kByteAlign - 1) / kernels::kByteAlign * kernels::kByteAlign;
  data_ = reinterpret_cast<float*>(address);
  for (std::size_t i = 0; i < size; ++i) data_[i] = fill;
}

Guarded::Guarded(const Guarded& other) : Guarded(other.size_) {
  std::memcpy(data_, other.data_, size_ * sizeof(float));
}

bool Guarded::intact() const {
  for (std::size_t i = 0; i < kGuard; ++i) {
    if (std::bit_cast<std::uint32_t>(data_[-1 - static_cast<std::ptrdiff_t>(i)]) != kGuardBits ||
        std::bit_cast<std::uint32_t>(data_[size_ + i]) != kGuardBits) {
      return false;
    }
  }
  return true;
}

int random_int(Rng& rng, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(rng);
}

bool coin(Rng& rng) { return random_int(rng, 0, 1) == 1; }

Guarded random_rows(Rng& rng, std::size_t rows, int c, float scale) {
  std::normal_distribution<float> normal(0.0f, scale);
  const std::size_t stride = kernels::padded(c);
  Guarded result(rows * stride);
  for (std::size_t row = 0; row < rows; ++row) {
    for (int i = 0; i < c; ++i) result[row * stride + i] = normal(rng);
  }
  return result;
}

Guarded random_values(Rng& rng, std::size_t count, float scale) {
  std::normal_distribution<float> normal(0.0f, scale);
  Guarded result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = normal(rng);
  return result;
}

Guarded random_mask(Rng& rng, int n, int h, int w) {
  Guarded mask(static_cast<std::size_t>(n) * h * w);
  for (int b = 0; b < n; ++b) {
    const bool full = random_int(rng, 0, 3) == 0;
    const int rows = full ? h : random_int(rng, 1, h), columns = full ? w : random_int(rng, 1, w);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) mask[(static_cast<std::size_t>(b) * h + y) * w + x] = 1.0f;
    }
  }
  return mask;
}

Guarded areas(const Guarded& mask, int n, int pixels) {
  Guarded area(n);
  for (int i = 0; i < n * pixels; ++i) area[i / pixels] += mask[i];
  return area;
}

double rms(const Guarded& values, std::size_t used) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += static_cast<double>(values[i]) * values[i];
  return std::sqrt(sum / static_cast<double>(used));
}

Worst compare(const Guarded& exact, const Guarded& value, double absolute, double relative) {
  Worst worst;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double difference = std::abs(static_cast<double>(exact[i]) - value[i]);
    double excess = difference - absolute - relative * std::abs(exact[i]);
    if (std::isnan(excess)) excess = std::numeric_limits<double>::infinity();
    if (excess <= worst.excess) continue;
    worst.excess = excess;
    worst.where = "element " + std::to_string(i) + ": expected " + std::to_string(exact[i]) +
                  ", got " + std::to_string(value[i]) + ", allowed difference " +
                  std::to_string(absolute + relative * std::abs(exact[i]));
  }
  return worst;
}

bool padding_is_zero(const Guarded& rows, int c) {
  const std::size_t stride = kernels::padded(c);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<int>(i % stride) >= c && rows[i] != 0.0f) return false;
  }
  return true;
}

bool zero_off_mask(const Guarded& rows, const float* mask, int c) {
  const std::size_t stride = kernels::padded(c);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (mask[i / stride] == 0.0f && rows[i] != 0.0f) return false;
  }
  return true;
}

bool same_bits(const float* a, const float* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(float)) == 0;
}

TEST_CASE("guards notice a write on either side", "[kernels]") {
  Guarded before(5), after(5);
  CHECK(before.intact());
  before.data()[-1] = 0.0f;
  after.data()[5] = 0.0f;
  CHECK_FALSE(before.intact());
  CHECK_FALSE(after.intact());
}

TEST_CASE("comparison notices differences and NaN", "[kernels]") {
  Guarded exact(3, 1.0f), value(3, 1.0f);
  CHECK(compare(exact, value, 0, 0).excess == 0);
  value[1] = 1.01f;
  CHECK(compare(exact, value, 0.001, 0).excess > 0);
  CHECK(compare(exact, value, 0.001, 0.02).excess == 0);
  value[2] = std::numeric_limits<float>::quiet_NaN();
  CHECK(compare(exact, value, 1, 1).excess > 0);
}

}  // namespace hayago::test
