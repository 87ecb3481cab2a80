// Choice of the product kernel: matrix units where the chip has them.
#include "kernels/conv/product.h"

#include <limits>
#include <type_traits>

#include "kernels/conv/product_f16.cuh"
#include "kernels/conv/product_f32.cuh"
#include "kernels/conv/product_i8.cuh"
#include "kernels/conv/product_i8_dp4a.cuh"
#include "kernels/conv/product_rows.cuh"
#include "kernels/conv/product_tiles.h"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"

namespace hayago::kernels {
namespace {

Grid tiles_of(const GpuProduct& p, int tile_rows, int tile_columns) {
  Grid grid;
  grid.x = (p.rows() + tile_rows - 1) / tile_rows;
  grid.y = (gpu_padded(p.c_out) + tile_columns - 1) / tile_columns;
  return grid;
}

const char* launch_f32(const GpuProduct& p, GpuStream stream) {
  Grid grid = tiles_of(p, kF32Rows, kF32Columns);
  grid.threads = kF32Threads;
  grid.shared_bytes = kF32SharedBytes;
  return launch(product_f32, grid, stream, p);
}

// Null, or what is wrong with a product of any type.
const char* check_product(GpuType type, const GpuProduct& p) {
  constexpr std::size_t kMostResults = std::numeric_limits<std::uint32_t>::max();
  constexpr int kMostDepth = std::numeric_limits<int>::max() / (127 * 127);
  if (static_cast<std::size_t>(p.rows()) * gpu_padded(p.c_out) > kMostResults) {
    return "a product of more than 2^32 results";
  }
  if (type != GpuType::kI8) {
    return p.epilogue.acc_scale != nullptr ? "only 8-bit products have acc_scale" : nullptr;
  }
  if (p.epilogue.acc_scale == nullptr) return "8-bit products need acc_scale";
  return p.ky * p.kx * p.c_in > kMostDepth ? "an 8-bit product whose sums exceed 32 bits" : nullptr;
}

// Per-position rows, unless they are too long for shared memory.
bool suits_rows(const GpuProduct& p) {
  constexpr int kMostShared = 48 * 1024;
  return p.h == 1 && p.w == 1 && p.ky == 1 && p.kx == 1 && rows_shared_bytes(p.c_in) <= kMostShared;
}

const char* launch_rows(const GpuProduct& p, GpuStream stream) {
  Grid grid = tiles_of(p, kRowsTall, kRowsColumns);
  grid.threads = kRowsThreads;
  grid.shared_bytes = rows_shared_bytes(p.c_in);
  return launch(product_rows, grid, stream, p);
}

constexpr ProductTile kMmaTiles[] = {
    {kF16Rows, 128}, {kF16Rows, 96}, {kF16Rows, 64}, {kF16Rows, 32}};

// start(std::integral_constant<int, columns>) for the columns of the best tile.
template <class Start>
const char* with_mma_columns(const GpuProduct& p, const GpuDevice& device, const Start& start) {
  // Two blocks share a multiprocessor.
  const ProductSize size = {p.rows(), gpu_padded(p.c_out), 0, 2 * device.multiprocessors};
  switch (choose_product_tile(kMmaTiles, size, mma_cost).columns) {
    case 128:
      return start(std::integral_constant<int, 128>());
    case 96:
      return start(std::integral_constant<int, 96>());
    case 64:
      return start(std::integral_constant<int, 64>());
  }
  return start(std::integral_constant<int, 32>());
}

Grid mma_grid(const GpuProduct& p, int columns, int shared_bytes) {
  Grid grid = tiles_of(p, kF16Rows, columns);
  grid.threads = kF16Threads;
  grid.shared_bytes = shared_bytes;
  return grid;
}

const char* launch_f16(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  return with_mma_columns(p, device, [&](auto columns) {
    const Grid grid = mma_grid(p, columns, f16_shared_bytes<columns>());
    return launch(product_f16<columns>, grid, stream, p);
  });
}

const char* launch_i8_mma(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  return with_mma_columns(p, device, [&](auto columns) {
    const Grid grid = mma_grid(p, columns, i8_shared_bytes<columns>());
    return launch(product_i8<columns>, grid, stream, p);
  });
}

const char* launch_i8_dp4a(const GpuProduct& p, GpuStream stream) {
  Grid grid = tiles_of(p, kDp4aRows, kDp4aColumns);
  grid.threads = kDp4aThreads;
  grid.shared_bytes = kDp4aSharedBytes;
  return launch(product_i8_dp4a, grid, stream, p);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_product(GpuType type, const GpuProduct& product, const GpuDevice& device,
                           GpuStream stream) {
  if (const char* wrong = check_product(type, product)) return wrong;
  if (type == GpuType::kF32) {
    return suits_rows(product) ? launch_rows(product, stream) : launch_f32(product, stream);
  }
  if (type == GpuType::kI8) {
    return device.compute >= 80 ? launch_i8_mma(product, device, stream)
                                : launch_i8_dp4a(product, stream);
  }
#ifndef HAYAGO_CUDA_EMULATE
  if (device.compute == 90) return launch_product_sm90a(product, device, stream);
#endif
  return launch_f16(product, device, stream);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
