#include "kernels/cuda/pack.h"

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
      break;
  }
  throw std::invalid_argument("8-bit products need scales; pack_product() has none");
}

}  // namespace

std::size_t packed_product_bytes(GpuType type, int ky, int kx, int c_in, int c_out) {
  return size(ky * kx) * size(gpu_padded(c_in)) * size(gpu_padded(c_out)) * element_bytes(type);
}

void pack_product(GpuType type, int ky, int kx, int c_in, int c_out, const float* weights,
                  void* packed) {
  std::memset(packed, 0, packed_product_bytes(type, ky, kx, c_in, c_out));
  const std::size_t columns = size(gpu_padded(c_out));
  const std::size_t depth = size(ky * kx) * size(gpu_padded(c_in));
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
          f16[size(row_of_channel(o)) * depth + k] = float_to_half(weight);
        }
      }
    }
  }
}

}  // namespace hayago::kernels
