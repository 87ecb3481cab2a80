#include <algorithm>
#include <cmath>

#include "kernels/attention/kernel.h"

namespace hayago::kernels {
namespace {

void rope(float* x, const RopeArgs& args) noexcept {
  const std::size_t stride = padded(args.heads * args.dim);
  const int half = args.dim / 2;
  for (int b = 0; b < args.n; ++b) {
    for (int p = 0; p < args.pixels; ++p) {
      float* row = x + (static_cast<std::size_t>(b) * args.pixels + p) * stride;
      for (int h = 0; h < args.heads; ++h) {
        const int kv = h * args.kv_heads / args.heads;
        const std::size_t table = (static_cast<std::size_t>(p) * args.kv_heads + kv) * half;
        for (int j = 0; j < half; ++j) {
          float* pair = row + h * args.dim + 2 * j;
          const double cosine = args.cos_table[table + j], sine = args.sin_table[table + j];
          const double first = pair[0], second = pair[1];
          pair[0] = static_cast<float>(first * cosine - second * sine);
          pair[1] = static_cast<float>(first * sine + second * cosine);
        }
      }
    }
  }
}

// One query row of one head; `weights` has room for one double per pixel.
void attend(const float* q, const float* k, std::size_t k_stride, const float* v,
            std::size_t v_stride, const AttentionArgs& args, const float* mask, double* weights,
            float* out) {
  double maximum = -INFINITY, total = 0;
  for (int j = 0; j < args.pixels; ++j) {
    double dot = 0;
    for (int d = 0; d < args.q_dim; ++d) dot += static_cast<double>(q[d]) * k[j * k_stride + d];
    weights[j] = dot / std::sqrt(static_cast<double>(args.q_dim));
    if (mask == nullptr || mask[j] != 0) maximum = std::max(maximum, weights[j]);
  }
  for (int j = 0; j < args.pixels; ++j) {
    weights[j] = mask == nullptr || mask[j] != 0 ? std::exp(weights[j] - maximum) : 0;
    total += weights[j];
  }
  for (int d = 0; d < args.v_dim; ++d) {
    double sum = 0;
    for (int j = 0; j < args.pixels; ++j) {
      if (weights[j] != 0) sum += weights[j] * v[j * v_stride + d];
    }
    out[d] = static_cast<float>(sum / total);
  }
}

void attention(const float* q, const float* k, const float* v, const AttentionArgs& args,
               float* out, void* scratch) noexcept {
  const std::size_t q_stride = padded(args.heads * args.q_dim);
  const std::size_t k_stride = padded(args.kv_heads * args.q_dim);
  const std::size_t v_stride = padded(args.kv_heads * args.v_dim);
  const std::size_t out_stride = padded(args.heads * args.v_dim);
  const std::size_t own_bytes = attention_scratch_bytes(args) / args.share.parts;
  void* const own = static_cast<char*>(scratch) + own_bytes * args.share.part;
  const int last = args.share.end(args.n);
  for (int b = args.share.begin(args.n); b < last; ++b) {
    const std::size_t first = static_cast<std::size_t>(b) * args.pixels;
    const float* mask = args.mask != nullptr ? args.mask + first : nullptr;
    for (int p = 0; p < args.pixels; ++p) {
      float* out_row = out + (first + p) * out_stride;
      std::fill_n(out_row, out_stride, 0.0f);
      if (mask != nullptr && mask[p] == 0) continue;
      for (int h = 0; h < args.heads; ++h) {
        const int kv = h * args.kv_heads / args.heads;
        attend(q + (first + p) * q_stride + h * args.q_dim, k + first * k_stride + kv * args.q_dim,
               k_stride, v + first * v_stride + kv * args.v_dim, v_stride, args, mask,
               static_cast<double*>(own), out_row + h * args.v_dim);
      }
    }
  }
}

}  // namespace

const AttentionKernel attention_f32_ref = {rope, attention};

}  // namespace hayago::kernels
