// 8-bit products of the GPU against integer sums on the host: every kernel, every tile, bit for
// bit.
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/kernels/gpu_i8_case.h"

namespace hayago::test {
namespace {

using kernels::ConvShape;
using kernels::gpu_padded;
using kernels::GpuDevice;
using kernels::GpuProduct;
using kernels::GpuType;
using Bytes = std::vector<unsigned char>;

GpuArrayPtr upload_bytes(GpuBench& bench, const void* from, std::size_t bytes) {
  auto array = std::make_unique<GpuArray>(bench, bytes);
  array->upload(from);
  return array;
}

// Outputs that the case leaves out stay empty.
struct Outputs {
  Bytes raw, act, f32;
  bool operator==(const Outputs&) const = default;
};

Bytes part(const Bytes& whole, std::size_t first, std::size_t bytes) {
  if (whole.empty()) return {};
  const auto from = whole.begin() + static_cast<std::ptrdiff_t>(first);
  return {from, from + static_cast<std::ptrdiff_t>(bytes)};
}

// The case's arrays on the device.
class Uploaded {
 public:
  Uploaded(GpuBench& bench, const I8Case& test)
      : bench_(bench),
        test_(test),
        c_out_(test.size.shape.c_out),
        in_(upload_bytes(bench, test.in.data(), test.in.size())),
        weights_(upload_bytes(bench, test.packed.data(), test.packed.size())),
        acc_scale_(upload_rows(bench, GpuType::kF32, test.acc_scale, c_out_)),
        bias_(upload_rows(bench, GpuType::kF32, test.epilogue.bias, c_out_)),
        row_bias_(upload_rows(bench, GpuType::kF32, test.epilogue.row_bias, c_out_)),
        scale_(upload_rows(bench, GpuType::kF32, test.epilogue.scale, c_out_)),
        shift_(upload_rows(bench, GpuType::kF32, test.epilogue.shift, c_out_)),
        residual_(upload_rows(bench, GpuType::kF16, test.epilogue.residual, c_out_)),
        residual_bytes_(residual_->download()),
        mask_(upload_mask(bench, test.epilogue.mask)) {}

  // Positions `first` to `first` + n, on a device of that kind.
  Outputs run(const GpuDevice& device, int first, int n) const {
    const EpilogueCase& e = test_.epilogue;
    const std::size_t rows = std::size_t{1} * n * test_.size.pixels();
    const std::size_t values = rows * gpu_padded(c_out_);
    GpuProduct p = product(first, n);
    const GpuArray raw(bench_, values * 2), act(bench_, values * test_.act_bytes()),
        f32(bench_, rows * c_out_ * sizeof(float));
    if (e.use_raw) p.epilogue.raw_out = raw.at();
    if (e.in_place) {
      const std::size_t at = std::size_t{1} * first * test_.size.pixels() * gpu_padded(c_out_);
      bench_.gpu->copy_to_device(raw.at(), residual_bytes_.data() + at * 2, raw.size(),
                                 bench_.stream);
      p.epilogue.residual = raw.at();
    }
    if (e.use_act) p.epilogue.act_out = act.at();
    p.epilogue.act_step = test_.act_step;
    if (test_.use_f32) p.epilogue.f32_out = f32.floats();
    bench_.finish(bench_.kernels().product(GpuType::kI8, p, device, bench_.stream));
    return {e.use_raw ? raw.download() : Bytes(), e.use_act ? act.download() : Bytes(),
            test_.use_f32 ? f32.download() : Bytes()};
  }

 private:
  GpuProduct product(int first, int n) const {
    const ConvShape& s = test_.size.shape;
    const EpilogueCase& e = test_.epilogue;
    const std::size_t row = std::size_t{1} * first * test_.size.pixels();
    GpuProduct p;
    p.in = in_->at(row * gpu_padded(s.c_in));
    p.weights = weights_->at();
    p.n = n, p.h = test_.size.h, p.w = test_.size.w;
    p.ky = s.ky, p.kx = s.kx, p.c_in = s.c_in, p.c_out = s.c_out;
    p.epilogue.acc_scale = acc_scale_->floats();
    if (e.use_bias) p.epilogue.bias = bias_->floats();
    if (e.use_row_bias) {
      p.epilogue.row_bias = row_bias_->floats(std::size_t{1} * first * gpu_padded(c_out_));
    }
    if (e.use_residual) p.epilogue.residual = residual_->at(row * gpu_padded(c_out_) * 2);
    if (e.use_scale) p.epilogue.scale = scale_->floats();
    if (e.use_shift) p.epilogue.shift = shift_->floats();
    p.epilogue.act = e.act;
    if (e.use_mask) p.epilogue.mask = mask_->bytes(row);
    p.epilogue.mask_acc = e.mask_acc;
    return p;
  }

  GpuBench& bench_;
  const I8Case& test_;
  int c_out_;
  GpuArrayPtr in_, weights_, acc_scale_, bias_, row_bias_, scale_, shift_, residual_;
  Bytes residual_bytes_;
  GpuArrayPtr mask_;
};

template <class T>
T element(const Bytes& bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

// Number of elements that are not what the host says; padding channels must be 0.
struct Wrong {
  int raw = 0, act = 0, f32 = 0;
};

Wrong compare_outputs(const I8Case& test, const Outputs& out) {
  const std::vector<float> v = test.values();
  const int c_out = test.size.shape.c_out, stride = gpu_padded(c_out);
  Wrong wrong;
  for (std::size_t row = 0; row < test.size.rows(); ++row) {
    for (int c = 0; c < stride; ++c) {
      const std::size_t at = row * stride + c, compact = row * c_out + c;
      const float value = c < c_out ? v[compact] : 0.0f;
      const float act = c < c_out ? activated(test.epilogue, row, c, value) : 0.0f;
      if (!out.raw.empty()) {
        wrong.raw += element<std::uint16_t>(out.raw, at) != kernels::float_to_half(value);
      }
      if (!out.act.empty() && test.act_step > 0) {
        wrong.act += !agrees(test.epilogue, act, test.act_step, element<std::int8_t>(out.act, at));
      } else if (!out.act.empty()) {
        wrong.act += !agrees(test.epilogue, act, element<std::uint16_t>(out.act, at));
      }
      if (!out.f32.empty() && c < c_out) wrong.f32 += element<float>(out.f32, compact) != value;
    }
  }
  return wrong;
}

void check(GpuBench& bench, const I8Size& size, I8Values values = I8Values::kRandom) {
  const ConvShape& s = size.shape;
  INFO("kernel " << s.ky << "x" << s.kx << ", " << s.c_in << " to " << s.c_out << " channels, "
                 << size.n << " boards of " << size.h << "x" << size.w);
  const I8Case test(bench.rng, size, values);
  const Uploaded arrays(bench, test);
  const GpuDevice& real = bench.gpu->device();
  const Outputs all = arrays.run(real, 0, size.n);
  const Wrong wrong = compare_outputs(test, all);
  CHECK(wrong.raw == 0);
  CHECK(wrong.act == 0);
  CHECK(wrong.f32 == 0);
  // One multiprocessor prefers the widest tile that fits the channels, many prefer the narrowest.
  GpuDevice plain = real, narrow = real, wide = real;
  plain.compute = 75, narrow.compute = wide.compute = 80;
  narrow.multiprocessors = 100000, wide.multiprocessors = 1;
  for (const GpuDevice* device : {&plain, &narrow, &wide}) {
    INFO("as compute capability " << device->compute << ", " << device->multiprocessors);
    CHECK(arrays.run(*device, 0, size.n) == all);
  }
  const int slot = random_int(bench.rng, 0, size.n - 1);
  const std::size_t rows = size.pixels(), first = rows * slot;
  const std::size_t stride = gpu_padded(s.c_out), act_unit = stride * test.act_bytes();
  const Outputs expected = {part(all.raw, first * stride * 2, rows * stride * 2),
                            part(all.act, first * act_unit, rows * act_unit),
                            part(all.f32, first * s.c_out * 4, rows * s.c_out * 4)};
  CHECK(arrays.run(real, slot, 1) == expected);
  CHECK(arrays.run(plain, slot, 1) == expected);
}

HAYAGO_GPU_TEST(rows, "8-bit GPU products of rows equal integer sums") {
  for (int i = 0; i < bench.cases(20, 60); ++i) {
    const ConvShape shape = {1, 1, random_int(bench.rng, 1, 200), random_int(bench.rng, 1, 200)};
    check(bench, {shape, random_int(bench.rng, 1, 300), 1, 1});
  }
}

HAYAGO_GPU_TEST(convolutions, "8-bit GPU convolutions equal integer sums") {
  for (int i = 0; i < bench.cases(40, 100); ++i) {
    const ConvShape shape = {1 + 2 * random_int(bench.rng, 0, 2),
                             1 + 2 * random_int(bench.rng, 0, 2), random_int(bench.rng, 1, 100),
                             random_int(bench.rng, 1, 140)};
    const int h = random_int(bench.rng, 2, 11), w = random_int(bench.rng, 2, 11);
    check(bench, {shape, random_int(bench.rng, 1, 3), h, w});
  }
}

HAYAGO_GPU_TEST(networks, "8-bit GPU convolutions equal integer sums at the shapes of networks") {
  const int n = bench.cases(1, 7);
  for (const int channels : {128, 96, 64, 32}) {
    check(bench, {{3, 3, bench.cases(32, channels), channels}, n, 19, 19});
  }
  check(bench, {{3, 3, bench.cases(32, 192), bench.cases(64, 192)}, n, 19, 19});
  check(bench, {{1, 1, bench.cases(64, 384), bench.cases(64, 384)}, n, 19, 19});
  check(bench, {{5, 5, 22, bench.cases(32, 384)}, n, 9, 19});
}

HAYAGO_GPU_TEST(large_sums, "8-bit GPU products convert sums beyond 2^24 alike") {
  for (int i = 0; i < bench.cases(2, 10); ++i) {
    check(bench, {{3, 3, bench.cases(200, 1024), 40}, 1, 3, 5}, I8Values::kLarge);
  }
}

HAYAGO_GPU_TEST(refused, "GPU products refuse sums beyond 32 bits and scales without bytes") {
  const GpuDevice& device = bench.gpu->device();
  const float scale = 1;
  GpuProduct p;
  CHECK(bench.kernels().product(GpuType::kI8, p, device, bench.stream) != nullptr);
  p.epilogue.acc_scale = &scale;
  CHECK(bench.kernels().product(GpuType::kF16, p, device, bench.stream) != nullptr);
  p.n = 1, p.ky = 3, p.kx = 3, p.c_in = 15000, p.c_out = 1;
  CHECK(bench.kernels().product(GpuType::kI8, p, device, bench.stream) != nullptr);
}

}  // namespace
}  // namespace hayago::test
