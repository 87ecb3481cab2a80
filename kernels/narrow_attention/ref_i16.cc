// Plain loops: operands are rounded by the formulas of the other kernels, whose integers these are;
// everything behind them is exact or double.
#include <algorithm>
#include <cmath>

#include "kernels/narrow_attention/kernel.h"

namespace hayago::kernels {
namespace {

struct Rows {
  const float* first;
  std::size_t stride;
  const float* operator[](int p) const { return first + static_cast<std::size_t>(p) * stride; }
};

// How many steps of the largest number there are in x: limit / most.
float inverse_of(float most, int limit) {
  return most > 0 ? static_cast<float>(limit) / most : 0.0f;
}

float largest_of(const float* row, const double* mean, int dim) {
  float most = 0;
  for (int d = 0; d < dim; ++d) {
    most = std::max(most, std::abs(row[d] - static_cast<float>(mean[d])));
  }
  return most;
}

// One query row of one head.
struct Attending {
  const AttentionArgs& args;
  const float* mask;
  Rows k, v;
  double *mean, *weights;  // (q_dim) floats, (P)
  int keys = 0;

  bool on_board(int p) const { return mask == nullptr || mask[p] != 0; }

  void find_mean() {
    for (int p = 0; p < args.pixels; ++p) keys += on_board(p) ? 1 : 0;
    for (int d = 0; d < args.q_dim; ++d) {
      float sum = 0;
      for (int p = 0; p < args.pixels; ++p) {
        if (on_board(p)) sum += k[p][d];
      }
      mean[d] = sum * (1.0f / static_cast<float>(keys));
    }
  }

  // The exact product of two rounded rows times their steps.
  double score(const float* q, float q_most, int p) const {
    const float k_most = largest_of(k[p], mean, args.q_dim);
    const int limit = largest_factor(args.q_dim);
    const float k_inverse = inverse_of(k_most, limit), q_inverse = inverse_of(q_most, limit);
    double sum = 0;
    for (int d = 0; d < args.q_dim; ++d) {
      const float key = (k[p][d] - static_cast<float>(mean[d])) * k_inverse;
      sum += static_cast<double>(std::nearbyint(q[d] * q_inverse)) * std::nearbyint(key);
    }
    return sum * q_most * k_most / (static_cast<double>(limit) * limit);
  }

  void attend(const float* q, float* out) const {
    float q_most = 0;
    for (int d = 0; d < args.q_dim; ++d) q_most = std::max(q_most, std::abs(q[d]));
    double maximum = -INFINITY, total = 0;
    for (int p = 0; p < args.pixels; ++p) {
      if (!on_board(p)) continue;
      weights[p] = score(q, q_most, p) / std::sqrt(static_cast<double>(args.q_dim));
      maximum = std::max(maximum, weights[p]);
    }
    for (int p = 0; p < args.pixels; ++p) {
      if (!on_board(p)) continue;
      const double weight = std::exp(weights[p] - maximum + kLog2OfWeightSteps * std::log(2.0));
      total += weight;
      weights[p] = std::nearbyint(weight);
    }
    for (int c = 0; c < args.v_dim; ++c) {
      float most = 0;
      for (int p = 0; p < args.pixels; ++p) {
        if (on_board(p)) most = std::max(most, std::abs(v[p][c]));
      }
      const float inverse = inverse_of(most, largest_value(keys));
      double sum = 0;
      for (int p = 0; p < args.pixels; ++p) {
        if (on_board(p)) sum += weights[p] * std::nearbyint(v[p][c] * inverse);
      }
      out[c] = static_cast<float>(sum * most / (largest_value(keys) * total));
    }
  }
};

void attention(const float* q, const float* k, const float* v, const AttentionArgs& args,
               float* out, void* scratch) noexcept {
  const std::size_t q_stride = padded(args.heads * args.q_dim);
  const std::size_t k_stride = padded(args.kv_heads * args.q_dim);
  const std::size_t v_stride = padded(args.kv_heads * args.v_dim);
  const std::size_t out_stride = padded(args.heads * args.v_dim);
  const std::size_t own = NarrowAttentionLayout(args).total() * args.share.part;
  auto* const doubles = reinterpret_cast<double*>(static_cast<char*>(scratch) + own);
  const int begin = args.share.begin(args.pixels), end = args.share.end(args.pixels);
  for (int b = 0; b < args.n; ++b) {
    const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
    const float* const mask = args.mask != nullptr ? args.mask + first : nullptr;
    std::fill(out + (first + begin) * out_stride, out + (first + end) * out_stride, 0.0f);
    for (int h = 0; h < args.heads; ++h) {
      const int kv = h * args.kv_heads / args.heads;
      Attending head{args,
                     mask,
                     {k + first * k_stride + kv * args.q_dim, k_stride},
                     {v + first * v_stride + kv * args.v_dim, v_stride},
                     doubles,
                     doubles + args.q_dim};
      head.find_mean();
      for (int p = begin; p < end; ++p) {
        if (!head.on_board(p)) continue;
        head.attend(q + (first + p) * q_stride + h * args.q_dim,
                    out + (first + p) * out_stride + h * args.v_dim);
      }
    }
  }
}

}  // namespace

const NarrowAttentionKernel narrow_attention_i16_ref = {attention};

}  // namespace hayago::kernels
