// Dot products of narrow elements on AVX-512 (VNNI, BF16), and narrow stores.
#pragma once
#include <immintrin.h>

#include "kernels/cpu/vec.h"
#include "kernels/narrow/layout.h"

namespace hayago::kernels {

struct Avx512Narrow {
  static constexpr int kRows = 12, kInputOffset = 0;  // of dot products
  using Vec = xsimd::batch<float, xsimd::avx512f>;
  // Conversion gives 2^31 for whatever is too large, and that is 255 then.
  static constexpr bool kStoreSaturates = true, kStoresF16 = false;
  HAYAGO_INLINE static void store_bytes(__m512i values, char* to) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtusepi32_epi8(values));
  }
  HAYAGO_INLINE static void store_halves(__m512i values, char* to) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi32_epi16(values));
  }
  // 16-bit integers, of Winograd transforms.
  using Words = std::int16_t __attribute__((vector_size(64)));
  HAYAGO_INLINE static Words load_words(const char* bytes) {
    return (Words)_mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes)));
  }
  HAYAGO_INLINE static Words scaled(Words x, Words factor) {
    return (Words)_mm512_mulhrs_epi16((__m512i)x, (__m512i)factor);
  }
  HAYAGO_INLINE static void store_words(Words x, char* bytes) {
    const __m512i positive = _mm512_max_epi16((__m512i)x, _mm512_setzero_si512());
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes), _mm512_cvtusepi16_epi8(positive));
  }
  HAYAGO_INLINE static __m512i broadcast_group(const char* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return _mm512_set1_epi32(group);
  }
};

#ifdef __AVX512VNNI__
struct Avx512Vnni : Avx512Narrow {
  using Acc = __m512i;
  static constexpr NarrowType kType = NarrowType::kU8;
  HAYAGO_INLINE static Acc zero() { return _mm512_setzero_si512(); }
  HAYAGO_INLINE static __m512i broadcast(const char* p) { return broadcast_group(p); }
  HAYAGO_INLINE static __m512i load_weights(const char* p) { return _mm512_loadu_si512(p); }
  HAYAGO_INLINE static Acc dot(Acc acc, __m512i x, __m512i w) {
    return _mm512_dpbusd_epi32(acc, x, w);
  }
  HAYAGO_INLINE static void store(Acc acc, char* to) { _mm512_storeu_si512(to, acc); }
};

// Groups are pairs of signed 16-bit integers.
struct Avx512VnniPairs : Avx512Vnni {
  HAYAGO_INLINE static Acc dot(Acc acc, __m512i x, __m512i w) {
    return _mm512_dpwssd_epi32(acc, x, w);
  }
  // Two vectors' elements as 16-bit integers: of every four of a, then of b.
  HAYAGO_INLINE static void store_pairs(__m512i a, __m512i b, char* to) {
    _mm512_storeu_si512(to, _mm512_packs_epi32(a, b));
  }
};
#endif

#ifdef __AVX512BF16__
struct Avx512Bf16 : Avx512Narrow {
  using Acc = __m512;
  static constexpr NarrowType kType = NarrowType::kBf16;
  HAYAGO_INLINE static Acc zero() { return _mm512_setzero_ps(); }
  HAYAGO_INLINE static __m512bh broadcast(const char* p) {
    return reinterpret_cast<__m512bh>(broadcast_group(p));
  }
  HAYAGO_INLINE static __m512bh load_weights(const char* p) {
    return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p));
  }
  HAYAGO_INLINE static Acc dot(Acc acc, __m512bh x, __m512bh w) {
    return _mm512_dpbf16_ps(acc, x, w);
  }
  HAYAGO_INLINE static void store(Acc acc, char* to) { _mm512_storeu_ps(to, acc); }
};
#endif

}  // namespace hayago::kernels
