// What tests of narrow kernels share: tensors of bytes, random layers, the walk over the list.
#pragma once
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernels/narrow/kernel.h"
#include "tests/kernels/tensors.h"

namespace hayago::test {

using kernels::NarrowKernel;
using kernels::NarrowLayout;
using kernels::NarrowOut;
using kernels::NarrowShape;
using kernels::NarrowType;
using kernels::QuantizedAs;

inline const NarrowKernel& ref_of(NarrowType type) {
  return type == NarrowType::kU8 ? kernels::narrow_i8_ref : kernels::narrow_bf16_ref;
}

// Bytes in Guarded memory; `fill` 0xff makes NaN of bfloat16.
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

struct Size {
  NarrowShape shape;
  int n, h, w;
  int pixels() const { return h * w; }
  std::size_t outputs() const {
    return static_cast<std::size_t>(n) * pixels() * kernels::padded(shape.c_out);
  }
};

inline Size random_size(Rng& rng, NarrowType type) {
  Size size;
  size.shape = {type, coin(rng) ? 3 : 1, random_int(rng, 1, 150), random_int(rng, 1, 110)};
  size.n = random_int(rng, 1, 4);
  size.h = random_int(rng, 2, 11);
  size.w = random_int(rng, 2, 11);
  return size;
}

inline std::string describe(const Size& size) {
  return "kernel " + std::to_string(size.shape.k) + ", " + std::to_string(size.shape.c_in) +
         " to " + std::to_string(size.shape.c_out) + " channels, " + std::to_string(size.n) +
         " boards of " + std::to_string(size.h) + "x" + std::to_string(size.w);
}

inline QuantizedAs random_quantization(Rng& rng, NarrowType type) {
  if (type == NarrowType::kBf16) return {};
  return {0.01f * static_cast<float>(random_int(rng, 1, 5)), random_int(rng, 0, 255)};
}

// A scale for every channel.
inline Guarded random_inverse(Rng& rng, int channels) {
  Guarded inverse(static_cast<std::size_t>(kernels::padded(channels)));
  for (int c = 0; c < channels; ++c) inverse[c] = static_cast<float>(random_int(rng, 4, 90));
  return inverse;
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
  static constexpr NamedKernel<NarrowKernel> kKernels[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_NAMED_KERNEL(isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL
  };
  for (const auto& [symbol, isa, kernel] : kKernels) {
    if (!isa_usable(isa)) continue;
    INFO(symbol);
    check(*kernel, isa);
  }
}

}  // namespace hayago::test
