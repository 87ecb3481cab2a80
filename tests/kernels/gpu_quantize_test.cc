// Packing of 8-bit weights, and products that leave 8-bit activations.
#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "kernels/cuda/pack.h"
#include "tests/kernels/gpu_support.h"
#include "tests/kernels/quantized.h"

namespace hayago::test {
namespace {

using kernels::gpu_padded;
using kernels::GpuProduct;
using kernels::GpuType;
using kernels::padded;

TEST_CASE("rows of packed weights and channels are a permutation of every 32", "[kernels]") {
  for (int channel = 0; channel < 96; ++channel) {
    const int row = kernels::row_of_channel(channel);
    CHECK(row / 32 == channel / 32);
    CHECK(kernels::channel_of_row(row) == channel);
  }
}

TEST_CASE("8-bit weights are packed with one step per channel", "[kernels]") {
  // 1x3 taps, 33 to 34 channels: more than one group of either.
  constexpr int kTaps = 3, kIn = 33, kOut = 34;
  Rng rng(1);
  Guarded weights = random_values(rng, std::size_t{kTaps} * kIn * kOut);
  for (std::size_t i = 7; i < weights.size(); i += kOut) weights[i] = 0;  // channel 7
  for (std::size_t i = 9; i < weights.size(); i += kOut) weights[i] = 1e-44f;
  float steps[kOut];
  std::vector<std::int8_t> packed(kernels::packed_product_bytes(GpuType::kI8, 1, kTaps, kIn, kOut));
  CHECK(packed.size() == std::size_t{kTaps} * 64 * 64);
  kernels::pack_product_i8(1, kTaps, kIn, kOut, weights.data(), steps, packed.data());
  std::vector<std::int8_t> expected(packed.size());
  for (int o = 0; o < kOut; ++o) {
    float most = 0;
    for (std::size_t i = o; i < weights.size(); i += kOut)
      most = std::max(most, std::abs(weights[i]));
    CHECK(steps[o] == (o == 7 || o == 9 ? 1.0f : most / 127.0f));
    int largest = 0;
    for (int k = 0; k < kTaps * kIn; ++k) {
      const std::int8_t q = quantize(weights[std::size_t{1} * k * kOut + o] / steps[o]);
      largest = std::max(largest, std::abs(q));
      expected[kernels::row_of_channel(o) * kTaps * 64 + k / kIn * 64 + k % kIn] = q;
    }
    CHECK(largest == (o == 7 || o == 9 ? 0 : 127));
  }
  CHECK(packed == expected);
}

TEST_CASE("8-bit weights round half to even", "[kernels]") {
  const float weights[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, -127, 126.5f, 3.25f};
  const std::int8_t expected[] = {127, 0, 2, 2, 0, -2, -2, -127, 126, 3};
  float step;
  std::int8_t packed[32 * 32];
  kernels::pack_product_i8(1, 1, 10, 1, weights, &step, packed);
  CHECK(step == 1.0f);
  CHECK(std::memcmp(packed, expected, sizeof expected) == 0);
}

TEST_CASE("8-bit weights cannot be packed without steps", "[kernels]") {
  float weight = 1;
  std::int8_t packed[32 * 32];
  CHECK_THROWS_AS(kernels::pack_product(GpuType::kI8, 1, 1, 1, 1, &weight, packed),
                  std::invalid_argument);
}

std::vector<std::int8_t> signed_bytes(const GpuArray& array) {
  const std::vector<unsigned char> bytes = array.download();
  std::vector<std::int8_t> q(bytes.size());
  std::memcpy(q.data(), bytes.data(), q.size());
  return q;
}

// Nothing but the residual reaches the epilogue: inputs and weights are 0.
std::vector<std::int8_t> quantized_residual(GpuBench& bench, GpuType type, const Guarded& values,
                                            float act_step) {
  const GpuType residual_type = type == GpuType::kI8 ? GpuType::kF16 : type;
  const int rows = static_cast<int>(values.size()) / kernels::kChannelAlign;
  const GpuArrayPtr residual = upload_rows(bench, residual_type, values, 1);
  const std::vector<unsigned char> zeros(std::size_t{1} * rows * 32 * 4 + 32 * 32 * 4);
  GpuArray in(bench, zeros.size()), q(bench, std::size_t{32} * rows);
  in.upload(zeros.data());
  GpuProduct p;
  p.in = p.weights = in.at();
  p.n = rows, p.c_in = p.c_out = 1;
  if (type == GpuType::kI8) p.epilogue.acc_scale = in.floats();
  p.epilogue.residual = residual->at();
  p.epilogue.act_out = q.at();
  p.epilogue.act_step = act_step;
  bench.finish(bench.kernels().product(type, p, bench.gpu->device(), bench.stream));
  const std::vector<std::int8_t> all = signed_bytes(q);
  std::vector<std::int8_t> first_channel;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % 32 == 0) {
      first_channel.push_back(all[i]);
    } else {
      CHECK(all[i] == 0);
    }
  }
  return first_channel;
}

HAYAGO_GPU_TEST(rounding_of_activations, "GPU products round activations to even and saturate") {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::vector<float> steps_of_half = {0,     0.25f,  0.5f,  0.75f,  1.5f, 2.5f,   -0.25f,
                                            -0.5f, -1.5f,  -2.5f, 126.5f, 127,  127.5f, -127.5f,
                                            1000,  -30000, kInf,  -kInf,  NAN,  63.25f};
  const std::vector<std::int8_t> expected = {0,   0,   0,   1,    2,   2,    0,   0,    -2,   -2,
                                             126, 127, 127, -127, 127, -127, 127, -127, -127, 63};
  Guarded values(steps_of_half.size() * kernels::kChannelAlign);
  for (std::size_t i = 0; i < steps_of_half.size(); ++i) {
    values[i * kernels::kChannelAlign] = 0.5f * steps_of_half[i];
  }
  for (const GpuType type : {GpuType::kF32, GpuType::kF16, GpuType::kI8}) {
    CHECK(quantized_residual(bench, type, values, 0.5f) == expected);
  }
}

// A product with a random epilogue whose act_out is quantized; f32_out says what it quantizes.
void check_act_step(GpuBench& bench, GpuType type) {
  const int n = random_int(bench.rng, 1, 3), h = random_int(bench.rng, 2, 9), pixels = h * h;
  const int c_in = random_int(bench.rng, 1, 60), c_out = random_int(bench.rng, 1, 140);
  const std::size_t rows = std::size_t{1} * n * pixels;
  EpilogueCase e(bench.rng, n, pixels, c_out, random_mask(bench.rng, n, h, h));
  const Guarded in = random_rows(bench.rng, rows, c_in),
                weights = random_values(bench.rng, std::size_t{1} * c_in * c_out, 0.2f);
  std::vector<unsigned char> packed(kernels::packed_product_bytes(type, 1, 1, c_in, c_out));
  kernels::pack_product(type, 1, 1, c_in, c_out, weights.data(), packed.data());
  const GpuArrayPtr device_in = upload_rows(bench, type, in, c_in),
                    mask = upload_mask(bench, e.mask),
                    scale = upload_rows(bench, GpuType::kF32, e.scale, c_out),
                    shift = upload_rows(bench, GpuType::kF32, e.shift, c_out);
  GpuArray device_weights(bench, packed.size()), f32(bench, rows * c_out * sizeof(float)),
      q(bench, rows * gpu_padded(c_out));
  device_weights.upload(packed.data());
  GpuProduct p;
  p.in = device_in->at(), p.weights = device_weights.at();
  p.n = n, p.h = p.w = h, p.c_in = c_in, p.c_out = c_out;
  if (e.use_scale) p.epilogue.scale = scale->floats();
  if (e.use_shift) p.epilogue.shift = shift->floats();
  if (e.use_mask) p.epilogue.mask = mask->bytes();
  p.epilogue.act = e.act;
  p.epilogue.f32_out = f32.floats();
  p.epilogue.act_out = q.at();
  p.epilogue.act_step = 0.013f;
  bench.finish(bench.kernels().product(type, p, bench.gpu->device(), bench.stream));
  std::vector<float> v(rows * c_out);
  std::memcpy(v.data(), f32.download().data(), v.size() * sizeof(float));
  const std::vector<std::int8_t> stored = signed_bytes(q);
  int wrong = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const std::size_t row = i / gpu_padded(c_out);
    const int c = static_cast<int>(i % gpu_padded(c_out));
    const float act = c < c_out ? activated(e, row, c, v[row * c_out + c]) : 0.0f;
    wrong += !agrees(e, act, p.epilogue.act_step, stored[i]);
  }
  INFO(type_name(type) << ", " << c_in << " to " << c_out << " channels, " << n << " boards");
  CHECK(wrong == 0);
}

HAYAGO_GPU_TEST(act_step, "GPU products of floating-point types leave 8-bit activations") {
  for (int i = 0; i < bench.cases(10, 50); ++i) {
    for (const GpuType type : kFloatingTypes) check_act_step(bench, type);
  }
}

}  // namespace
}  // namespace hayago::test
