#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/narrow/bf16_bits.h"
#include "kernels/narrow/f16_bits.h"
#include "kernels/narrow/kernel.h"
#include "kernels/narrow/winograd_weights.h"
#include "kernels/packed_weights.h"

namespace hayago::kernels {
namespace {

constexpr KernelLine<NarrowKernel> kLines[] = {
#define HAYAGO_KERNEL(isa, type, symbol, how) HAYAGO_KERNEL_LINE(isa, symbol)
#include "kernels/narrow/kernels.inc"
#undef HAYAGO_KERNEL
};

using Line = KernelLine<NarrowKernel>;

// For Winograd forms of that many outputs, 0: without. Null if only ref could and the limit is
// higher.
const Line* find_line(Isa limit, NarrowType type, int outputs = 0) {
  for (const Line& line : kLines) {
    const WinogradForm* form = line.kernel->winograd;
    if (line.kernel->type != type || (form == nullptr ? 0 : form->outputs) != outputs) continue;
    if (line.isa > limit || !isa_usable(line.isa)) continue;
    return line.isa == Isa::kRef && limit != Isa::kRef ? nullptr : &line;
  }
  return nullptr;
}

const Line& line_for(Isa limit, const NarrowShape& shape, int outputs = 0) {
  if ((shape.k != 1 && shape.k != 3) || shape.c_in < 1 || shape.c_out < 1) {
    throw std::invalid_argument("narrow convolution " + std::to_string(shape.k) + "x" +
                                std::to_string(shape.k) + ", " + std::to_string(shape.c_in) +
                                " to " + std::to_string(shape.c_out) +
                                " channels: kernels must be 1x1 or 3x3 and all sizes positive");
  }
  const Line* line = find_line(limit, shape.type, outputs);
  if (line != nullptr) return *line;
  throw std::runtime_error(std::string(narrow_name(shape.type)) + " needs a processor with " +
                           narrow_processors(shape.type) + "; the instruction set in use is '" +
                           std::string(isa_name(limit)) + "'");
}

class PackedNarrowConv final : public NarrowConv {
 public:
  PackedNarrowConv(const Line& line, const NarrowShape& shape, const void* weights)
      : line_(line),
        shape_(shape),
        packed_((line.kernel->packed_bytes(shape) + sizeof(float) - 1) / sizeof(float)) {
    line.kernel->pack(shape, weights, packed_.data());
  }

  // Of bytes that are multiplied as they are.
  void quantize(const ByteWeights& bytes, const QuantizedAs& in) {
    append_product(bytes.weights, line_.kernel->input_offset - in.zero);
    for (std::size_t o = 0; o < bytes.scales.size(); ++o) {
      if (!bytes.offsets.empty()) correction_[o] += bytes.offsets[o];
      multiplier_[o] = bytes.scales[o] * in.scale;
    }
  }

  // `products` are the packed weights, `bytes` what they were made of.
  void quantize(const ByteWeights& bytes, const QuantizedAs& in, const WinogradWeights& products,
                const WinogradSteps& steps) {
    const std::size_t outputs = bytes.scales.size();
    const std::size_t matrix = products.weights.size() / steps.factors.size();
    const auto stride = static_cast<std::size_t>(padded(shape_.c_out));
    for (std::size_t t = 0; t < steps.factors.size(); ++t) {
      factors_.push_back(static_cast<std::int16_t>(steps.factors[t]));
      zeros_.push_back(static_cast<std::int16_t>(steps.zeros[t]));
      append_product(std::span(products.weights).subspan(t * matrix, matrix),
                     line_.kernel->input_offset - steps.zeros[t]);
      for (std::size_t o = 0; o < outputs; ++o) {
        const float step =
            products.scales[t * outputs + o] * 32768.0f / static_cast<float>(steps.factors[t]);
        multiplier_[t * stride + o] = step * bytes.scales[o] * in.scale;
        if (bytes.offsets.empty() || static_cast<int>(t) != constant_product()) continue;
        correction_[t * stride + o] +=
            static_cast<std::int32_t>(std::lround(static_cast<float>(bytes.offsets[o]) / step));
      }
    }
    winograd_ = {factors_.data(), zeros_.data(), in.zero};
  }

  void run(const void* in, int n, int h, int w, const Epilogue& epilogue,
           const NarrowOut& narrow_out, const Share& share, void* scratch) const noexcept override {
    line_.kernel->run(shape_,
                      {in, packed_.data(), correction_.data(), multiplier_.data(), n, h, w,
                       narrow_out, share, winograd_, scratch},
                      epilogue);
  }
  std::size_t scratch_bytes(int parts) const override {
    return line_.kernel->scratch_bytes(shape_, parts);
  }
  Isa isa() const override { return line_.isa; }
  const char* algorithm() const override { return line_.kernel->algorithm; }

 private:
  // Weights (.., c_out) of one more product: what `zero` adds to every byte adds to the sums.
  void append_product(std::span<const std::int8_t> weights, int zero) {
    const auto outputs = static_cast<std::size_t>(shape_.c_out);
    const std::size_t at = correction_.size();
    correction_.resize(at + static_cast<std::size_t>(padded(shape_.c_out)), 0);
    multiplier_.resize(correction_.size(), 0.0f);
    for (std::size_t i = 0; i < weights.size(); i += outputs) {
      for (std::size_t o = 0; o < outputs; ++o) correction_[at + o] += weights[i + o];
    }
    for (std::size_t o = 0; o < outputs; ++o) correction_[at + o] *= zero;
  }

  // What is added to it appears in every output of a tile (winograd_forms.h).
  int constant_product() const { return line_.kernel->winograd->inputs + 1; }

  const Line& line_;
  NarrowShape shape_;
  PackedWeights packed_;
  std::vector<std::int32_t> correction_;
  std::vector<float> multiplier_;
  std::vector<std::int16_t> factors_, zeros_;
  WinogradBytes winograd_;
};

std::size_t weight_count(const NarrowShape& s) {
  return static_cast<std::size_t>(s.k) * static_cast<std::size_t>(s.k) *
         static_cast<std::size_t>(s.c_in) * static_cast<std::size_t>(s.c_out);
}

void check_count(const char* what, std::size_t is, std::size_t wanted) {
  if (is != wanted) {
    throw std::invalid_argument(std::string("narrow convolution: ") + std::to_string(is) + " " +
                                what + " instead of " + std::to_string(wanted));
  }
}

void check_bytes(const NarrowShape& shape, const ByteWeights& bytes) {
  const auto outputs = static_cast<std::size_t>(shape.c_out);
  check_count("weights", bytes.weights.size(), weight_count(shape));
  check_count("weight scales", bytes.scales.size(), outputs);
  if (!bytes.offsets.empty()) check_count("offsets", bytes.offsets.size(), outputs);
}

void check_range(const char* what, std::span<const int> values, int lowest, int highest) {
  for (const int value : values) {
    if (value >= lowest && value <= highest) continue;
    throw std::invalid_argument(std::string("narrow convolution: ") + what + " " +
                                std::to_string(value) + " (expected " + std::to_string(lowest) +
                                " to " + std::to_string(highest) + ")");
  }
}

}  // namespace

const char* narrow_name(NarrowType type) {
  constexpr const char* kNames[] = {"int8", "bf16", "fp16"};
  return kNames[static_cast<int>(type)];
}

const char* narrow_processors(NarrowType type) {
  constexpr const char* kProcessors[] = {"AVX2, AVX-VNNI, AVX-512 VNNI, AMX or NEON",
                                         "AVX-512 BF16 or AMX",
                                         "Arm's half-precision arithmetic (Armv8.2-A FP16)"};
  return kProcessors[static_cast<int>(type)];
}

std::vector<std::int8_t> fine_weights(std::span<const std::int8_t> weights, int c_in, int c_out,
                                      std::span<const std::int16_t> fine) {
  const auto outputs = static_cast<std::size_t>(c_out);
  const std::size_t tap = static_cast<std::size_t>(c_in) * outputs;
  std::vector<std::int8_t> result;
  for (std::size_t at = 0; at < weights.size(); at += tap) {
    const auto of_tap = weights.subspan(at, tap);
    result.insert(result.end(), of_tap.begin(), of_tap.end());
    for (const std::int16_t c : fine) {
      for (const std::int8_t w : of_tap.subspan(static_cast<std::size_t>(c) * outputs, outputs)) {
        result.push_back(static_cast<std::int8_t>(std::lround(w / double{kFineParts})));
      }
    }
  }
  return result;
}

std::unique_ptr<NarrowConv> make_narrow_conv_u8(Isa limit, const NarrowShape& shape,
                                                const ByteWeights& weights, const QuantizedAs& in) {
  const Line& line = line_for(limit, shape);
  check_bytes(shape, weights);
  auto conv = std::make_unique<PackedNarrowConv>(line, shape, weights.weights.data());
  conv->quantize(weights, in);
  return conv;
}

std::unique_ptr<NarrowConv> make_narrow_winograd(Isa limit, const NarrowShape& shape,
                                                 const ByteWeights& weights, const QuantizedAs& in,
                                                 const WinogradSteps& steps) {
  if (shape.k != 3 || shape.type != NarrowType::kU8 || (steps.outputs != 2 && steps.outputs != 4)) {
    throw std::invalid_argument(
        "narrow convolution: Winograd forms of bytes are 3x3 and of 2 or 4 outputs");
  }
  const Line& line = line_for(limit, shape, steps.outputs);
  check_bytes(shape, weights);
  const auto products = static_cast<std::size_t>(line.kernel->winograd->products());
  check_count("factors", steps.factors.size(), products);
  check_count("zero points", steps.zeros.size(), products);
  check_range("factor", steps.factors, 1, 32767);
  check_range("zero point", steps.zeros, 0, 255);
  const WinogradWeights transformed =
      transform_byte_weights(*line.kernel->winograd, shape.c_in, shape.c_out, weights.weights);
  auto conv = std::make_unique<PackedNarrowConv>(line, shape, transformed.weights.data());
  conv->quantize(weights, in, transformed, steps);
  return conv;
}

std::unique_ptr<NarrowConv> make_narrow_conv_float(Isa limit, const NarrowShape& shape,
                                                   std::span<const float> weights) {
  const Line& line = line_for(limit, shape);
  check_count("weights", weights.size(), weight_count(shape));
  std::vector<std::uint16_t> bits(weights.size());
  std::transform(weights.begin(), weights.end(), bits.begin(),
                 shape.type == NarrowType::kBf16 ? float_to_bf16 : float_to_f16);
  return std::make_unique<PackedNarrowConv>(line, shape, bits.data());
}

ToNarrowFn pick_to_narrow(Isa limit) {
  const Line* line = find_line(limit, NarrowType::kU8);
  return line != nullptr ? line->kernel->to_narrow : narrow_i8_ref.to_narrow;
}

std::vector<Isa> narrow_isas(Isa limit, NarrowType type) {
  std::vector<Isa> isas;
  for (const Line& line : kLines) {
    const bool usable = line.isa <= limit && isa_usable(line.isa);
    if (line.kernel->type == type && line.kernel->winograd == nullptr && usable &&
        line.isa != Isa::kRef)
      isas.push_back(line.isa);
  }
  return isas;
}

bool narrow_usable(Isa limit, NarrowType type) { return find_line(limit, type) != nullptr; }

}  // namespace hayago::kernels
