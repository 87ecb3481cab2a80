#include "kernels/conv/product_sm90a.cuh"

#include <cudaTypedefs.h>

#include <iterator>

#include "kernels/conv/product.h"
#include "kernels/conv/product_tiles.h"
#include "kernels/cuda/launch.cuh"

namespace hayago::kernels {
namespace {

// The driver's encoder, found at run time so that the program starts without a driver.
template <class Function>
const char* find_driver_function(const char* name, Function& function) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);
  if (error != cudaSuccess) return cudaGetErrorString(error);
  if (result != cudaDriverEntryPointSuccess) return "the driver has no tensor copies";
  function = reinterpret_cast<Function>(found);
  return nullptr;
}

const char* map_inputs(const GpuProduct& p, int tile_rows, CUtensorMap& map) {
  static thread_local PFN_cuTensorMapEncodeIm2col_v12000 encode = nullptr;
  if (encode == nullptr) {
    if (const char* error = find_driver_function("cuTensorMapEncodeIm2col", encode)) return error;
  }
  const auto size = [](int value) { return static_cast<cuuint64_t>(value); };
  const cuuint64_t pixel_bytes = size(gpu_padded(p.c_in)) * sizeof(Half);
  const cuuint64_t dims[4] = {size(gpu_padded(p.c_in)), size(p.w), size(p.h), size(p.n)};
  const cuuint64_t strides[3] = {pixel_bytes, pixel_bytes * size(p.w),
                                 pixel_bytes * size(p.w) * size(p.h)};
  // First and last position of a tap's walk, relative to the edges of the board.
  const int lower[2] = {-(p.kx / 2), -(p.ky / 2)};
  const int upper[2] = {p.kx / 2 - (p.kx - 1), p.ky / 2 - (p.ky - 1)};
  const cuuint32_t steps[4] = {1, 1, 1, 1};
  const CUresult result =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 4, const_cast<void*>(p.in), dims, strides,
             lower, upper, kHopperDepth, static_cast<cuuint32_t>(tile_rows), steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return result == CUDA_SUCCESS ? nullptr : "the driver refuses the shape of a product's inputs";
}

const char* map_weights(const GpuProduct& p, int columns, CUtensorMap& map) {
  static thread_local PFN_cuTensorMapEncodeTiled_v12000 encode = nullptr;
  if (encode == nullptr) {
    if (const char* error = find_driver_function("cuTensorMapEncodeTiled", encode)) return error;
  }
  const int depth = p.ky * p.kx * gpu_padded(p.c_in);
  const cuuint64_t dims[2] = {static_cast<cuuint64_t>(depth),
                              static_cast<cuuint64_t>(gpu_padded(p.c_out))};
  const cuuint64_t strides[1] = {static_cast<cuuint64_t>(depth) * sizeof(Half)};
  const cuuint32_t box[2] = {kHopperDepth, static_cast<cuuint32_t>(columns)};
  const cuuint32_t steps[2] = {1, 1};
  const CUresult result =
      encode(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 2, const_cast<void*>(p.weights), dims, strides,
             box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return result == CUDA_SUCCESS ? nullptr : "the driver refuses the shape of a product's weights";
}

template <class Tile>
const char* launch_tile(const GpuProduct& p, const GpuDevice& device, GpuStream stream) {
  HopperProduct h;
  h.p = p;
  h.row_tiles = (p.rows() + Tile::kRows - 1) / Tile::kRows;
  h.column_tiles = (gpu_padded(p.c_out) + Tile::kColumns - 1) / Tile::kColumns;
  h.steps = p.ky * p.kx * ((gpu_padded(p.c_in) + kHopperDepth - 1) / kHopperDepth);
  CUtensorMap inputs, weights;
  if (const char* error = map_inputs(p, Tile::kRows, inputs)) return error;
  if (const char* error = map_weights(p, Tile::kColumns, weights)) return error;
  Grid grid;
  grid.x = h.row_tiles * h.column_tiles;
  if (grid.x > device.multiprocessors) grid.x = device.multiprocessors;
  grid.threads = Tile::kThreads;
  grid.shared_bytes = Tile::kSharedBytes;
  return launch(product_sm90a<Tile>, grid, stream, h, inputs, weights);
}

using LaunchTile = const char* (*)(const GpuProduct&, const GpuDevice&, GpuStream);

constexpr ProductTile kTiles[] = {
    {128, 128, true}, {128, 96, true}, {256, 128}, {256, 96}, {256, 64}, {128, 256}, {128, 192},
    {128, 128},       {128, 96},       {128, 64},  {128, 32}, {64, 64},  {64, 32}};
constexpr LaunchTile kLaunches[] = {
    launch_tile<HopperTile<128, 2, 2, true>>, launch_tile<HopperTile<96, 2, 2, true>>,
    launch_tile<HopperTile<128, 2, 2>>,       launch_tile<HopperTile<96, 2, 2>>,
    launch_tile<HopperTile<64, 2, 2>>,        launch_tile<HopperTile<256, 1, 2>>,
    launch_tile<HopperTile<192, 1, 2>>,       launch_tile<HopperTile<128, 1, 2>>,
    launch_tile<HopperTile<96, 1, 2>>,        launch_tile<HopperTile<64, 1, 2>>,
    launch_tile<HopperTile<32, 1, 2>>,        launch_tile<HopperTile<64, 1, 1>>,
    launch_tile<HopperTile<32, 1, 1>>};
static_assert(std::size(kTiles) == std::size(kLaunches));

}  // namespace

std::span<const ProductTile> sm90a_tiles() { return kTiles; }

const char* launch_product_sm90a(const GpuProduct& p, const GpuDevice& device, GpuStream stream,
                                 const ProductTile* wanted) {
  const int chunks = (gpu_padded(p.c_in) + kHopperDepth - 1) / kHopperDepth;
  const ProductSize size = {p.rows(), gpu_padded(p.c_out), p.ky * p.kx * chunks,
                            device.multiprocessors};
  const ProductTile tile =
      wanted != nullptr ? *wanted : choose_product_tile(kTiles, size, hopper_cost);
  for (std::size_t i = 0; i < std::size(kTiles); ++i) {
    if (kTiles[i] == tile) return kLaunches[i](p, device, stream);
  }
  return "no product kernel with this tile";
}

}  // namespace hayago::kernels
