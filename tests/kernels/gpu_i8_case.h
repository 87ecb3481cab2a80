// A random 8-bit product with its data, and what must come out of it.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/conv/conv.h"
#include "tests/kernels/gpu_support.h"
#include "tests/kernels/quantized.h"

namespace hayago::test {

inline constexpr float kInStep = 0.02f;

struct I8Size {
  kernels::ConvShape shape;
  int n, h, w;
  int pixels() const { return h * w; }
  std::size_t rows() const { return std::size_t{1} * n * h * w; }
  std::size_t weights() const {
    return std::size_t{1} * shape.ky * shape.kx * shape.c_in * shape.c_out;
  }
};

enum class I8Values { kRandom, kLarge };  // kLarge: sums beyond 2^24

inline std::vector<std::int8_t> random_input(Rng& rng, const I8Size& size, I8Values values) {
  const std::size_t stride = kernels::gpu_padded(size.shape.c_in);
  std::vector<std::int8_t> in(size.rows() * stride);  // 0 in the padding
  for (std::size_t row = 0; row < size.rows(); ++row) {
    for (int c = 0; c < size.shape.c_in; ++c) {
      const int least = values == I8Values::kRandom ? -127 : 120;
      in[row * stride + c] = static_cast<std::int8_t>(random_int(rng, least, 127));
    }
  }
  return in;
}

inline std::vector<float> random_weights(Rng& rng, const I8Size& size, I8Values values) {
  const kernels::ConvShape& s = size.shape;
  const Guarded normal =
      random_values(rng, size.weights(), 1.0f / std::sqrt(1.0f * s.ky * s.kx * s.c_in));
  std::vector<float> weights(normal.data(), normal.data() + normal.size());
  if (values == I8Values::kLarge) {
    for (float& x : weights) x = 0.9f + 0.01f * std::abs(x);
  }
  return weights;
}

// One product with its data.
struct I8Case {
  I8Case(Rng& rng, const I8Size& dimensions, I8Values values)
      : size(dimensions),
        in(random_input(rng, size, values)),
        weights(random_weights(rng, size, values)),
        steps(size.shape.c_out),
        packed(kernels::packed_product_bytes(kernels::GpuType::kI8, size.shape.ky, size.shape.kx,
                                             size.shape.c_in, size.shape.c_out)),
        acc_scale(kernels::padded(size.shape.c_out)),
        epilogue(rng, size.n, size.pixels(), size.shape.c_out,
                 random_mask(rng, size.n, size.h, size.w)),
        use_f32(coin(rng)),
        act_step(coin(rng) ? 0.02f : 0.0f) {
    const kernels::ConvShape& s = size.shape;
    kernels::pack_product_i8(s.ky, s.kx, s.c_in, s.c_out, weights.data(), steps.data(),
                             packed.data());
    for (int c = 0; c < s.c_out; ++c) acc_scale[c] = kInStep * steps[c];
    round_to(kernels::GpuType::kF16, epilogue.residual);
  }

  // Exact sums, (rows, c_out), from weights quantized but never packed.
  std::vector<int> sums() const {
    const kernels::ConvShape& s = size.shape;
    std::vector<int> q(weights.size());
    for (std::size_t i = 0; i < q.size(); ++i) q[i] = quantize(weights[i] / steps[i % s.c_out]);
    std::vector<int> sum(size.rows() * s.c_out);
    for (std::size_t row = 0; row < size.rows(); ++row) {
      for (int tap = 0; tap < s.ky * s.kx; ++tap) {
        const int dy = tap / s.kx - s.ky / 2, dx = tap % s.kx - s.kx / 2;
        const int pixel = static_cast<int>(row % size.pixels());
        const int y = pixel / size.w + dy, x = pixel % size.w + dx;
        if (y < 0 || y >= size.h || x < 0 || x >= size.w) continue;
        const std::int8_t* const from =
            in.data() +
            (static_cast<std::ptrdiff_t>(row) + dy * size.w + dx) * kernels::gpu_padded(s.c_in);
        const int* const tap_weights = q.data() + std::size_t{1} * tap * s.c_in * s.c_out;
        for (int i = 0; i < s.c_in; ++i) {
          for (int c = 0; c < s.c_out; ++c) {
            sum[row * s.c_out + c] += from[i] * tap_weights[i * s.c_out + c];
          }
        }
      }
    }
    return sum;
  }

  // v of the epilogue, (rows, c_out), with its float operations in their order.
  std::vector<float> values() const {
    const int c_out = size.shape.c_out;
    const std::vector<int> sum = sums();
    std::vector<float> v(sum.size());
    for (std::size_t i = 0; i < v.size(); ++i) {
      const std::size_t row = i / c_out, c = i % c_out;
      const bool on_board = !epilogue.use_mask || epilogue.mask[row] != 0;
      v[i] = static_cast<float>(sum[i]) * acc_scale[c];
      if (epilogue.mask_acc && !on_board) v[i] = 0.0f;
      v[i] += epilogue.use_bias ? epilogue.bias[c] : 0.0f;
      const std::size_t position = row / size.pixels();
      if (epilogue.use_row_bias) v[i] += epilogue.row_bias[position * kernels::padded(c_out) + c];
      if (epilogue.use_residual) v[i] += epilogue.residual[row * kernels::padded(c_out) + c];
    }
    return v;
  }

  std::size_t act_bytes() const { return act_step > 0 ? 1 : 2; }

  I8Size size;
  std::vector<std::int8_t> in;
  std::vector<float> weights, steps;
  std::vector<unsigned char> packed;
  Guarded acc_scale;
  EpilogueCase epilogue;
  bool use_f32;
  float act_step;
};

}  // namespace hayago::test
