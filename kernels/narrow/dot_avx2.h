// Dot products of bytes on AVX2 and AVX-VNNI, and narrow stores.
#pragma once
#include <immintrin.h>

#include "kernels/cpu/vec.h"
#include "kernels/narrow/layout.h"

namespace hayago::kernels {

struct Avx2NarrowStores {
  using Vec = xsimd::batch<float, xsimd::fma3<xsimd::avx2>>;
  static constexpr bool kStoreSaturates = false, kStoresF16 = false;
  using Acc = __m256i;
  static constexpr NarrowType kType = NarrowType::kU8;
  static constexpr int kInputOffset = 0;

  // Packing works within 128-bit halves: the second permutation joins them.
  HAYAGO_INLINE static __m128i halves_of(__m256i values) {
    const __m256i packed = _mm256_packus_epi32(values, values);
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08));
  }
  HAYAGO_INLINE static void store_bytes(__m256i values, char* to) {
    const __m128i halves = halves_of(values);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(halves, halves));
  }
  HAYAGO_INLINE static void store_halves(__m256i values, char* to) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), halves_of(values));
  }
  HAYAGO_INLINE static Acc zero() { return _mm256_setzero_si256(); }
  HAYAGO_INLINE static void store(Acc acc, char* to) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), acc);
  }
  // 16-bit integers, of Winograd transforms.
  using Words = std::int16_t __attribute__((vector_size(32)));
  HAYAGO_INLINE static Words load_words(const char* bytes) {
    return (Words)_mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
  }
  HAYAGO_INLINE static Words scaled(Words x, Words factor) {
    return (Words)_mm256_mulhrs_epi16((__m256i)x, (__m256i)factor);
  }
  HAYAGO_INLINE static void store_words(Words x, char* bytes) {
    const __m256i packed = _mm256_packus_epi16((__m256i)x, (__m256i)x);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes),
                     _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
  }
  HAYAGO_INLINE static __m256i broadcast_group(const char* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return _mm256_set1_epi32(group);
  }
  HAYAGO_INLINE static __m256i load_bytes(const char* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
};

// VPMADDUBSW would saturate: bytes are widened to 16 bits, which VPMADDWD multiplies exactly. Bytes
// 0 and 2 of each group are one pair, bytes 1 and 3 the other.
struct Avx2Dot : Avx2NarrowStores {
  static constexpr int kRows = 4;
  struct Pairs {
    __m256i even, odd;
  };
  HAYAGO_INLINE static Pairs broadcast(const char* p) {
    const __m256i group = broadcast_group(p);
    return {_mm256_and_si256(group, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(group, 8)};
  }
  HAYAGO_INLINE static Pairs load_weights(const char* p) {
    const __m256i bytes = load_bytes(p);
    return {_mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8), _mm256_srai_epi16(bytes, 8)};
  }
  HAYAGO_INLINE static Acc dot(Acc acc, const Pairs& x, const Pairs& w) {
    const __m256i sum =
        _mm256_add_epi32(_mm256_madd_epi16(x.even, w.even), _mm256_madd_epi16(x.odd, w.odd));
    return _mm256_add_epi32(acc, sum);
  }
};

#ifdef __AVXVNNI__
struct AvxVnniDot : Avx2NarrowStores {
  static constexpr int kRows = 6;
  HAYAGO_INLINE static __m256i broadcast(const char* p) { return broadcast_group(p); }
  HAYAGO_INLINE static __m256i load_weights(const char* p) { return load_bytes(p); }
  HAYAGO_INLINE static Acc dot(Acc acc, __m256i x, __m256i w) {
    return _mm256_dpbusd_avx_epi32(acc, x, w);
  }
};

// As Avx512VnniPairs.
struct AvxVnniPairs : AvxVnniDot {
  HAYAGO_INLINE static Acc dot(Acc acc, __m256i x, __m256i w) {
    return _mm256_dpwssd_avx_epi32(acc, x, w);
  }
  HAYAGO_INLINE static void store_pairs(__m256i a, __m256i b, char* to) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_packs_epi32(a, b));
  }
};
#endif

}  // namespace hayago::kernels
