// Convolutions 1x1 and 3x3 with zero padding, and matrix products over pixels (which are 1x1), of
// narrow activations with narrow weights:
//   kU8    acc(row, o) = wscale[o] * scale * sum over taps and i of (q[i] - zero) * w[tap][i][o]
//          with w in -127..127: the sum is an exact integer (c_in up to 7000)
//          The Winograd forms make bytes of transformed inputs and weights: the sum is rounded
//          then.
//   kBf16  acc(row, o) = sum of in[i] * w[tap][i][o] in float, w rounded to bfloat16
//   kF16   the same with w rounded to half, beyond +-65504 to +-65504 as activations are; 64
//          products at a time are added up in half, and become infinite beyond that range
// and then the epilogue of kernels/types.h in float, whose act_out may be narrow as well.
// design/quantization.md; instructions: Intel's AVX512_VNNI, AVX_VNNI, AVX512_BF16, AMX, and Arm's
// SDOT and FP16.
//
// kU8 results are the same on every ISA up to the rounding of the epilogue. kBf16: |error| <= 2e-5
// * sqrt(k*k*c_in) * rms(in) * rms(w) against the exact sum of the rounded operands; processors may
// take subnormal operands for 0. kF16: 2e-2 instead of 2e-5, but in the mean (rms) 1.5e-3.
// Activations, which usually are rounded to 8 bits next, have a relative error of up to 3e-4.
// Numbers of a position never depend on the batch.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/isa.h"
#include "kernels/narrow/layout.h"
#include "kernels/share.h"
#include "kernels/types.h"

namespace hayago::kernels {

// What the bytes of a kU8 tensor stand for: scale * (q - zero), or, where every channel has a scale
// of its own, (q - zero) / inverse[c]; a product's weights have taken those in.
//
// Channels for which 256 values are too few are fine: q is rounded down, and what that leaves over,
// in parts of 1 / kFineParts of a step, is a further channel behind the others, with the same zero:
// x = (q - zero + (left - zero) / kFineParts) / inverse[c]. To a product they are channels like
// others; fine_weights() makes their weights.
struct QuantizedAs {
  float scale = 1;
  int zero = 0;  // 0..255 - kFineParts where channels are fine
  // The rest is only used where bytes are written.
  const float* inverse = nullptr;  // (padded(channels))
  // Of fine channels: their indices, rising, and for every channel what is added before rounding to
  // nearest, the zero or half less. Then the channels without theirs fill vectors
  // (padded(c) == c), and inverse is given.
  const std::int16_t* fine = nullptr;  // (fine_count)
  int fine_count = 0;
  const float* addend = nullptr;  // (padded(channels))
};
inline constexpr int kFineParts = 8;

struct NarrowShape {
  NarrowType type = NarrowType::kU8;
  int k = 3;  // 1 or 3
  int c_in = 0, c_out = 0;
};

// A narrow tensor to be written instead of, or beside, Epilogue::act_out.
struct NarrowOut {
  void* data = nullptr;  // NarrowLayout{type, c_out + fine channels, h, w}; null = none
  NarrowType type = NarrowType::kU8;
  QuantizedAs as;  // of kU8
};

// Packed weights for one kernel of one ISA. Immutable, shared by threads.
class NarrowConv {
 public:
  virtual ~NarrowConv() = default;
  // in: NarrowLayout{type, c_in, h, w} of n positions. Outputs must not overlap `in`. Every thread
  // of the share's group calls it with the same arguments; all has been done when all have
  // returned.
  virtual void run(const void* in, int n, int h, int w, const Epilogue& epilogue,
                   const NarrowOut& narrow_out, const Share& share = {},
                   void* scratch = nullptr) const noexcept = 0;
  // Of 64-byte aligned scratch that a group of `parts` threads shares in a call of run(); 0 for
  // all but Winograd forms.
  virtual std::size_t scratch_bytes(int parts) const = 0;
  virtual Isa isa() const = 0;
  virtual const char* algorithm() const = 0;
};

// Integer weights in file order [ky][kx][c_in][c_out] and what belongs to the outputs.
struct ByteWeights {
  std::span<const std::int8_t> weights;
  std::span<const float> scales;          // (c_out)
  std::span<const std::int32_t> offsets;  // (c_out), added to the sums; may be empty
};

// Weights [taps][c_in][c_out] with those of the fine channels behind every tap's:
// round(w / kFineParts). c_in does not count them.
std::vector<std::int8_t> fine_weights(std::span<const std::int8_t> weights, int c_in, int c_out,
                                      std::span<const std::int16_t> fine);

// Bytes of the a*a products of Winograd F(m x m, 3 x 3), a = m + 2: product t of a tile's inputs, v
// in steps of the input, is round(v * factors[t] / 2^15) + zeros[t]. A factor of 2^15 would be
// exact and is the limit.
struct WinogradSteps {
  int outputs = 0;               // m: 2 or 4
  std::span<const int> factors;  // (a*a), 1..32767
  std::span<const int> zeros;    // (a*a), 0..255
};

// B^T of these forms, whose elements are integers: a rows.
std::vector<std::vector<int>> winograd_input_rows(int outputs);

// The fastest kernel up to `limit`. Of `in`, scale and zero count. Float weights are in file order.
// Both throw std::invalid_argument for a shape that is not supported and
// std::runtime_error if no kernel but ref could run it and the limit is not ref.
std::unique_ptr<NarrowConv> make_narrow_conv_u8(Isa limit, const NarrowShape& shape,
                                                const ByteWeights& weights, const QuantizedAs& in);
// A Winograd form of a 3x3 convolution; the limit may be one that has none: kRef.
std::unique_ptr<NarrowConv> make_narrow_winograd(Isa limit, const NarrowShape& shape,
                                                 const ByteWeights& weights, const QuantizedAs& in,
                                                 const WinogradSteps& steps);
// kBf16 and kF16.
std::unique_ptr<NarrowConv> make_narrow_conv_float(Isa limit, const NarrowShape& shape,
                                                   std::span<const float> weights);

// (n, h*w, c) floats to a narrow tensor with its border; layout.channels counts the fine ones, too.
using ToNarrowFn = void (*)(const float* in, int n, const NarrowLayout& layout,
                            const QuantizedAs& as, void* out) noexcept;
// Writes kF16 where the limit is ref or narrow_usable(limit, kF16).
ToNarrowFn pick_to_narrow(Isa limit);

// "int8", "bf16", "fp16", and the processors that have kernels for it, to follow "needs a processor
// with".
const char* narrow_name(NarrowType type);
const char* narrow_processors(NarrowType type);

// Whether a kernel other than ref exists up to `limit` on this machine.
bool narrow_usable(Isa limit, NarrowType type);

// The instruction sets of those kernels, best first.
std::vector<Isa> narrow_isas(Isa limit, NarrowType type);

}  // namespace hayago::kernels
