// Two passes over a row: sum of squares, then scale, shift, activation and mask.
#pragma once
#include "kernels/cpu/math.h"
#include "kernels/rmsnorm/kernel.h"

namespace hayago::kernels {

template <class Target>
struct RmsNormBody {
  using V = typename Target::Vec;

  static float sum_squares(const float* row, std::size_t stride) {
    V sums[2] = {V(0.0f), V(0.0f)};
    for (std::size_t i = 0; i < stride; i += kLanes<V>) {
      const V value = load<V>(row + i);
      V& sum = sums[i / kLanes<V> % 2];
      sum = mul_add(value, value, sum);
    }
    return horizontal_sum(sums[0] + sums[1]);
  }

  template <Act kAct>
  static void write_row(const float* in, const RmsNormArgs& args, float factor, bool on_board,
                        float* out) {
    for (int i = 0; i < padded(args.c); i += kLanes<V>) {
      V v(0.0f);
      if (on_board) {
        const V beta = args.beta != nullptr ? load<V>(args.beta + i) : V(0.0f);
        v = activate<V, kAct>(mul_add(load<V>(in + i) * V(factor), load<V>(args.gamma + i), beta));
      }
      v.store_unaligned(out + i);
    }
  }

  static bool on_board(const RmsNormArgs& args, std::size_t row) {
    return args.mask == nullptr || args.mask[row] != 0;
  }

  static float factor(double mean, float eps) {
    return static_cast<float>(1.0 / __builtin_sqrt(mean + static_cast<double>(eps)));
  }

  template <Act kAct>
  static void per_pixel_act(const float* in, const RmsNormArgs& args, float* out) {
    const std::size_t stride = padded(args.c);
    for (std::size_t row = 0; row < static_cast<std::size_t>(args.n) * args.pixels; ++row) {
      const float* pixel = in + row * stride;
      write_row<kAct>(pixel, args, factor(sum_squares(pixel, stride) / args.c, args.eps),
                      on_board(args, row), out + row * stride);
    }
  }

  // Rows are added up in double: a position has 1e5 elements.
  template <Act kAct>
  static void spatial_act(const float* in, const RmsNormArgs& args, float* out) {
    const std::size_t stride = padded(args.c);
    for (int b = 0; b < args.n; ++b) {
      const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
      double sum = 0;
      for (std::size_t row = first; row < first + args.pixels; ++row) {
        if (on_board(args, row)) sum += sum_squares(in + row * stride, stride);
      }
      const float scale = factor(sum / (static_cast<double>(args.area[b]) * args.c), args.eps);
      for (std::size_t row = first; row < first + args.pixels; ++row) {
        write_row<kAct>(in + row * stride, args, scale, on_board(args, row), out + row * stride);
      }
    }
  }

  using Run = void (*)(const float*, const RmsNormArgs&, float*);
  static void per_pixel(const float* in, const RmsNormArgs& args, float* out) noexcept {
    constexpr Run kByAct[] = {per_pixel_act<Act::kIdentity>, per_pixel_act<Act::kRelu>,
                              per_pixel_act<Act::kMish>, per_pixel_act<Act::kSilu>};
    kByAct[static_cast<int>(args.act)](in, args, out);
  }
  static void spatial(const float* in, const RmsNormArgs& args, float* out) noexcept {
    constexpr Run kByAct[] = {spatial_act<Act::kIdentity>, spatial_act<Act::kRelu>,
                              spatial_act<Act::kMish>, spatial_act<Act::kSilu>};
    kByAct[static_cast<int>(args.act)](in, args, out);
  }

  static constexpr RmsNormKernel kKernel = {per_pixel, spatial};
};

}  // namespace hayago::kernels
