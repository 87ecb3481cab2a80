#include "kernels/cuda/pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "kernels/cuda/gpu.h"
#include "kernels/cuda/half_bits.h"

namespace hayago::kernels {
namespace {

std::size_t size(int count) { return static_cast<std::size_t>(count); }

std::size_t element_bytes(GpuType type) {
  switch (type) {
    case GpuType::kF32:
      return sizeof(float);
    case GpuType::kF16:
      return sizeof(std::uint16_t);
    case GpuType::kI8:
      return sizeof(std::int8_t);
  }
  throw std::invalid_argument("an unknown type of weights");
}

// Offset of weights [row_of_channel(o)][k] where k is channel i of a tap.
std::size_t row_offset(int taps, int tap, int c_in, int i, int o) {
  const std::size_t depth = size(taps) * size(gpu_padded(c_in));
  return size(row_of_channel(o)) * depth + size(tap) * size(gpu_padded(c_in)) + size(i);
}

}  // namespace

std::size_t packed_product_bytes(GpuType type, int ky, int kx, int c_in, int c_out) {
  return size(ky * kx) * size(gpu_padded(c_in)) * size(gpu_padded(c_out)) * element_bytes(type);
}

void pack_product(GpuType type, int ky, int kx, int c_in, int c_out, const float* weights,
                  void* packed) {
  if (type == GpuType::kI8) throw std::invalid_argument("8-bit weights need pack_product_i8()");
  std::memset(packed, 0, packed_product_bytes(type, ky, kx, c_in, c_out));
  const std::size_t columns = size(gpu_padded(c_out));
  auto* const f32 = static_cast<float*>(packed);
  auto* const f16 = static_cast<std::uint16_t*>(packed);
  for (int tap = 0; tap < ky * kx; ++tap) {
    for (int i = 0; i < c_in; ++i) {
      const std::size_t k = size(tap) * size(gpu_padded(c_in)) + size(i);
      for (int o = 0; o < c_out; ++o) {
        const float weight = *weights++;
        if (type == GpuType::kF32) {
          f32[k * columns + size(o)] = weight;
        } else {
          f16[row_offset(ky * kx, tap, c_in, i, o)] = float_to_half(weight);
        }
      }
    }
  }
}

void pack_product_i8(int ky, int kx, int c_in, int c_out, const float* weights, float* steps_out,
                     void* packed) {
  std::memset(packed, 0, packed_product_bytes(GpuType::kI8, ky, kx, c_in, c_out));
  std::fill_n(steps_out, c_out, 0.0f);
  const std::size_t rows = size(ky * kx) * size(c_in);
  for (std::size_t at = 0; at < rows * size(c_out); ++at) {
    float& most = steps_out[at % size(c_out)];
    most = std::max(most, std::abs(weights[at]));
  }
  for (int o = 0; o < c_out; ++o) {
    const float step = steps_out[o] / 127.0f;
    steps_out[o] = step > 0 ? step : 1.0f;  // also where the division underflows
  }
  auto* const to = static_cast<std::int8_t*>(packed);
  for (int tap = 0; tap < ky * kx; ++tap) {
    for (int i = 0; i < c_in; ++i) {
      for (int o = 0; o < c_out; ++o) {
        const float q = std::clamp(std::nearbyint(*weights++ / steps_out[o]), -127.0f, 127.0f);
        to[row_offset(ky * kx, tap, c_in, i, o)] = static_cast<std::int8_t>(q);
      }
    }
  }
}

}  // namespace hayago::kernels
