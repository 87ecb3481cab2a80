// Tiles of the AMX unit: 32 bordered pixels times 32 outputs as 2 x 2 tiles of 16 x 16 sums, from 2
// tiles of inputs and 2 of weights of 16 rows x 64 bytes.
#pragma once
#include <immintrin.h>

#include "kernels/narrow/dot_avx512.h"
#include "kernels/narrow/narrow_body.h"

namespace hayago::kernels {

// Shape of all tile registers (Intel SDM, LDTILECFG).
struct alignas(64) AmxConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
inline constexpr AmxConfig kAmxConfig;

template <NarrowType kNarrow>
struct AmxTarget : Avx512Narrow {
  static constexpr const char* kAlgorithm = "tiles";
  static constexpr NarrowType kType = kNarrow;
  static constexpr int kInputOffset = 0;
  static constexpr int kChunk = 32, kPanel = 32, kGroupAlign = 16;
  static constexpr bool kRaster = true;

  HAYAGO_INLINE static void begin() { _tile_loadconfig(&kAmxConfig); }
  HAYAGO_INLINE static void end() { _tile_release(); }

  // Tiles 0..3: sums; 4, 5: inputs; 6, 7: weights. Tile numbers must be literals.
  HAYAGO_INLINE static void multiply() {
    if constexpr (kType == NarrowType::kU8) {
      _tile_dpbusd(0, 4, 6);
      _tile_dpbusd(1, 4, 7);
      _tile_dpbusd(2, 5, 6);
      _tile_dpbusd(3, 5, 7);
    } else {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }

  HAYAGO_INLINE static void product(const NarrowProduct& p, const NarrowChunk<kChunk>& chunk,
                                    const char* b, void* sums) {
    constexpr int kStep = 16 * kPanel * 4;  // bytes of weights per step of 64 input bytes
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int tap = 0; tap < p.taps; ++tap) {
      const char* a = chunk.first + tap * p.tap_bytes;
      for (int group = 0; group < p.groups; group += 16, a += 64, b += kStep) {
        _tile_loadd(4, a, p.pixel_bytes);
        _tile_loadd(6, b, kPanel * 4);
        _tile_loadd(7, b + 64, kPanel * 4);
        _tile_loadd(5, a + 16 * p.pixel_bytes, p.pixel_bytes);
        multiply();
      }
    }
    char* const to = static_cast<char*>(sums);
    constexpr int kRow = kPanel * 4;
    _tile_stored(0, to, kRow);
    _tile_stored(1, to + 64, kRow);
    _tile_stored(2, to + 16 * kRow, kRow);
    _tile_stored(3, to + 16 * kRow + 64, kRow);
  }
};

}  // namespace hayago::kernels
