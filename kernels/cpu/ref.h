// Pieces of the double-precision oracles.
#pragma once
#include <cmath>
#include <cstddef>

#include "kernels/types.h"

namespace hayago::kernels {

inline double ref_activate(double x, Act act) {
  switch (act) {
    case Act::kIdentity:
      return x;
    case Act::kRelu:
      return x > 0 ? x : 0;
    case Act::kMish:
      return x >= 20 ? x : x * std::tanh(std::log1p(std::exp(x)));
    case Act::kSilu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

// Derivative of ref_activate.
inline double ref_slope(double x, Act act) {
  switch (act) {
    case Act::kIdentity:
      return 1;
    case Act::kRelu:
      return x > 0 ? 1 : 0;
    case Act::kMish: {
      const double t = std::tanh(x > 40 ? x : std::log1p(std::exp(x)));
      return t + x * (1 - t * t) / (1 + std::exp(-x));
    }
    case Act::kSilu: {
      const double s = 1 / (1 + std::exp(-x));
      return s * (1 + x * (1 - s));
    }
  }
  return 1;
}

// The epilogue of kernels/types.h for element (row, c); `position` selects the row of row_bias.
inline void ref_finish(const Epilogue& e, std::size_t row, std::size_t position, int c,
                       std::size_t stride, double acc) {
  const std::size_t at = row * stride + static_cast<std::size_t>(c);
  const double mask = e.mask != nullptr ? e.mask[row] : 1.0;
  double v = e.mask_acc ? acc * mask : acc;
  if (e.bias != nullptr) v += e.bias[c];
  if (e.row_bias != nullptr) v += e.row_bias[position * stride + static_cast<std::size_t>(c)];
  if (e.residual != nullptr) v += e.residual[at];
  if (e.raw_out != nullptr) e.raw_out[at] = static_cast<float>(v);
  if (e.act_out == nullptr) return;
  const double scale = e.scale != nullptr ? e.scale[c] : 1.0;
  const double shift = e.shift != nullptr ? e.shift[c] : 0.0;
  e.act_out[at] = mask == 0 ? 0.0f : static_cast<float>(ref_activate(scale * v + shift, e.act));
}

}  // namespace hayago::kernels
