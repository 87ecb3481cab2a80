// A target (narrow_body.h) of tiles whose rows are any pixels of the board: Tiles has a function
// tile<kRows>() for up to kChunk rows, and all that a target needs besides.
#pragma once
#include <utility>

#include "kernels/narrow/narrow_body.h"

namespace hayago::kernels {

template <class Tiles>
struct RowTarget : Tiles {
  static constexpr bool kRaster = false;
  HAYAGO_INLINE static void begin() {}
  HAYAGO_INLINE static void end() {}

  template <int... r>
  HAYAGO_INLINE static void dispatch(std::integer_sequence<int, r...>, const NarrowProduct& p,
                                     const NarrowChunk<Tiles::kChunk>& chunk, const char* b,
                                     void* sums) {
    using Tile = void (*)(const NarrowProduct&, const char* const*, const char*, void*);
    constexpr Tile kTiles[] = {Tiles::template tile<r + 1>...};
    kTiles[chunk.rows - 1](p, chunk.a, b, sums);
  }
  HAYAGO_INLINE static void product(const NarrowProduct& p, const NarrowChunk<Tiles::kChunk>& chunk,
                                    const char* b, void* sums) {
    dispatch(std::make_integer_sequence<int, Tiles::kChunk>(), p, chunk, b, sums);
  }
};

}  // namespace hayago::kernels
