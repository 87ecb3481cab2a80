// Layers with random narrow weights and inputs, for the tests of kernels/narrow.
#pragma once
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernels/narrow/bf16_bits.h"
#include "kernels/narrow/f16_bits.h"
#include "kernels/narrow/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {

using kernels::NarrowKernel;
using kernels::NarrowLayout;
using kernels::NarrowOut;
using kernels::NarrowShape;
using kernels::NarrowType;
using kernels::QuantizedAs;

inline const NamedKernel<NarrowKernel> kNarrowKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL
};

inline const NarrowKernel& ref_of(NarrowType type) {
  if (type == NarrowType::kF16) return kernels::narrow_f16_ref;
  return type == NarrowType::kU8 ? kernels::narrow_i8_ref : kernels::narrow_bf16_ref;
}

// Those that this machine's kernels write: kF16 only where it is multiplied, too.
inline std::vector<NarrowType> types_here() {
  std::vector<NarrowType> types = {NarrowType::kU8, NarrowType::kBf16};
  if (kernels::narrow_usable(kernels::best_isa(), NarrowType::kF16)) {
    types.push_back(NarrowType::kF16);
  }
  return types;
}
inline NarrowType random_type(Rng& rng) {
  const std::vector<NarrowType> types = types_here();
  return types[static_cast<std::size_t>(random_int(rng, 0, static_cast<int>(types.size()) - 1))];
}

// Bytes in Guarded memory; `fill` 0xff makes NaN of 16-bit floats.
struct Bytes {
  explicit Bytes(std::size_t count, int fill = 0xff)
      : floats(std::make_unique<Guarded>((count + 3) / 4)), size(count) {
    std::memset(floats->data(), fill, floats->size() * sizeof(float));
  }
  char* data() { return reinterpret_cast<char*>(floats->data()); }
  const char* data() const { return reinterpret_cast<const char*>(floats->data()); }
  bool intact() const { return floats->intact(); }
  std::unique_ptr<Guarded> floats;
  std::size_t size;
};

// A tensor as a producer leaves it: the spare rows behind it are full of NaN.
inline Bytes narrow_tensor(const NarrowLayout& layout, const QuantizedAs& as, const Guarded& values,
                           int n) {
  Bytes tensor(layout.bytes(n));
  ref_of(layout.type).to_narrow(values.data(), n, layout, as, tensor.data());
  return tensor;
}

struct NarrowSize {
  NarrowShape shape;
  int n, h, w;
  int pixels() const { return h * w; }
  std::size_t outputs() const {
    return static_cast<std::size_t>(n) * pixels() * kernels::padded(shape.c_out);
  }
};

// A layer with random weights, inputs and constants.
struct NarrowLayerCase {
  NarrowSize size;
  QuantizedAs as;
  Bytes in, weights;
  std::vector<std::int32_t> correction;  // of an input offset of 0
  std::vector<std::int32_t> weight_sums;
  std::vector<float> multiplier;
  double unit;  // of rounding errors

  NarrowLayerCase(Rng& rng, const NarrowSize& s, bool unit_scales = false)
      : size(s), as(random_quantization(rng, s.shape.type)), in(1), weights(1) {
    const Guarded values =
        random_rows(rng, static_cast<std::size_t>(s.n) * s.pixels(), s.shape.c_in);
    const NarrowLayout layout{s.shape.type, s.shape.c_in, s.h, s.w};
    in = narrow_tensor(layout, as, values, s.n);
    random_weights(rng);
    const auto channels = static_cast<std::size_t>(kernels::padded(s.shape.c_out));
    multiplier.assign(channels, 0.0f);
    for (int o = 0; o < s.shape.c_out; ++o) {
      multiplier[o] = unit_scales ? 1.0f : 0.01f * as.scale * static_cast<float>(o % 7 + 1);
    }
    correction.assign(channels, 0);
    for (std::size_t o = 0; o < channels; ++o) correction[o] = -as.zero * weight_sums[o];
  }

  static QuantizedAs random_quantization(Rng& rng, NarrowType type) {
    if (type != NarrowType::kU8) return {};
    return {0.01f * static_cast<float>(random_int(rng, 1, 5)), random_int(rng, 0, 255)};
  }

  void random_weights(Rng& rng) {
    const NarrowShape& s = size.shape;
    const auto count = static_cast<std::size_t>(s.k) * s.k * s.c_in * s.c_out;
    weight_sums.assign(static_cast<std::size_t>(kernels::padded(s.c_out)), 0);
    weights = Bytes(count * 2);
    for (std::size_t i = 0; i < count; ++i) {
      if (s.type == NarrowType::kU8) {
        const int w = random_int(rng, 0, 9) == 0 ? 127 : random_int(rng, -127, 127);
        weights.data()[i] = static_cast<char>(w);
        weight_sums[i % s.c_out] += w;
      } else {
        const float w = 0.25f * static_cast<float>(random_int(rng, -500, 500));
        const std::uint16_t bits =
            s.type == NarrowType::kBf16 ? kernels::float_to_bf16(w) : kernels::float_to_f16(w);
        std::memcpy(weights.data() + 2 * i, &bits, sizeof bits);
      }
    }
    // rms of inputs is about 1, of weights 72
    unit = std::sqrt(static_cast<double>(s.k) * s.k * s.c_in) * 72;
  }

  void run(const NarrowKernel& kernel, const kernels::Epilogue& epilogue, const NarrowOut& out,
           int first = 0, int count = -1) const {
    Bytes packed(kernel.packed_bytes(size.shape));
    kernel.pack(size.shape, weights.data(), packed.data());
    CHECK(packed.intact());
    std::vector<std::int32_t> corrected = correction;
    for (std::size_t o = 0; o < corrected.size(); ++o) {
      corrected[o] += kernel.input_offset * weight_sums[o];
    }
    const NarrowLayout layout{size.shape.type, size.shape.c_in, size.h, size.w};
    kernel.run(size.shape,
               {in.data() + first * layout.position_bytes(), packed.data(), corrected.data(),
                multiplier.data(), count < 0 ? size.n : count, size.h, size.w, out},
               epilogue);
    CHECK(packed.intact());
  }
};

inline NarrowSize random_narrow_size(Rng& rng, NarrowType type) {
  NarrowSize size;
  size.shape = {type, coin(rng) ? 3 : 1, random_int(rng, 1, 150), random_int(rng, 1, 110)};
  size.n = random_int(rng, 1, 4);
  size.h = random_int(rng, 2, 11);
  size.w = random_int(rng, 2, 11);
  return size;
}

// A scale for every channel.
inline Guarded random_inverse(Rng& rng, int channels) {
  Guarded inverse(static_cast<std::size_t>(kernels::padded(channels)));
  for (int c = 0; c < channels; ++c) inverse[c] = static_cast<float>(random_int(rng, 4, 90));
  return inverse;
}

inline std::string describe(const NarrowSize& size) {
  return "kernel " + std::to_string(size.shape.k) + ", " + std::to_string(size.shape.c_in) +
         " to " + std::to_string(size.shape.c_out) + " channels, " + std::to_string(size.n) +
         " boards of " + std::to_string(size.h) + "x" + std::to_string(size.w);
}

// A quantization with some fine channels of `channels`, a multiple of 16.
struct FineCase {
  Guarded inverse, addend;
  std::vector<std::int16_t> fine;
  QuantizedAs as;

  FineCase(Rng& rng, int channels)
      : inverse(random_inverse(rng, channels)), addend(static_cast<std::size_t>(channels)) {
    as = {0.25f, random_int(rng, 0, 255 - kernels::kFineParts)};
    const int share = random_int(rng, 1, 4);
    for (int c = 0; c < channels; ++c) {
      const bool is_fine = random_int(rng, 1, share) == 1;
      if (is_fine) fine.push_back(static_cast<std::int16_t>(c));
      addend[c] = static_cast<float>(as.zero) - (is_fine ? 0.5f : 0.0f);
    }
    as.inverse = inverse.data();
    as.fine = fine.data();
    as.fine_count = static_cast<int>(fine.size());
    as.addend = addend.data();
  }
};

// check(kernel, isa) for every line of the list that this processor can run.
template <class Check>
void for_narrow_kernels(Check check) {
  for (const auto& [symbol, isa, kernel] : kNarrowKernels) {
    if (!isa_usable(isa)) continue;
    INFO(symbol);
    check(*kernel, isa);
  }
}

// Every usable kernel of the type but ref and the Winograd forms, which have a test of their own.
template <class Check>
void for_kernels(NarrowType type, Check check) {
  for_narrow_kernels([&](const NarrowKernel& kernel, kernels::Isa isa) {
    const bool plain = kernel.winograd == nullptr && isa != kernels::Isa::kRef;
    if (plain && kernel.type == type) check(kernel);
  });
}

}  // namespace hayago::test
