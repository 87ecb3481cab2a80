// Plain loops over the same tensors, exact integer or double sums: the truth.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/cpu/ref.h"
#include "kernels/narrow/bf16_bits.h"
#include "kernels/narrow/f16_bits.h"
#include "kernels/narrow/kernel.h"

namespace hayago::kernels {

// The same float operations as the kernels, so that ties fall the same way.
inline std::uint8_t ref_to_u8(float x, int c, const QuantizedAs& as) {
  const float inverse = as.inverse != nullptr ? as.inverse[c] : 1.0f / as.scale;
  const float q = std::fma(x, inverse, static_cast<float>(as.zero));
  return static_cast<std::uint8_t>(std::nearbyint(std::min(std::max(q, 0.0f), 255.0f)));
}

inline void ref_store(const NarrowLayout& layout, const QuantizedAs& as, char* pixel, int c,
                      float x) {
  if (layout.type == NarrowType::kU8) {
    reinterpret_cast<std::uint8_t*>(pixel)[c] = ref_to_u8(x, c, as);
  } else {
    const std::uint16_t bits =
        layout.type == NarrowType::kBf16 ? float_to_bf16(x) : float_to_f16(x);
    std::memcpy(pixel + 2 * c, &bits, sizeof bits);
  }
}

// All channels of a pixel of a tensor, with those of the fine ones.
inline void ref_store_pixel(const NarrowLayout& layout, const QuantizedAs& as, char* pixel,
                            const float* x) {
  const int channels = layout.channels - as.fine_count;
  for (int c = 0; c < channels; ++c) ref_store(layout, as, pixel, c, x[c]);
  for (int i = 0; i < as.fine_count; ++i) {
    const std::int16_t c = as.fine[i];
    const auto zero = static_cast<float>(as.zero);
    const float rounded = std::fma(x[c], as.inverse[c], as.addend[c]);
    const float q = std::nearbyint(std::min(std::max(rounded, 0.0f), 255.0f));
    const float left = (std::fma(x[c], as.inverse[c], zero) - q) * kFineParts + zero;
    auto* const bytes = reinterpret_cast<std::uint8_t*>(pixel);
    bytes[c] = static_cast<std::uint8_t>(q);
    bytes[channels + i] =
        static_cast<std::uint8_t>(std::nearbyint(std::min(std::max(left, 0.0f), 255.0f)));
  }
}

inline void ref_clear(const NarrowLayout& layout, const QuantizedAs& as, int n, void* out) {
  const int empty = layout.type == NarrowType::kU8 ? as.zero : 0;
  std::memset(out, empty, static_cast<std::size_t>(n) * layout.position_bytes());
}

inline char* ref_pixel(const NarrowLayout& layout, void* data, int n, int y, int x) {
  return static_cast<char*>(data) + static_cast<std::size_t>(n) * layout.position_bytes() +
         static_cast<std::size_t>(layout.pixel(y, x)) *
             static_cast<std::size_t>(layout.pixel_bytes());
}

inline void ref_to_narrow(const float* in, int n, const NarrowLayout& layout, const QuantizedAs& as,
                          void* out) noexcept {
  ref_clear(layout, as, n, out);
  for (int b = 0; b < n; ++b) {
    const int channels = layout.channels - as.fine_count;
    for (int p = 0; p < layout.h * layout.w; ++p, in += padded(channels)) {
      ref_store_pixel(layout, as, ref_pixel(layout, out, b, p / layout.w, p % layout.w), in);
    }
  }
}

// Weights stay in file order, as elements of the type.
inline std::size_t ref_packed_bytes(const NarrowShape& s) {
  const auto elements = static_cast<std::size_t>(s.k) * static_cast<std::size_t>(s.k) *
                        static_cast<std::size_t>(s.c_in) * static_cast<std::size_t>(s.c_out);
  return elements * (s.type == NarrowType::kU8 ? 1 : 2);
}
inline void ref_pack(const NarrowShape& s, const void* weights, void* packed) {
  std::memcpy(packed, weights, ref_packed_bytes(s));
}

inline std::size_t ref_scratch_bytes(const NarrowShape&, int) { return 0; }

// acc_at(position, y, x, o) is the sum that the epilogue begins with.
template <class AccAt>
void ref_finish_all(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue,
                    AccAt acc_at) {
  const NarrowLayout out{run.narrow_out.type, s.c_out + run.narrow_out.as.fine_count, run.h, run.w};
  if (run.narrow_out.data != nullptr) {
    ref_clear(out, run.narrow_out.as, run.n, run.narrow_out.data);
  }
  const auto stride = static_cast<std::size_t>(padded(s.c_out));
  const int pixels = run.h * run.w;
  for (int b = 0; b < run.n; ++b) {
    for (int p = 0; p < pixels; ++p) {
      const int y = p / run.w, x = p % run.w;
      const auto row = static_cast<std::size_t>(b * pixels + p);
      std::vector<float> act(stride);
      Epilogue e = epilogue;
      e.act_out = act.data() - row * stride;
      for (int o = 0; o < padded(s.c_out); ++o) {
        ref_finish(e, row, static_cast<std::size_t>(b), o, stride, acc_at(b, y, x, o));
      }
      if (epilogue.act_out != nullptr) {
        std::copy(act.begin(), act.end(), epilogue.act_out + row * stride);
      }
      if (run.narrow_out.data == nullptr) continue;
      ref_store_pixel(out, run.narrow_out.as, ref_pixel(out, run.narrow_out.data, b, y, x),
                      act.data());
    }
  }
}

// product(pixel, i, weight) is the product of one input with one weight, acc_of turns a total into
// acc.
template <class Sum, class Product, class AccOf>
void ref_run(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue, Product product,
             AccOf acc_of) {
  if (!run.share.is_first()) return;
  const NarrowLayout in{s.type, s.c_in, run.h, run.w};
  ref_finish_all(s, run, epilogue, [&](int b, int y, int x, int o) {
    Sum total = 0;
    for (int tap = 0; o < s.c_out && tap < s.k * s.k; ++tap) {
      const char* const pixel = ref_pixel(in, const_cast<void*>(run.in), b, y + tap / s.k - s.k / 2,
                                          x + tap % s.k - s.k / 2);
      for (int i = 0; i < s.c_in; ++i) {
        const auto weight = static_cast<std::size_t>((tap * s.c_in + i) * s.c_out + o);
        total += product(pixel, i, weight);
      }
    }
    return acc_of(total, o);
  });
}

// The same of elements of 16 bits, which to_float turns into numbers.
template <class ToFloat>
void ref_run_floats(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue,
                    ToFloat to_float) {
  const auto* weights = static_cast<const std::uint16_t*>(run.packed);
  ref_run<double>(
      s, run, epilogue,
      [&](const char* pixel, int i, std::size_t weight) {
        std::uint16_t bits;
        std::memcpy(&bits, pixel + 2 * i, sizeof bits);
        return static_cast<double>(to_float(bits)) * static_cast<double>(to_float(weights[weight]));
      },
      [](double total, int) { return total; });
}

}  // namespace hayago::kernels
