// Floats to narrow elements, and the borders of narrow tensors.
#pragma once
#include <cstring>

#include "kernels/cpu/vec.h"
#include "kernels/narrow/kernel.h"

namespace hayago::kernels {

// The bits of x rounded to the nearest bfloat16, ties to even, in the lower half of each lane; NaN
// stays NaN.
template <class V>
HAYAGO_INLINE auto bf16_bits(V x) {
  using UInt = xsimd::batch<std::uint32_t, typename V::arch_type>;
  const UInt bits = xsimd::bitwise_cast<UInt>(x);
  const UInt rounded = (bits + UInt(0x7fffu) + ((bits >> 16) & UInt(1u))) >> 16;
  const auto is_nan = (bits & UInt(0x7fffffffu)) > UInt(0x7f800000u);
  return xsimd::select(is_nan, UInt(0x7fc0u), rounded);
}

// round(x / scale) + zero, ties to even, at least 0, and at most 255 unless store_bytes() sees to
// that. NaN becomes 0 or 255.
template <class Target, class V>
HAYAGO_INLINE auto u8_values(V x, V inverse_scale, V zero) {
  V q = xsimd::max(mul_add(x, inverse_scale, zero), V(0.0f));
  if constexpr (!Target::kStoreSaturates) q = xsimd::min(q, V(255.0f));
  return xsimd::nearbyint_as_int(q);
}

// How one tensor is written.
template <class Target>
struct NarrowWriter {
  using V = typename Target::Vec;
  NarrowLayout layout;
  char* data;
  const float* inverse;  // of every channel; null = inverse_scale
  V inverse_scale, zero;
  int empty;  // the byte that borders and padding consist of
  const std::int16_t* fine;
  const float* addend;
  int fine_count, channels;  // channels: without those of fine ones

  HAYAGO_INLINE NarrowWriter(const NarrowLayout& to, const QuantizedAs& as, void* out)
      : layout(to),
        data(static_cast<char*>(out)),
        inverse(as.inverse),
        inverse_scale(1.0f / as.scale),
        zero(static_cast<float>(as.zero)),
        empty(to.type == NarrowType::kU8 ? as.zero : 0),
        fine(as.fine),
        addend(as.addend),
        fine_count(as.fine_count),
        channels(to.channels - fine_count) {}

  HAYAGO_INLINE char* pixel(int position, int index) const {
    return data + position * layout.position_bytes() +
           static_cast<std::size_t>(index) * layout.pixel_bytes();
  }

  HAYAGO_INLINE V inverse_of(int c) const {
    return inverse != nullptr ? load<V>(inverse + c) : inverse_scale;
  }

  // Channels [c, c + lanes) of a pixel. factor: `inverse` of these channels.
  HAYAGO_INLINE void store(char* to, int c, V x, V factor) const {
    if (layout.type == NarrowType::kU8) {
      Target::store_bytes(u8_values<Target>(x, factor, zero), to + c);
    } else if (Target::kStoresF16 && layout.type == NarrowType::kF16) {
      if constexpr (Target::kStoresF16) Target::store_f16(x, to + 2 * c);
    } else {
      Target::store_halves(bf16_bits(x), to + 2 * c);
    }
  }

  // The same of a tensor with fine channels. What these would leave over goes to `left`. more:
  // `addend` of these channels.
  HAYAGO_INLINE void store_split(char* to, int c, V x, V factor, V more, char* left) const {
    const V limit(255.0f);
    const V q = xsimd::min(xsimd::max(mul_add(x, factor, more), V(0.0f)), limit);
    const auto bytes = xsimd::nearbyint_as_int(q);
    Target::store_bytes(bytes, to + c);
    const V rest = (mul_add(x, factor, zero) - xsimd::to_float(bytes)) * V(float{kFineParts});
    Target::store_bytes(
        xsimd::nearbyint_as_int(xsimd::min(xsimd::max(rest + zero, V(0.0f)), limit)), left);
  }

  // Index of the first fine channel from c on.
  HAYAGO_INLINE int first_fine(int c) const {
    int i = 0;
    while (i < fine_count && fine[i] < c) ++i;
    return i;
  }
  // Fine channels [begin, end): `left` is what store_split() gave, of the channels from c on.
  HAYAGO_INLINE void store_fine(char* to, int begin, int end, const char* left, int c) const {
    for (int i = begin; i < end; ++i) to[channels + i] = left[fine[i] - c];
  }

  // The bytes of a pixel behind its channels.
  HAYAGO_INLINE void fill_rest(char* to) const {
    const int used = (padded(channels) + fine_count) * layout.element_bytes();
    if (used < layout.pixel_bytes()) std::memset(to + used, empty, layout.pixel_bytes() - used);
  }

  HAYAGO_INLINE void fill_border(int position) const {
    char* const begin = pixel(position, 0);
    const auto bytes = [&](int pixels) {
      return static_cast<std::size_t>(pixels) * layout.pixel_bytes();
    };
    std::memset(begin, empty, bytes(layout.pixel(0, 0)));
    for (int y = 0; y < layout.h; ++y) {
      std::memset(begin + bytes(layout.pixel(y, layout.w)), empty, bytes(1));
    }
    const std::size_t last = bytes(layout.pixel(layout.h, 0));
    std::memset(begin + last, empty, layout.position_bytes() - last);
  }
};

template <class Target>
void to_narrow(const float* in, int n, const NarrowLayout& layout, const QuantizedAs& as,
               void* out) noexcept {
  using V = typename Target::Vec;
  const NarrowWriter<Target> writer(layout, as, out);
  const int channels = padded(writer.channels);
  alignas(64) char left[kLanes<V>];
  for (int b = 0; b < n; ++b) {
    writer.fill_border(b);
    for (int y = 0; y < layout.h; ++y) {
      for (int x = 0; x < layout.w; ++x, in += channels) {
        char* const to = writer.pixel(b, layout.pixel(y, x));
        for (int c = 0, done = 0; c < channels; c += kLanes<V>) {
          const V factor = writer.inverse_of(c);
          if (writer.fine_count == 0) {
            writer.store(to, c, load<V>(in + c), factor);
            continue;
          }
          writer.store_split(to, c, load<V>(in + c), factor, load<V>(writer.addend + c), left);
          const int end = writer.first_fine(c + kLanes<V>);
          writer.store_fine(to, done, end, left, c);
          done = end;
        }
        writer.fill_rest(to);
      }
    }
  }
}

}  // namespace hayago::kernels
