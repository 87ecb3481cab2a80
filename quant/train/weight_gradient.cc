#include "quant/train/weight_gradient.h"

#include <algorithm>

#include "kernels/gemm/gemm.h"

namespace hayago::quant {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Pixels in one row with an empty border between lines and positions, so that a tap is a shift:
// pixel (n, y, x) is number (n * lines + y) * line + x.
struct Bordered {
  Bordered(const kernels::ConvShape& shape, int positions, int height, int width)
      : n(positions),
        h(height),
        w(width),
        line(width + shape.kx / 2),
        lines(height + shape.ky / 2),
        reach(shape.ky / 2 * line + shape.kx / 2),
        length(kernels::padded(n * lines * line + reach)) {}

  int at(int position, int y) const { return (position * lines + y) * line; }
  // Empty pixels from the end of a line to the next one's begin, or to the end of all.
  int border_behind(int position, int y) const {
    const bool last = y + 1 == h;
    const int next = !last ? at(position, y + 1) : position + 1 < n ? at(position + 1, 0) : length;
    return next - at(position, y) - w;
  }

  int n, h, w;
  int line, lines;
  int reach;   // of the farthest tap
  int length;  // with zeros for the reach of the last pixel, and of the first of the next channel
};

// (n, P, channels) to (channels, length), zeros in the border.
void turn(const Bordered& space, const float* in, int channels, float* to) {
  const std::size_t stride = index(kernels::padded(channels));
  for (int first = 0; first < channels; first += kernels::kChannelAlign) {
    const int end = std::min(channels, first + kernels::kChannelAlign);
    for (int n = 0; n < space.n; ++n) {
      for (int y = 0; y < space.h; ++y) {
        const float* from = in + index((n * space.h + y) * space.w) * stride;
        for (int c = first; c < end; ++c) {
          float* row = to + index(c) * index(space.length) + index(space.at(n, y));
          for (std::size_t x = 0; x < index(space.w); ++x) row[x] = from[x * stride + index(c)];
          std::fill_n(row + space.w, space.border_behind(n, y), 0.0f);
        }
      }
    }
  }
}

// (n, P, channels) to (length, channels) without padding of the channels, zeros in the border.
void spread(const Bordered& space, const float* in, int channels, std::vector<float>& to) {
  to.resize(index(space.length) * index(channels));
  const std::size_t stride = index(kernels::padded(channels));
  for (int n = 0; n < space.n; ++n) {
    for (int y = 0; y < space.h; ++y) {
      const float* from = in + index((n * space.h + y) * space.w) * stride;
      float* row = to.data() + index(space.at(n, y)) * index(channels);
      for (int x = 0; x < space.w; ++x, from += stride, row += channels) {
        std::copy_n(from, channels, row);
      }
      std::fill_n(row, index(space.border_behind(n, y)) * index(channels), 0.0f);
    }
  }
}

}  // namespace

ConvWeightGradient::ConvWeightGradient(const kernels::ConvShape& shape)
    : shape_(shape),
      isa_(kernels::best_isa()),
      sums_(index(shape.ky * shape.kx * shape.c_in) * index(kernels::padded(shape.c_out))) {}

void ConvWeightGradient::add(const float* in, const float* gradient, int n, int h, int w,
                             GradientScratch& scratch) {
  const Bordered space(shape_, n, h, w);
  const std::size_t before = index(kernels::padded(space.reach));
  const std::size_t needed = 2 * before + index(shape_.c_in) * index(space.length);
  if (scratch.turned.size() < needed) scratch.turned = nn::AlignedFloats(needed);
  float* const turned = scratch.turned.data() + before;
  std::fill_n(scratch.turned.data(), before, 0.0f);
  std::fill_n(scratch.turned.data() + needed - before, before, 0.0f);
  turn(space, in, shape_.c_in, turned);
  spread(space, gradient, shape_.c_out, scratch.rows);
  const auto product = kernels::make_gemm(isa_, space.length, shape_.c_out, scratch.rows.data());
  kernels::Epilogue sum;
  for (int y = 0; y < shape_.ky; ++y) {
    for (int x = 0; x < shape_.kx; ++x) {
      const int tap = y * shape_.kx + x;
      const int shift = (y - shape_.ky / 2) * space.line + x - shape_.kx / 2;
      sum.residual = sum.raw_out =
          sums_.data() + index(tap * shape_.c_in) * index(kernels::padded(shape_.c_out));
      product->run(turned + shift, shape_.c_in, shape_.c_in, sum);
    }
  }
}

void ConvWeightGradient::move_to(std::span<float> weights) {
  const std::size_t c_out = index(shape_.c_out), stride = index(kernels::padded(shape_.c_out));
  const float* from = sums_.data();
  for (std::size_t at = 0; at < weights.size(); at += c_out, from += stride) {
    for (std::size_t o = 0; o < c_out; ++o) weights[at + o] += from[o];
  }
  std::fill_n(sums_.data(), sums_.size(), 0.0f);
}

void add_product_gradient(const float* in, const float* gradient, int rows, int c_in, int c_out,
                          std::span<float> weights) {
  for (int r = 0; r < rows; ++r) {
    const float* x = in + index(r) * index(kernels::padded(c_in));
    const float* g = gradient + index(r) * index(kernels::padded(c_out));
    for (int i = 0; i < c_in; ++i) {
      float* sums = weights.data() + index(i) * index(c_out);
      for (int o = 0; o < c_out; ++o) sums[o] += x[i] * g[o];
    }
  }
}

void add_column_sums(const float* rows, int count, int channels, std::span<float> sums) {
  const std::size_t stride = index(kernels::padded(channels));
  for (int r = 0; r < count; ++r, rows += stride) {
    for (std::size_t c = 0; c < index(channels); ++c) sums[c] += rows[c];
  }
}

}  // namespace hayago::quant
