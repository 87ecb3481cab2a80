// Attention kernels of the GPU against ref.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernels/attention/kernel.h"
#include "tests/kernels/gpu_support.h"

namespace hayago::test {
namespace {

using kernels::AttentionArgs;
using kernels::gpu_padded;
using kernels::GpuType;

// One attention with its data; off-board rows are NaN.
struct AttentionCase {
  AttentionCase(Rng& rng, GpuType storage, const AttentionArgs& args, int h, int w, bool masked)
      : type(storage),
        shape(args),
        use_mask(masked),
        q_width(shape.heads * shape.q_dim),
        k_width(shape.kv_heads * shape.q_dim),
        v_width(shape.kv_heads * shape.v_dim),
        out_width(shape.heads * shape.v_dim),
        rows(static_cast<std::size_t>(shape.n) * h * w),
        q(random_rows(rng, rows, q_width, 1.5f)),
        k(random_rows(rng, rows, k_width, 1.5f)),
        v(random_rows(rng, rows, v_width)),
        mask(random_mask(rng, shape.n, h, w)) {
    shape.pixels = h * w;
    for (Guarded* x : {&q, &k, &v}) round_to(type, *x);
    for (std::size_t i = 0; i < v.size(); ++i) {
      v_largest = std::max(v_largest, std::abs(static_cast<double>(v[i])));
    }
    if (!use_mask) return;
    shape.mask = mask.data();
    poison_off_board(q, mask, q_width);
    poison_off_board(k, mask, k_width);
    poison_off_board(v, mask, v_width);
  }

  Guarded exact() const {
    Guarded out(rows * kernels::padded(out_width));
    Guarded scratch(attention_scratch_bytes(shape) / sizeof(float));
    kernels::attention_f32_ref.attention(q.data(), k.data(), v.data(), shape, out.data(),
                                         scratch.data());
    return out;
  }

  GpuType type;
  AttentionArgs shape;
  bool use_mask;
  int q_width, k_width, v_width, out_width;
  std::size_t rows;
  Guarded q, k, v, mask;
  double v_largest = 0;
};

// In float the whole way: attention.h. binary16 may keep scores' weights in 11 bits, too; with
// weights that add up to 1 their roundings of 2^-11 give at most 2^-11 of the largest value, twice
// for the weight itself and the sum it is divided by.
double tolerance(const AttentionCase& test) {
  return (test.type == GpuType::kF32 ? 2e-5 : 2 * 0x1p-11) * test.v_largest;
}

void check(GpuBench& bench, const AttentionCase& test) {
  const AttentionArgs& shape = test.shape;
  INFO(type_name(test.type) << ", " << shape.n << " boards of " << shape.pixels << " points, "
                            << shape.heads << "/" << shape.kv_heads << " heads of " << shape.q_dim
                            << "/" << shape.v_dim);
  const GpuArrayPtr q = upload_rows(bench, test.type, test.q, test.q_width),
                    k = upload_rows(bench, test.type, test.k, test.k_width),
                    v = upload_rows(bench, test.type, test.v, test.v_width),
                    mask = upload_mask(bench, test.mask),
                    out = poisoned_rows(bench, test.type, test.rows, test.out_width),
                    alone = poisoned_rows(bench, test.type, shape.pixels, test.out_width);
  const kernels::GpuDevice& device = bench.gpu->device();
  kernels::GpuAttention args = {q->at(),        k->at(),     v->at(),      out->at(),
                                nullptr,        shape.n,     shape.pixels, shape.heads,
                                shape.kv_heads, shape.q_dim, shape.v_dim};
  if (test.use_mask) args.mask = mask->bytes();
  bench.finish(bench.kernels().attention(test.type, args, device, bench.stream));
  const Guarded value = download_rows(test.type, *out, test.out_width);
  check_close(test.type, test.exact(), value, tolerance(test), 0);
  if (test.use_mask) CHECK(zero_off_mask(value, test.mask.data(), test.out_width));

  const std::size_t first = static_cast<std::size_t>(shape.n - 1) * shape.pixels;
  const std::size_t unit = element_bytes(test.type);
  args.q = q->at(first * gpu_padded(test.q_width) * unit);
  args.k = k->at(first * gpu_padded(test.k_width) * unit);
  args.v = v->at(first * gpu_padded(test.v_width) * unit);
  if (test.use_mask) args.mask = mask->bytes(first);
  args.out = alone->at();
  args.n = 1;
  bench.finish(bench.kernels().attention(test.type, args, device, bench.stream));
  check_same_bytes(*alone, *out, first * gpu_padded(test.out_width) * unit);
}

HAYAGO_GPU_TEST(random_shapes, "GPU attention agrees with ref, ignores off-board points") {
  for (int i = 0; i < bench.cases(30, 60); ++i) {
    for (const GpuType type : kFloatingTypes) {
      AttentionArgs shape;
      shape.n = random_int(bench.rng, 1, 3);
      shape.kv_heads = random_int(bench.rng, 1, 3);
      shape.heads = shape.kv_heads * random_int(bench.rng, 1, 3);
      shape.q_dim = 2 * random_int(bench.rng, 1, 20);
      shape.v_dim = random_int(bench.rng, 1, 70);
      const int largest = bench.cases(7, 19);
      const int h = random_int(bench.rng, 2, largest), w = random_int(bench.rng, 2, largest);
      check(bench, AttentionCase(bench.rng, type, shape, h, w, coin(bench.rng)));
    }
  }
}

HAYAGO_GPU_TEST(network_heads, "GPU attention agrees with ref for the head sizes of networks") {
  constexpr int kDims[][2] = {{32, 32}, {64, 64}, {32, 16}};
  for (int i = 0; i < bench.cases(15, 60); ++i) {
    for (const GpuType type : kFloatingTypes) {
      AttentionArgs shape;
      shape.n = random_int(bench.rng, 1, 3);
      shape.kv_heads = random_int(bench.rng, 1, 3);
      shape.heads = shape.kv_heads * random_int(bench.rng, 1, 3);
      shape.q_dim = kDims[i % 3][0];
      shape.v_dim = kDims[i % 3][1];
      const int largest = bench.cases(13, 19);
      const int h = random_int(bench.rng, 2, largest), w = random_int(bench.rng, 2, largest);
      check(bench, AttentionCase(bench.rng, type, shape, h, w, coin(bench.rng)));
    }
  }
}

HAYAGO_GPU_TEST(full_board, "GPU attention agrees with ref on full boards") {
  for (const GpuType type : kFloatingTypes) {
    for (const int dim : {32, 64}) {
      AttentionArgs shape;
      shape.n = bench.cases(1, 4);
      shape.heads = bench.cases(1, 12);
      shape.kv_heads = bench.cases(1, 6);
      shape.q_dim = dim;
      shape.v_dim = dim;
      constexpr int kSize = 19;
      check(bench, AttentionCase(bench.rng, type, shape, kSize, kSize, false));
      check(bench, AttentionCase(bench.rng, type, shape, kSize, kSize, true));
    }
  }
}

HAYAGO_GPU_TEST(refused, "GPU attention says what it cannot do") {
  kernels::GpuAttention args;
  args.n = args.pixels = args.heads = args.kv_heads = 1;
  args.q_dim = 2;
  args.v_dim = 129;
  const char* failed =
      bench.kernels().attention(GpuType::kF32, args, bench.gpu->device(), bench.stream);
  REQUIRE(failed != nullptr);
  CHECK(std::string(failed) == "attention: heads of more than 128 value channels");
}

}  // namespace
}  // namespace hayago::test
