// Choice of the product kernel: matrix units where the chip has them.
#include "kernels/conv/product.h"

#include "kernels/conv/product_f16.cuh"
#include "kernels/conv/product_f32.cuh"
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

template <int kColumns>
const char* launch_f16(const GpuProduct& p, GpuStream stream) {
  Grid grid = tiles_of(p, kF16Rows, kColumns);
  grid.threads = kF16Threads;
  grid.shared_bytes = f16_shared_bytes<kColumns>();
  return launch(product_f16<kColumns>, grid, stream, p);
}

constexpr ProductTile kF16Tiles[] = {
    {kF16Rows, 128}, {kF16Rows, 96}, {kF16Rows, 64}, {kF16Rows, 32}};

const char* launch_f16(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  // Two blocks share a multiprocessor.
  const ProductSize size = {p.rows(), gpu_padded(p.c_out), 0, 2 * device.multiprocessors};
  const ProductTile tile = choose_product_tile(kF16Tiles, size, mma_cost);
  switch (tile.columns) {
    case 128:
      return launch_f16<128>(p, stream);
    case 96:
      return launch_f16<96>(p, stream);
    case 64:
      return launch_f16<64>(p, stream);
  }
  return launch_f16<32>(p, stream);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_product(GpuType type, const GpuProduct& product, const GpuDevice& device,
                           GpuStream stream) {
  if (type == GpuType::kF32) {
    return suits_rows(product) ? launch_rows(product, stream) : launch_f32(product, stream);
  }
  if (type == GpuType::kI8) return "8-bit products are not available";
#ifndef HAYAGO_CUDA_EMULATE
  if (device.compute == 90) return launch_product_sm90a(product, device, stream);
#endif
  return launch_f16(product, device, stream);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
