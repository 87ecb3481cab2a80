// Choice of the product kernel: matrix units where the chip has them.
#include "kernels/conv/product.h"

#include <limits>
#include <span>
#include <type_traits>

#include "kernels/conv/product_f16.cuh"
#include "kernels/conv/product_f32.cuh"
#include "kernels/conv/product_i8.cuh"
#include "kernels/conv/product_i8_dp4a.cuh"
#include "kernels/conv/product_rows.cuh"
#include "kernels/conv/product_tiles.h"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/targets.h"
#include "kernels/dispatch.h"

namespace hayago::kernels {
namespace {

Grid tiles_of(const GpuProduct& p, int tile_rows, int tile_columns) {
  Grid grid;
  grid.x = (p.rows() + tile_rows - 1) / tile_rows;
  grid.y = (gpu_padded(p.c_out) + tile_columns - 1) / tile_columns;
  return grid;
}

const char* conv_f32_sm75(const GpuProduct& p, const GpuDevice&, GpuStream stream) {
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

const char* gemm_f32_sm75(const GpuProduct& p, const GpuDevice&, GpuStream stream) {
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

const char* conv_f16_sm75(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  return with_mma_columns(p, device, [&](auto columns) {
    const Grid grid = mma_grid(p, columns, f16_shared_bytes<columns>());
    return launch(product_f16<columns>, grid, stream, p);
  });
}

const char* conv_i8_sm80(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  return with_mma_columns(p, device, [&](auto columns) {
    const Grid grid = mma_grid(p, columns, i8_shared_bytes<columns>());
    return launch(product_i8<columns>, grid, stream, p);
  });
}

const char* conv_i8_sm61(const GpuProduct& p, const GpuDevice&, GpuStream stream) {
  Grid grid = tiles_of(p, kDp4aRows, kDp4aColumns);
  grid.threads = kDp4aThreads;
  grid.shared_bytes = kDp4aSharedBytes;
  return launch(product_i8_dp4a, grid, stream, p);
}

#ifndef HAYAGO_CUDA_EMULATE
const char* conv_f16_sm90a(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  return launch_product_sm90a(p, device, stream);
}
#endif

struct ProductKernel {
  GpuTarget target;
  GpuType type;
  const char* (*launch)(const GpuProduct&, const GpuDevice&, GpuStream);
};

#define HAYAGO_KERNEL(isa, type, symbol, how)
#undef HAYAGO_CUDA_KERNEL
#define HAYAGO_CUDA_KERNEL(target, type, symbol, how) \
  HAYAGO_ON_##target({kTarget_##target, kGpuType_##type, symbol}, )
constexpr ProductKernel kRowKernels[] = {
#include "kernels/gemm/kernels.inc"
};
constexpr ProductKernel kPixelKernels[] = {
#include "kernels/conv/kernels.inc"
};

const ProductKernel* first_usable(std::span<const ProductKernel> lines, GpuType type, int compute) {
  for (const ProductKernel& line : lines) {
    if (line.type == type && line.target.runs_on(compute)) return &line;
  }
  return nullptr;
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_product(GpuType type, const GpuProduct& product, const GpuDevice& device,
                           GpuStream stream) {
  if (const char* wrong = check_product(type, product)) return wrong;
  const int compute = device.compute;
  const ProductKernel* kernel =
      suits_rows(product) ? first_usable(kRowKernels, type, compute) : nullptr;
  if (kernel == nullptr) kernel = first_usable(kPixelKernels, type, compute);
  return kernel != nullptr ? kernel->launch(product, device, stream)
                           : "the GPU is too old for products of this type";
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
