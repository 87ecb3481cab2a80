// The way back through the primitives of transformer blocks and root-mean-square tips.
#include <algorithm>
#include <cmath>

#include "quant/backward_ops.h"

namespace hayago::quant {
namespace {

using nn::TensorId;
using Step = BackwardPass::Step;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// y = act(gamma * x * f + beta), f = 1 / sqrt(S / N + eps), S the squares of N numbers x:
// dL/dx = f * u - x * f^3 / N * (sum of u * x) with u = dL/dy * act' * gamma.
class RmsNormBack final : public Step {
 public:
  explicit RmsNormBack(const nn::RmsNormOp& op) : op_(op) {}
  void run(const BackwardRun& run) const override {
    if (!op_.spatial) {
      for (int r = 0; r < run.rows(op_.in); ++r) group(run, r, r + 1, 1);
      return;
    }
    for (int n = 0; n < run.n; ++n) {
      group(run, n * run.pixels(), (n + 1) * run.pixels(), static_cast<double>(run.area[n]));
    }
  }

 private:
  void group(const BackwardRun& run, int first, int end, double points) const {
    const std::size_t channels = index(run.channels(op_.in)), stride = run.stride(op_.in);
    const auto each = [&](const auto& what) {
      for (int r = first; r < end; ++r) {
        if (!run.on_board(op_.in, r)) continue;
        for (std::size_t c = 0; c < channels; ++c) what(index(r) * stride + c, c);
      }
    };
    const float *x = run.value(op_.in), *g = run.gradient(op_.out);
    const double count = points * static_cast<double>(channels);
    double squares = 0, common = 0;
    each([&](std::size_t i, std::size_t) { squares += static_cast<double>(x[i]) * x[i]; });
    const double f = 1 / std::sqrt(squares / count + op_.eps);
    const auto inner = [&](std::size_t i, std::size_t c) {
      const double beta = op_.beta.empty() ? 0 : static_cast<double>(op_.beta[c]);
      return g[i] * op_.gamma[c] * slope(op_.act, x[i] * f * op_.gamma[c] + beta);
    };
    each([&](std::size_t i, std::size_t c) { common += inner(i, c) * x[i]; });
    float* sum = run.gradient(op_.in);
    each([&](std::size_t i, std::size_t c) {
      sum[i] += static_cast<float>(f * inner(i, c) - x[i] * f * f * f / count * common);
    });
  }

  nn::RmsNormOp op_;
};

// A turn by the opposite angle.
class RopeBack final : public Step {
 public:
  RopeBack(const nn::RopeOp& op, const nn::RopeTable& table)
      : op_(op), kv_heads_(table.kv_heads), dim_(table.dim) {}
  void run(const BackwardRun& run) const override {
    const nn::RopeAngles& angles = run.rope[op_.table];
    const int half = dim_ / 2;
    for (int r = 0; r < run.rows(op_.in); ++r) {
      const float* g = run.gradient(op_.out) + index(r) * run.stride(op_.out);
      float* sum = run.gradient(op_.in) + index(r) * run.stride(op_.in);
      for (int h = 0; h < op_.heads; ++h) {
        const int kv = h * kv_heads_ / op_.heads;
        for (int j = 0; j < half; ++j) {
          const std::size_t at = index((r % run.pixels() * kv_heads_ + kv) * half + j);
          const std::size_t pair = index(h * dim_ + 2 * j);
          const float cosine = angles.cosines[at], sine = angles.sines[at];
          sum[pair] += g[pair] * cosine + g[pair + 1] * sine;
          sum[pair + 1] += g[pair + 1] * cosine - g[pair] * sine;
        }
      }
    }
  }

 private:
  nn::RopeOp op_;
  int kv_heads_, dim_;
};

// Weights a_j = softmax(q.k_j / sqrt(d)), out = sum of a_j v_j. With b_j = dL/dout . v_j and
// b = sum of a_j b_j: dL/d(score_j) = a_j (b_j - b).
class AttentionBack final : public Step {
 public:
  explicit AttentionBack(const nn::AttentionOp& op) : op_(op) {}
  void run(const BackwardRun& run) const override {
    for (int n = 0; n < run.n; ++n) {
      for (int head = 0; head < op_.heads; ++head) Head(op_, run, n, head).run();
    }
  }

 private:
  // One head at one position. Keys and values are turned, (dim, P), so that loops over the points
  // are loops over memory.
  class Head {
   public:
    Head(const nn::AttentionOp& op, const BackwardRun& run, int n, int head)
        : op_(op),
          run_(run),
          points_(index(run.pixels())),
          first_(n * run.pixels()),
          kv_(head * op.kv_heads / op.heads),
          q_at_(index(head * op.q_dim)),
          out_at_(index(head * op.v_dim)),
          keys_(turned(op.k, op.q_dim)),
          values_(turned(op.v, op.v_dim)),
          key_sums_(keys_.size()),
          value_sums_(values_.size()),
          weights_(points_),
          slopes_(points_) {}

    void run() {
      for (std::size_t p = 0; p < points_; ++p) {
        if (run_.on_board(op_.q, first_ + static_cast<int>(p))) query(p);
      }
      add(op_.k, op_.q_dim, key_sums_);
      add(op_.v, op_.v_dim, value_sums_);
    }

   private:
    std::size_t row(TensorId id, std::size_t point) const {
      return (index(first_) + point) * run_.stride(id);
    }

    std::vector<float> turned(TensorId id, int dim) const {
      std::vector<float> result(index(dim) * points_);
      for (std::size_t p = 0; p < points_; ++p) {
        const float* from = run_.value(id) + row(id, p) + index(kv_ * dim);
        for (std::size_t d = 0; d < index(dim); ++d) result[d * points_ + p] = from[d];
      }
      return result;
    }
    void add(TensorId id, int dim, const std::vector<float>& sums) const {
      for (std::size_t p = 0; p < points_; ++p) {
        float* to = run_.gradient(id) + row(id, p) + index(kv_ * dim);
        for (std::size_t d = 0; d < index(dim); ++d) to[d] += sums[d * points_ + p];
      }
    }

    // to[j] += factor * from[j] for all points.
    void add_row(float factor, const float* from, float* to) const {
      for (std::size_t j = 0; j < points_; ++j) to[j] += factor * from[j];
    }

    void find_weights(const float* q) {
      std::fill(weights_.begin(), weights_.end(), 0.0f);
      const float factor = 1 / std::sqrt(static_cast<float>(op_.q_dim));
      for (std::size_t d = 0; d < index(op_.q_dim); ++d) {
        add_row(q[d] * factor, &keys_[d * points_], weights_.data());
      }
      for (std::size_t j = 0; j < points_; ++j) {
        if (!run_.on_board(op_.k, first_ + static_cast<int>(j))) weights_[j] = -INFINITY;
      }
      const float largest = *std::max_element(weights_.begin(), weights_.end());
      float total = 0;
      for (float& weight : weights_) total += weight = std::exp(weight - largest);
      for (float& weight : weights_) weight /= total;
    }

    void query(std::size_t point) {
      const float* const q = run_.value(op_.q) + row(op_.q, point) + q_at_;
      const float* const g = run_.gradient(op_.out) + row(op_.out, point) + out_at_;
      find_weights(q);
      std::fill(slopes_.begin(), slopes_.end(), 0.0f);
      for (std::size_t d = 0; d < index(op_.v_dim); ++d) {
        add_row(g[d], &values_[d * points_], slopes_.data());
        add_row(g[d], weights_.data(), &value_sums_[d * points_]);
      }
      float common = 0;
      for (std::size_t j = 0; j < points_; ++j) common += weights_[j] * slopes_[j];
      const float factor = 1 / std::sqrt(static_cast<float>(op_.q_dim));
      for (std::size_t j = 0; j < points_; ++j) {
        slopes_[j] = weights_[j] * (slopes_[j] - common) * factor;
      }
      for (std::size_t d = 0; d < index(op_.q_dim); ++d) {
        add_row(q[d], slopes_.data(), &key_sums_[d * points_]);
      }
      float* const q_sum = run_.gradient(op_.q) + row(op_.q, point) + q_at_;
      for (std::size_t j = 0; j < points_; ++j) {
        const float* k = run_.value(op_.k) + row(op_.k, j) + index(kv_ * op_.q_dim);
        for (std::size_t d = 0; d < index(op_.q_dim); ++d) q_sum[d] += slopes_[j] * k[d];
      }
    }

    const nn::AttentionOp& op_;
    const BackwardRun& run_;
    std::size_t points_;
    int first_, kv_;             // row of the first point; head of keys and values
    std::size_t q_at_, out_at_;  // in a row
    std::vector<float> keys_, values_, key_sums_, value_sums_;  // (dim, P)
    std::vector<float> weights_, slopes_;                       // of all points for one query
  };

  nn::AttentionOp op_;
};

class SiluGateBack final : public Step {
 public:
  explicit SiluGateBack(const nn::SiluGateOp& op) : op_(op) {}
  void run(const BackwardRun& run) const override {
    const float *x = run.value(op_.in), *gate = run.value(op_.gate), *g = run.gradient(op_.out);
    float *sum = run.gradient(op_.in), *gate_sum = run.gradient(op_.gate);
    const std::size_t count = index(run.rows(op_.in)) * run.stride(op_.in);
    for (std::size_t i = 0; i < count; ++i) {
      if (g[i] == 0) continue;
      const double v = static_cast<double>(x[i]);
      sum[i] += static_cast<float>(g[i] * gate[i] * slope(kernels::Act::kSilu, v));
      gate_sum[i] += static_cast<float>(g[i] * v / (1 + std::exp(-v)));
    }
  }

 private:
  nn::SiluGateOp op_;
};

}  // namespace

std::unique_ptr<Step> step_back(const nn::RmsNormOp& op) {
  return std::make_unique<RmsNormBack>(op);
}
std::unique_ptr<Step> step_back(const nn::RopeOp& op, const nn::Plan& plan) {
  return std::make_unique<RopeBack>(op, plan.rope_tables[index(op.table)]);
}
std::unique_ptr<Step> step_back(const nn::AttentionOp& op) {
  return std::make_unique<AttentionBack>(op);
}
std::unique_ptr<Step> step_back(const nn::SiluGateOp& op) {
  return std::make_unique<SiluGateBack>(op);
}

}  // namespace hayago::quant
