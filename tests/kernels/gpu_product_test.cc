// Convolutions and matrix products of the GPU against ref.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "kernels/conv/kernel.h"
#include "tests/kernels/epilogue_case.h"
#include "tests/kernels/gpu_support.h"

namespace hayago::test {
namespace {

using kernels::ConvShape;
using kernels::gpu_padded;
using kernels::GpuProduct;
using kernels::GpuType;
using kernels::padded;

struct Size {
  ConvShape shape;
  int n, h, w;
  int pixels() const { return h * w; }
  std::size_t rows() const { return static_cast<std::size_t>(n) * h * w; }
};

// One product with its data, and ref's results.
struct ProductCase {
  ProductCase(Rng& rng, GpuType storage, const Size& dimensions)
      : type(storage),
        size(dimensions),
        in(random_rows(rng, size.rows(), size.shape.c_in)),
        weights(random_values(rng, std::size_t{1} * size.shape.ky * size.shape.kx *
                                       size.shape.c_in * size.shape.c_out)),
        epilogue(rng, size.n, size.pixels(), size.shape.c_out,
                 random_mask(rng, size.n, size.h, size.w)),
        use_f32(coin(rng)),
        raw(size.rows() * padded(size.shape.c_out)),
        act(raw.size()) {
    for (Guarded* x : {&in, &weights, &epilogue.residual}) round_to(type, *x);
    kernels::Epilogue to = epilogue.bind(raw, act);
    to.raw_out = raw.data();  // f32_out is the same number
    kernels::conv_f32_direct_ref.run(size.shape, weights.data(), in.data(), size.n, size.h, size.w,
                                     to, nullptr, {});
  }

  // conv.h for float. Matrix units add up to 16 products with truncation to the largest of them, so
  // that errors of half a unit become one and no longer cancel: four times as much.
  double tolerance() const {
    const ConvShape& s = size.shape;
    const double unit = std::sqrt(static_cast<double>(s.ky * s.kx * s.c_in)) *
                        rms(in, size.rows() * s.c_in) * rms(weights, weights.size());
    return (type == GpuType::kF32 ? 1e-5 : 4e-5) * unit;
  }

  GpuType type;
  Size size;
  Guarded in, weights;
  EpilogueCase epilogue;
  bool use_f32;
  Guarded raw, act;
};

// The case's arrays on the device.
struct Uploaded {
  Uploaded(GpuBench& bench, const ProductCase& test)
      : c_out(test.size.shape.c_out),
        pixels(test.size.pixels()),
        unit(element_bytes(test.type)),
        in(upload_rows(bench, test.type, test.in, test.size.shape.c_in)),
        residual(upload_rows(bench, test.type, test.epilogue.residual, c_out)),
        bias(upload_rows(bench, GpuType::kF32, test.epilogue.bias, c_out)),
        row_bias(upload_rows(bench, GpuType::kF32, test.epilogue.row_bias, c_out)),
        scale(upload_rows(bench, GpuType::kF32, test.epilogue.scale, c_out)),
        shift(upload_rows(bench, GpuType::kF32, test.epilogue.shift, c_out)),
        mask(upload_mask(bench, test.epilogue.mask)) {
    const ConvShape& s = test.size.shape;
    std::vector<unsigned char> packed(
        kernels::packed_product_bytes(test.type, s.ky, s.kx, s.c_in, s.c_out));
    kernels::pack_product(test.type, s.ky, s.kx, s.c_in, s.c_out, test.weights.data(),
                          packed.data());
    weights = std::make_unique<GpuArray>(bench, packed.size());
    weights->upload(packed.data());
  }

  // Positions `first` to `first` + n, without outputs.
  GpuProduct product(const ProductCase& test, int first, int n) const {
    const ConvShape& s = test.size.shape;
    const EpilogueCase& e = test.epilogue;
    const std::size_t row = static_cast<std::size_t>(first) * pixels;
    GpuProduct p;
    p.in = in->at(row * gpu_padded(s.c_in) * unit);
    p.weights = weights->at();
    p.n = n, p.h = test.size.h, p.w = test.size.w;
    p.ky = s.ky, p.kx = s.kx, p.c_in = s.c_in, p.c_out = s.c_out;
    if (e.use_bias) p.epilogue.bias = bias->floats();
    if (e.use_row_bias) {
      p.epilogue.row_bias = row_bias->floats(std::size_t{1} * first * gpu_padded(c_out));
    }
    if (e.use_residual) p.epilogue.residual = residual->at(row * gpu_padded(c_out) * unit);
    if (e.use_scale) p.epilogue.scale = scale->floats();
    if (e.use_shift) p.epilogue.shift = shift->floats();
    p.epilogue.act = e.act;
    if (e.use_mask) p.epilogue.mask = mask->bytes(row);
    p.epilogue.mask_acc = e.mask_acc;
    return p;
  }

  int c_out, pixels;
  std::size_t unit;
  GpuArrayPtr in, residual, bias, row_bias, scale, shift, mask, weights;
};

// Outputs of `n` positions; those that the case leaves out stay NaN.
struct Outputs {
  Outputs(GpuBench& bench, const ProductCase& test, int n)
      : raw(poisoned_rows(bench, test.type, std::size_t{1} * n * test.size.pixels(),
                          test.size.shape.c_out)),
        act(poisoned_rows(bench, test.type, std::size_t{1} * n * test.size.pixels(),
                          test.size.shape.c_out)),
        f32(std::make_unique<GpuArray>(
            bench, std::size_t{4} * n * test.size.pixels() * test.size.shape.c_out)) {}
  void bind(const ProductCase& test, GpuProduct& p) const {
    if (test.epilogue.use_raw) p.epilogue.raw_out = raw->at();
    if (test.epilogue.use_act) p.epilogue.act_out = act->at();
    if (test.use_f32) p.epilogue.f32_out = f32->floats();
  }
  GpuArrayPtr raw, act, f32;
};

void check_results(const ProductCase& test, const GpuArray& raw_out, const Outputs& out) {
  const int c = test.size.shape.c_out;
  const double tolerance = test.tolerance();
  if (test.epilogue.use_raw) {
    INFO("raw output");
    // Relative part: rounding of the additions in the epilogue.
    check_close(test.type, test.raw, download_rows(test.type, raw_out, c), tolerance, 1e-6);
  }
  if (test.epilogue.use_act) {
    INFO("activated output");
    const Guarded act = download_rows(test.type, *out.act, c);
    // See check_outputs() in epilogue_case.h.
    check_close(test.type, test.act, act, 1.32 * tolerance + 4e-6, 4e-6);
    if (test.epilogue.use_mask) CHECK(zero_off_mask(act, test.epilogue.mask.data(), c));
  }
  if (test.use_f32) {
    INFO("float output");
    const std::vector<unsigned char> bytes = out.f32->download();
    Guarded value(test.raw.size());
    for (std::size_t row = 0; row < test.size.rows(); ++row) {
      std::memcpy(&value[row * padded(c)], bytes.data() + row * c * sizeof(float),
                  static_cast<std::size_t>(c) * sizeof(float));
    }
    check_close(GpuType::kF32, test.raw, value, tolerance, 1e-6);
  }
}

void check(GpuBench& bench, GpuType type, const Size& size) {
  const ConvShape& s = size.shape;
  INFO(type_name(type) << ", kernel " << s.ky << "x" << s.kx << ", " << s.c_in << " to " << s.c_out
                       << " channels, " << size.n << " boards of " << size.h << "x" << size.w);
  const ProductCase test(bench.rng, type, size);
  const Uploaded arrays(bench, test);
  const auto run = [&](const GpuProduct& p) {
    bench.finish(bench.kernels().product(type, p, bench.gpu->device(), bench.stream));
  };
  // One position alone, before outputs overwrite the residual.
  const int slot = random_int(bench.rng, 0, size.n - 1);
  const Outputs alone(bench, test, 1), all(bench, test, size.n);
  GpuProduct one = arrays.product(test, slot, 1);
  alone.bind(test, one);
  run(one);
  GpuProduct product = arrays.product(test, 0, size.n);
  all.bind(test, product);
  const bool in_place = test.epilogue.in_place;
  if (in_place) product.epilogue.raw_out = arrays.residual->at();
  run(product);
  const GpuArray& raw_out = in_place ? *arrays.residual : *all.raw;
  check_results(test, raw_out, all);
  const std::size_t row = static_cast<std::size_t>(slot) * size.pixels();
  const std::size_t bytes = row * gpu_padded(s.c_out) * element_bytes(type);
  if (test.epilogue.use_raw) check_same_bytes(*alone.raw, raw_out, bytes);
  if (test.epilogue.use_act) check_same_bytes(*alone.act, *all.act, bytes);
  if (test.use_f32) check_same_bytes(*alone.f32, *all.f32, row * s.c_out * sizeof(float));
}

HAYAGO_GPU_TEST(rows, "GPU products of rows agree with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(30, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const ConvShape shape = {1, 1, random_int(bench.rng, 1, 200), random_int(bench.rng, 1, 200)};
      check(bench, type, {shape, random_int(bench.rng, 1, 400), 1, 1});
    }
  }
}

HAYAGO_GPU_TEST(pixels, "GPU products of pixels agree with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(30, 100); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const ConvShape shape = {1, 1, random_int(bench.rng, 1, 130), random_int(bench.rng, 1, 130)};
      const int h = random_int(bench.rng, 2, 12), w = random_int(bench.rng, 2, 12);
      check(bench, type, {shape, random_int(bench.rng, 1, 4), h, w});
    }
  }
}

HAYAGO_GPU_TEST(convolutions, "GPU convolutions agree with ref, whatever the batch") {
  for (int i = 0; i < bench.cases(50, 150); ++i) {
    for (const GpuType type : kFloatingTypes) {
      const ConvShape shape = {1 + 2 * random_int(bench.rng, 0, 2),
                               1 + 2 * random_int(bench.rng, 0, 2), random_int(bench.rng, 1, 70),
                               random_int(bench.rng, 1, 140)};
      const int h = random_int(bench.rng, 2, 11), w = random_int(bench.rng, 2, 11);
      check(bench, type, {shape, random_int(bench.rng, 1, 3), h, w});
    }
  }
}

HAYAGO_GPU_TEST(networks, "GPU convolutions agree with ref at the shapes of networks") {
  const int n = bench.cases(1, 7);
  for (const GpuType type : kFloatingTypes) {
    check(bench, type, {{5, 5, 22, bench.cases(32, 384)}, n, 19, 19});
    check(bench, type, {{3, 3, bench.cases(32, 192), bench.cases(96, 192)}, n, 19, 19});
    check(bench, type, {{3, 3, 64, 64}, n, 9, 19});
    check(bench, type, {{1, 1, bench.cases(64, 384), bench.cases(192, 384)}, n, 19, 19});
    check(bench, type, {{1, 1, 96, 1}, n, 19, 19});
  }
}

}  // namespace
}  // namespace hayago::test
