// Normalisation-activation, gate, rotary embedding and input kernels of the GPU against ref.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "kernels/attention/kernel.h"
#include "kernels/gate/kernel.h"
#include "kernels/normact/kernel.h"
#include "tests/kernels/gpu_support.h"

namespace hayago::test {
namespace {

using kernels::Act;
using kernels::gpu_padded;
using kernels::GpuType;
using kernels::padded;

// --- norm_act -----------------------------------------------------------------------------------
struct NormActCase {
  NormActCase(Rng& rng, GpuType storage)
      : type(storage),
        n(random_int(rng, 1, 3)),
        h(random_int(rng, 2, 9)),
        w(random_int(rng, 2, 9)),
        c(random_int(rng, 1, 70)),
        act(static_cast<Act>(random_int(rng, 0, 3))),
        use_row(coin(rng)),
        use_residual(coin(rng)),
        use_scale(coin(rng)),
        use_shift(coin(rng)),
        use_mask(random_int(rng, 0, 3) > 0),
        mask_in(coin(rng)),
        mask_out(coin(rng)),
        place(random_int(rng, 0, 2)),
        in(random_rows(rng, rows(), c, 3.0f)),
        row(random_rows(rng, n, c)),
        residual(random_rows(rng, rows(), c)),
        scale(random_rows(rng, 1, c)),
        shift(random_rows(rng, 1, c)),
        mask(random_mask(rng, n, h, w)) {
    round_to(type, in);
    round_to(type, residual);
  }
  std::size_t rows() const { return static_cast<std::size_t>(n) * h * w; }

  // With the steps of struct GpuNormAct in front of ref.
  Guarded exact() const {
    Guarded sum(in.size()), out(in.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      const std::size_t at = i / padded(c);
      sum[i] = use_mask && mask_in && mask[at] == 0 ? 0.0f : in[i];
      if (use_row) sum[i] += row[at / (h * w) * padded(c) + i % padded(c)];
      if (use_residual) sum[i] += residual[i];
    }
    kernels::normact_f32_ref.normact(sum.data(), static_cast<int>(rows()), c,
                                     use_scale ? scale.data() : nullptr,
                                     use_shift ? shift.data() : nullptr, act,
                                     use_mask && mask_out ? mask.data() : nullptr, out.data());
    return out;
  }

  GpuType type;
  int n, h, w, c;
  Act act;
  bool use_row, use_residual, use_scale, use_shift, use_mask, mask_in, mask_out;
  int place;  // of the output: 1 = the input, 2 = the residual
  Guarded in, row, residual, scale, shift, mask;
};

void check_norm_act(GpuBench& bench, NormActCase& test) {
  const int pixels = test.h * test.w, c = test.c;
  const Guarded exact = test.exact();
  if (test.use_mask && test.mask_in) poison_off_board(test.in, test.mask, c);
  const GpuArrayPtr in = upload_rows(bench, test.type, test.in, c),
                    row = upload_rows(bench, GpuType::kF32, test.row, c),
                    residual = upload_rows(bench, test.type, test.residual, c),
                    scale = upload_rows(bench, GpuType::kF32, test.scale, c),
                    shift = upload_rows(bench, GpuType::kF32, test.shift, c),
                    mask = upload_mask(bench, test.mask),
                    fresh = poisoned_rows(bench, test.type, test.rows(), c),
                    alone = poisoned_rows(bench, test.type, pixels, c);
  kernels::GpuNormAct args;
  args.in = in->at();
  if (test.use_row) args.row = row->floats();
  if (test.use_residual) args.residual = residual->at();
  if (test.use_scale) args.scale = scale->floats();
  if (test.use_shift) args.shift = shift->floats();
  args.act = test.act;
  if (test.use_mask) args.mask = mask->bytes();
  args.mask_in = test.mask_in;
  args.mask_out = test.mask_out;
  args.n = test.n, args.pixels = pixels, args.c = c;

  // The last position in a batch of its own first, before outputs overwrite inputs.
  kernels::GpuNormAct one = args;
  const std::size_t last = static_cast<std::size_t>(test.n - 1);
  const std::size_t bytes = last * pixels * gpu_padded(c) * element_bytes(test.type);
  one.n = 1;
  one.in = in->at(bytes);
  if (test.use_row) one.row = row->floats(last * gpu_padded(c));
  if (test.use_residual) one.residual = residual->at(bytes);
  if (test.use_mask) one.mask = mask->bytes(last * pixels);
  one.out = alone->at();
  bench.finish(bench.kernels().norm_act(test.type, one, bench.stream));

  const GpuArray& out = test.place == 1 ? *in : test.place == 2 ? *residual : *fresh;
  args.out = out.at();
  bench.finish(bench.kernels().norm_act(test.type, args, bench.stream));
  const Guarded value = download_rows(test.type, out, c);
  check_close(test.type, exact, value, 4e-6, 4e-6);  // normact.h
  if (test.use_mask && test.mask_out) CHECK(zero_off_mask(value, test.mask.data(), c));
  check_same_bytes(*alone, out, bytes);
}

HAYAGO_GPU_TEST(norm_act, "GPU norm_act agrees with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(60, 200); ++i) {
    for (const GpuType type : kFloatingTypes) {
      NormActCase test(bench.rng, type);
      INFO(type_name(type) << ", " << test.n << " boards of " << test.h << "x" << test.w << ", "
                           << test.c << " channels, activation " << static_cast<int>(test.act));
      check_norm_act(bench, test);
    }
  }
}

HAYAGO_GPU_TEST(activations, "GPU activations are right over their whole range") {
  constexpr int kCount = 4096;
  for (const GpuType type : kFloatingTypes) {
    Guarded in(kCount), exact(kCount);
    for (int i = 0; i < kCount; ++i) in[i] = -120.0f + 240.0f * i / kCount;
    in[0] = 0.0f, in[1] = 20.0f, in[2] = 19.999999f, in[3] = -5e4f, in[4] = 6e4f, in[5] = -0.0f;
    round_to(type, in);
    const GpuArrayPtr from = upload_rows(bench, type, in, kCount);
    const GpuArrayPtr to = poisoned_rows(bench, type, 1, kCount);
    for (const Act act : {Act::kIdentity, Act::kRelu, Act::kMish, Act::kSilu}) {
      INFO("activation " << static_cast<int>(act));
      kernels::normact_f32_ref.normact(in.data(), 1, kCount, nullptr, nullptr, act, nullptr,
                                       exact.data());
      kernels::GpuNormAct args;
      args.in = from->at();
      args.out = to->at();
      args.act = act;
      args.n = 1, args.c = kCount;
      bench.finish(bench.kernels().norm_act(type, args, bench.stream));
      // Relative to the result: exp and the division err by a few units of 6e-8. Absolute: below
      // -88.7 the exponential overflows and silu is 0 instead of at most 3e-37.
      check_close(type, exact, download_rows(type, *to, kCount), 3e-37, 1e-6);
    }
  }
}

// --- gate ---------------------------------------------------------------------------------------
HAYAGO_GPU_TEST(gate, "GPU silu gates agree with ref") {
  for (int i = 0; i < bench.cases(20, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const int rows = random_int(bench.rng, 1, 120), c = random_int(bench.rng, 1, 90);
      Guarded a = random_rows(bench.rng, rows, c, 5.0f), g = random_rows(bench.rng, rows, c);
      round_to(type, a);
      round_to(type, g);
      Guarded exact(a.size());
      kernels::gate_f32_ref.silu_gate(a.data(), g.data(), rows, c, exact.data());
      const GpuArrayPtr left = upload_rows(bench, type, a, c),
                        right = upload_rows(bench, type, g, c),
                        fresh = poisoned_rows(bench, type, rows, c);
      const GpuArray& out = i % 3 == 0 ? *left : i % 3 == 1 ? *right : *fresh;
      const kernels::GpuGate args = {left->at(), right->at(), out.at(), rows, c};
      bench.finish(bench.kernels().gate(type, args, bench.stream));
      check_close(type, exact, download_rows(type, out, c), 4e-6, 4e-6);  // gate.h
    }
  }
}

// --- rope ---------------------------------------------------------------------------------------
void check_rope(GpuBench& bench, GpuType type, kernels::RopeArgs shape, bool in_place) {
  const std::size_t entries =
      static_cast<std::size_t>(shape.pixels) * shape.kv_heads * (shape.dim / 2);
  Guarded cosine(entries), sine(entries);
  for (std::size_t j = 0; j < entries; ++j) {
    const double angle = random_int(bench.rng, 0, 10000) * 0.01;
    cosine[j] = static_cast<float>(std::cos(angle));
    sine[j] = static_cast<float>(std::sin(angle));
  }
  shape.cos_table = cosine.data();
  shape.sin_table = sine.data();
  const int width = shape.heads * shape.dim;
  const std::size_t rows = static_cast<std::size_t>(shape.n) * shape.pixels;
  Guarded x = random_rows(bench.rng, rows, width);
  round_to(type, x);
  const GpuArrayPtr in = upload_rows(bench, type, x, width),
                    fresh = poisoned_rows(bench, type, rows, width),
                    cosines = upload_floats(bench, cosine), sines = upload_floats(bench, sine);
  kernels::attention_f32_ref.rope(x.data(), shape);
  const GpuArray& out = in_place ? *in : *fresh;
  const kernels::GpuRope args = {in->at(),        out.at(),       cosines->floats(),
                                 sines->floats(), shape.n,        shape.pixels,
                                 shape.heads,     shape.kv_heads, shape.dim};
  bench.finish(bench.kernels().rope(type, args, bench.stream));
  // Two products and a sum of values below 6: a few roundings of 2.4e-7 each.
  check_close(type, x, download_rows(type, out, width), 2e-6, 0);
}

HAYAGO_GPU_TEST(rope, "GPU rotary embedding agrees with ref") {
  for (int i = 0; i < bench.cases(20, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      kernels::RopeArgs shape;
      shape.n = random_int(bench.rng, 1, 3);
      shape.pixels = random_int(bench.rng, 1, 60);
      shape.kv_heads = random_int(bench.rng, 1, 3);
      shape.heads = shape.kv_heads * random_int(bench.rng, 1, 3);
      shape.dim = 2 * random_int(bench.rng, 1, 35);
      INFO(type_name(type) << ", " << shape.heads << "/" << shape.kv_heads << " heads of "
                           << shape.dim);
      check_rope(bench, type, shape, coin(bench.rng));
    }
  }
}

// --- expand -------------------------------------------------------------------------------------
void check_expand(GpuBench& bench, GpuType type, bool bits) {
  const int n = random_int(bench.rng, 1, 4), h = random_int(bench.rng, 2, 19),
            w = random_int(bench.rng, 2, 19), pixels = h * w,
            c = random_int(bench.rng, 1, bits ? 32 : 50);
  INFO(type_name(type) << ", " << n << " boards of " << h << "x" << w << ", " << c << " planes");
  const Guarded board = random_mask(bench.rng, n, h, w);
  const Guarded area = areas(board, n, pixels);
  Guarded planes = random_rows(bench.rng, board.size(), c);
  std::vector<std::uint32_t> words(board.size());
  std::vector<float> dense(board.size() * c);
  for (std::size_t pixel = 0; pixel < board.size(); ++pixel) {
    for (int i = 0; i < c; ++i) {
      float& value = planes[pixel * padded(c) + i];
      if (bits) value = coin(bench.rng) ? 1.0f : 0.0f;
      if (i == 0) value = board[pixel];
      dense[pixel * c + i] = value;
      words[pixel] |= value != 0 ? 1u << i % 32 : 0u;
    }
  }
  GpuArray packed(bench, words.size() * 4), unpacked(bench, dense.size() * 4),
      mask(bench, board.size()), areas_out(bench, static_cast<std::size_t>(n) * 4);
  packed.upload(words.data());
  unpacked.upload(dense.data());
  const GpuArrayPtr spatial = poisoned_rows(bench, type, board.size(), c);
  kernels::GpuExpand args;
  if (bits) args.planes = reinterpret_cast<const std::uint32_t*>(packed.at());
  if (!bits) args.dense = unpacked.floats();
  args.spatial = spatial->at();
  args.mask = mask.bytes();
  args.area = areas_out.floats();
  args.n = n, args.pixels = pixels, args.c = c;
  bench.finish(bench.kernels().expand(type, args, bench.stream));
  round_to(type, planes);
  check_close(type, planes, download_rows(type, *spatial, c), 0, 0);
  const std::vector<unsigned char> mask_out = mask.download(), area_out = areas_out.download();
  for (std::size_t i = 0; i < board.size(); ++i) {
    if (mask_out[i] != (board[i] != 0 ? 1 : 0)) FAIL_CHECK("mask of pixel " << i);
  }
  CHECK(std::memcmp(area_out.data(), area.data(), area_out.size()) == 0);
}

HAYAGO_GPU_TEST(expand, "GPU inputs are expanded exactly") {
  for (int i = 0; i < bench.cases(8, 50); ++i) {
    for (const GpuType type : kFloatingTypes) {
      check_expand(bench, type, true);
      check_expand(bench, type, false);
    }
  }
  kernels::GpuExpand args;
  const std::uint32_t word = 1;
  args.planes = &word;
  args.n = 1, args.pixels = 1, args.c = 33;
  CHECK(bench.kernels().expand(GpuType::kF32, args, bench.stream) != nullptr);
}

}  // namespace
}  // namespace hayago::test
