// Which tile of a product suits a number of rows, channels and multiprocessors. The choice never
// changes a result: every tile reduces in the same order.
#pragma once
#include <algorithm>
#include <span>

namespace hayago::kernels {

struct ProductTile {
  int rows, columns;
  bool alternate = false;  // product_sm90a.cuh: warpgroups with tiles of their own
  bool operator==(const ProductTile&) const = default;
};

struct ProductSize {
  int rows, columns;
  int steps;  // of the reduction
  int multiprocessors;
  int rounds(const ProductTile& tile) const {
    const int row_tiles = (rows + tile.rows - 1) / tile.rows;
    const int column_tiles = (columns + tile.columns - 1) / tile.columns;
    return (row_tiles * column_tiles + multiprocessors - 1) / multiprocessors;
  }
};

// mma.sync kernel, in units of one column of 128 rows: 40 stands for fetching the inputs of a tile.
inline double mma_cost(const ProductTile& tile, const ProductSize& size) {
  return size.rounds(tile) * (tile.columns + 40.0);
}

// Hopper kernel, in clocks. A step (64 deep) takes what the matrix units need, 4 clocks for a
// column of 128 rows; or what the L2 cache delivers, 60 bytes a clock to one multiprocessor; but at
// least 280, the way through barriers and pipelines. Finishing a tile takes about 25 clocks for a
// column of 64 rows of one warpgroup. All measured on an H200.
inline double hopper_cost(const ProductTile& tile, const ProductSize& size) {
  const double units = 4.0 * tile.columns * tile.rows / 128;
  const double feed = 128.0 * (tile.rows + tile.columns) / 60;
  const double products = size.steps * std::max({units, feed, 280.0});
  const int warpgroups = tile.alternate || tile.rows < 128 ? 1 : 2;
  const double finish = 25.0 * tile.columns * tile.rows / 64 / warpgroups;
  const int rounds = size.rounds(tile);
  if (!tile.alternate) return rounds * (products + finish);
  return (rounds - 1) * std::max(products, (products + finish) / 2) + products + finish;
}

template <class Cost>
ProductTile choose_product_tile(std::span<const ProductTile> tiles, const ProductSize& size,
                                const Cost& cost) {
  return *std::min_element(tiles.begin(), tiles.end(), [&](const auto& a, const auto& b) {
    return cost(a, size) < cost(b, size);
  });
}

}  // namespace hayago::kernels
