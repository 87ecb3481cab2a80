#include "kernels/timing.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "kernels/attention/kernel.h"
#include "kernels/conv/kernel.h"
#include "kernels/gate/kernel.h"
#include "kernels/gemm/kernel.h"
#include "kernels/gpool/kernel.h"
#include "kernels/narrow/kernel.h"
#include "kernels/narrow_attention/kernel.h"
#include "kernels/normact/kernel.h"
#include "kernels/packed_weights.h"
#include "kernels/rmsnorm/kernel.h"

namespace hayago::kernels {
namespace {

constexpr int kEdge = 19, kPixels = kEdge * kEdge, kChannels = 96, kHeads = 3, kDim = 32;

using Floats = PackedWeights;

Floats tensor() { return Floats(static_cast<std::size_t>(kPixels) * kChannels, 0.25f); }

double fastest(double seconds, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  double best = 1e9;
  call();  // touches the memory
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    call();
    best = std::min(best, Seconds(Clock::now() - begin).count());
  } while (Seconds(Clock::now() - start).count() < seconds);
  return best;
}

KernelTiming time_one(const ConvKernel& kernel, double seconds) {
  const ConvShape shape = {3, 3, kChannels, kChannels};
  const Floats weights(9 * kChannels * kChannels, 0.25f), in = tensor();
  Floats packed(kernel.packed_size(shape)), out = tensor();
  Floats scratch(kernel.scratch_bytes(shape, 1, kEdge, kEdge, 1) / sizeof(float) + 1);
  kernel.pack(shape, weights.data(), packed.data());
  Epilogue epilogue;
  epilogue.act = Act::kRelu;
  epilogue.act_out = out.data();
  return {"3x3, 96 to 96 channels",
          fastest(seconds,
                  [&] {
                    kernel.run(shape, packed.data(), in.data(), 1, kEdge, kEdge, epilogue,
                               scratch.data(), {});
                  }),
          9.0 * kPixels * kChannels * kChannels};
}

KernelTiming time_one(const GemmKernel& kernel, double seconds) {
  const Floats weights(kChannels * kChannels, 0.25f), in = tensor();
  Floats packed(kernel.packed_size({kChannels, kChannels})), out = tensor();
  kernel.pack({kChannels, kChannels}, weights.data(), packed.data());
  Epilogue epilogue;
  epilogue.raw_out = out.data();
  return {"96 to 96 channels",
          fastest(seconds,
                  [&] {
                    kernel.run({kChannels, kChannels}, packed.data(), in.data(), kPixels, kPixels,
                               epilogue, {});
                  }),
          1.0 * kPixels * kChannels * kChannels};
}

KernelTiming time_one(const NarrowKernel& kernel, double seconds) {
  const NarrowShape shape = {kernel.type, 3, kChannels, kChannels};
  const NarrowLayout layout{kernel.type, kChannels, kEdge, kEdge};
  const auto floats = [](std::size_t bytes) { return Floats(bytes / sizeof(float) + 1); };
  const WinogradForm direct, &form = kernel.winograd != nullptr ? *kernel.winograd : direct;
  const std::size_t products = std::max(form.products(), 1);
  const Floats weights(9 * kChannels * kChannels), ones(products * kChannels, 1.0f);
  const std::vector<std::int32_t> correction(products * kChannels);
  const std::vector<std::int16_t> factors(products, 100), zeros(products, 128);
  Floats scratch = floats(kernel.scratch_bytes(shape, 1));
  const Floats in = floats(layout.bytes(1));
  Floats packed = floats(kernel.packed_bytes(shape)), out = floats(layout.bytes(1));
  kernel.pack(shape, weights.data(), packed.data());
  const NarrowRun run = {in.data(),
                         packed.data(),
                         correction.data(),
                         ones.data(),
                         1,
                         kEdge,
                         kEdge,
                         {out.data(), kernel.type, {}},
                         {},
                         {factors.data(), zeros.data(), 0},
                         scratch.data()};
  Epilogue epilogue;
  epilogue.act = Act::kRelu;
  return {"3x3, 96 to 96 channels", fastest(seconds, [&] { kernel.run(shape, run, epilogue); }),
          9.0 * kPixels * kChannels * kChannels};
}

KernelTiming time_one(const NormActKernel& kernel, double seconds) {
  const Floats in = tensor();
  Floats out = tensor();
  return {"mish, 96 channels",
          fastest(seconds,
                  [&] {
                    kernel.normact(in.data(), kPixels, kChannels, nullptr, nullptr, Act::kMish,
                                   nullptr, out.data());
                  }),
          0};
}

KernelTiming time_one(const PoolKernel& kernel, double seconds) {
  const Floats in = tensor();
  Floats out(3 * kChannels);
  const float area = kPixels;
  return {
      "96 channels",
      fastest(seconds,
              [&] { kernel.gpool(in.data(), 1, kPixels, kChannels, nullptr, &area, out.data()); }),
      0};
}

KernelTiming time_one(const RmsNormKernel& kernel, double seconds) {
  const Floats in = tensor(), gamma(kChannels, 1.0f);
  Floats out = tensor();
  RmsNormArgs args;
  args.n = 1;
  args.pixels = kPixels;
  args.c = kChannels;
  args.gamma = gamma.data();
  return {"96 channels", fastest(seconds, [&] { kernel.per_pixel(in.data(), args, out.data()); }),
          0};
}

KernelTiming time_one(const GateKernel& kernel, double seconds) {
  const Floats a = tensor(), g = tensor();
  Floats out = tensor();
  return {"96 channels",
          fastest(seconds,
                  [&] { kernel.silu_gate(a.data(), g.data(), kPixels, kChannels, out.data()); }),
          0};
}

KernelTiming time_attention(AttentionFn attention, std::size_t scratch_bytes,
                            const AttentionArgs& args, double seconds) {
  const Floats q = tensor();
  Floats out = tensor(), scratch(scratch_bytes / sizeof(float));
  return {
      "3 heads of 32",
      fastest(seconds,
              [&] { attention(q.data(), q.data(), q.data(), args, out.data(), scratch.data()); }),
      2.0 * kPixels * kPixels * kHeads * kDim};
}

constexpr AttentionArgs kAttentionArgs = {1, kPixels, kHeads, kHeads, kDim, kDim, nullptr};

KernelTiming time_one(const AttentionKernel& kernel, double seconds) {
  return time_attention(kernel.attention, attention_scratch_bytes(kAttentionArgs), kAttentionArgs,
                        seconds);
}

KernelTiming time_one(const NarrowAttentionKernel& kernel, double seconds) {
  return time_attention(kernel.attention, narrow_attention_scratch_bytes(kAttentionArgs),
                        kAttentionArgs, seconds);
}

}  // namespace

#define HAYAGO_KERNEL(isa, type, name, how) \
  HAYAGO_ON_##isa(                          \
      if (symbol == #name && isa_usable(kIsa_##isa)) { return time_one(name, seconds); })
std::optional<KernelTiming> time_kernel(std::string_view symbol, double seconds) {
#include "kernels/attention/kernels.inc"
#include "kernels/conv/kernels.inc"
#include "kernels/gate/kernels.inc"
#include "kernels/gemm/kernels.inc"
#include "kernels/gpool/kernels.inc"
#include "kernels/narrow/kernels.inc"
#include "kernels/narrow_attention/kernels.inc"
#include "kernels/normact/kernels.inc"
#include "kernels/rmsnorm/kernels.inc"
  return std::nullopt;
}
#undef HAYAGO_KERNEL

}  // namespace hayago::kernels
