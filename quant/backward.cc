#include "quant/backward.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/conv/conv.h"
#include "kernels/gemm/gemm.h"
#include "kernels/isa.h"
#include "quant/backward_ops.h"

namespace hayago::quant {
namespace {

using nn::TensorId;
using Step = BackwardPass::Step;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Adds factor * from to what is there.
void add_rows(const BackwardRun& run, TensorId from, TensorId to, bool mask) {
  const float* g = run.gradient(from);
  float* sum = run.gradient(to);
  for (int r = 0; r < run.rows(from); ++r, g += run.stride(from), sum += run.stride(from)) {
    if (mask && !run.on_board(from, r)) continue;
    for (std::size_t c = 0; c < run.stride(from); ++c) sum[c] += g[c];
  }
}

// The transposed convolution: kernels turned by 180 degrees, channels exchanged.
std::vector<float> transposed(nn::Weights weights, std::size_t taps, std::size_t c_in,
                              std::size_t c_out) {
  std::vector<float> result(weights.size());
  for (std::size_t tap = 0; tap < taps; ++tap) {
    for (std::size_t i = 0; i < c_in; ++i) {
      for (std::size_t o = 0; o < c_out; ++o) {
        result[((taps - 1 - tap) * c_out + o) * c_in + i] = weights[(tap * c_in + i) * c_out + o];
      }
    }
  }
  return result;
}

class ConvBack final : public Step {
 public:
  explicit ConvBack(const nn::ConvOp& op)
      : in_(op.in),
        out_(op.epilogue.raw_out),
        conv_(kernels::make_conv(kernels::best_isa(),
                                 {op.shape.ky, op.shape.kx, op.shape.c_out, op.shape.c_in},
                                 transposed(op.weights, index(op.shape.ky * op.shape.kx),
                                            index(op.shape.c_in), index(op.shape.c_out))
                                     .data())) {}
  void run(const BackwardRun& run) const override {
    kernels::Epilogue sum;
    sum.residual = sum.raw_out = run.gradient(in_);
    nn::AlignedFloats& scratch = run.scratch;
    const std::size_t floats = conv_->scratch_bytes(run.n, run.h, run.w) / sizeof(float) + 1;
    if (scratch.size() < floats) scratch = nn::AlignedFloats(floats);
    for (int phase = 0; phase < conv_->phases(run.n, run.h, run.w, 1); ++phase) {
      conv_->run(run.gradient(out_), run.n, run.h, run.w, sum, scratch.data(), {0, 1, phase});
    }
  }

 private:
  TensorId in_, out_;
  std::unique_ptr<kernels::Conv> conv_;
};

class MatMulBack final : public Step {
 public:
  explicit MatMulBack(const nn::MatMulOp& op)
      : in_(op.in),
        out_(op.epilogue.raw_out),
        gemm_(kernels::make_gemm(
            kernels::best_isa(), op.c_out, op.c_in,
            transposed(op.weights, 1, index(op.c_in), index(op.c_out)).data())) {}
  void run(const BackwardRun& run) const override {
    kernels::Epilogue sum;
    sum.residual = sum.raw_out = run.gradient(in_);
    gemm_->run(run.gradient(out_), run.rows(out_), run.rows(out_), sum);
  }

 private:
  TensorId in_, out_;
  std::unique_ptr<kernels::Gemm> gemm_;
};

// Of the plain additions: out = in + something.
class AddBack final : public Step {
 public:
  AddBack(TensorId out, TensorId in, TensorId row, bool mask_in)
      : out_(out), in_(in), row_(row), mask_in_(mask_in) {}
  void run(const BackwardRun& run) const override {
    add_rows(run, out_, in_, mask_in_);
    if (row_ == nn::kNoTensor) return;
    if (run.rows(row_) == run.rows(out_)) return add_rows(run, out_, row_, false);
    const float* g = run.gradient(out_);
    for (int r = 0; r < run.rows(out_); ++r, g += run.stride(out_)) {
      float* sum = run.gradient(row_) + index(r / run.pixels()) * run.stride(row_);
      for (std::size_t c = 0; c < run.stride(out_); ++c) sum[c] += g[c];
    }
  }

 private:
  TensorId out_, in_, row_;  // row: by position, or like in; or none
  bool mask_in_;
};

class PoolBack final : public Step {
 public:
  explicit PoolBack(const nn::PoolOp& op) : op_(op) {}
  void run(const BackwardRun& run) const override {
    const std::size_t c = index(run.channels(op_.in)), stride = run.stride(op_.in);
    for (int n = 0; n < run.n; ++n) {
      const std::size_t first = index(n * run.pixels()) * stride;
      const float* g = run.gradient(op_.out) + index(n) * run.stride(op_.out);
      const double area = static_cast<double>(run.area[n]), size = std::sqrt(area) - 14;
      for (std::size_t i = 0; i < c; ++i) {
        double mean = g[i] + g[c + i] * size * 0.1;
        if (op_.kind == nn::PoolKind::kValue) mean += g[2 * c + i] * (size * size * 0.01 - 0.1);
        const float* x = run.value(op_.in) + first + i;
        float* sum = run.gradient(op_.in) + first + i;
        float* of_largest = nullptr;
        float largest = -1;  // where the maximum starts
        for (std::size_t p = 0; p < index(run.pixels()); ++p) {
          if (!run.on_board(op_.in, n * run.pixels() + static_cast<int>(p))) continue;
          sum[p * stride] += static_cast<float>(mean / area);
          if (x[p * stride] <= largest) continue;
          largest = x[p * stride];
          of_largest = sum + p * stride;
        }
        if (op_.kind == nn::PoolKind::kPolicy && of_largest != nullptr) *of_largest += g[2 * c + i];
      }
    }
  }

 private:
  nn::PoolOp op_;
};

struct MakeStep {
  using Result = std::unique_ptr<Step>;
  const nn::Plan& plan;

  Result operator()(const nn::ConvOp& op) const { return std::make_unique<ConvBack>(op); }
  Result operator()(const nn::MatMulOp& op) const { return std::make_unique<MatMulBack>(op); }
  Result operator()(const nn::AddBiasOp& op) const {
    return std::make_unique<AddBack>(op.out, op.in, nn::kNoTensor, false);
  }
  Result operator()(const nn::AddRowBiasOp& op) const {
    return std::make_unique<AddBack>(op.out, op.in, op.row, false);
  }
  Result operator()(const nn::AddOp& op) const {
    return std::make_unique<AddBack>(op.out, op.branch, op.residual, op.mask_branch);
  }
  Result operator()(const nn::NormActOp& op) const { return step_back(op); }
  Result operator()(const nn::PoolOp& op) const { return std::make_unique<PoolBack>(op); }
  Result operator()(const nn::RmsNormOp& op) const { return step_back(op); }
  Result operator()(const nn::RopeOp& op) const { return step_back(op, plan); }
  Result operator()(const nn::AttentionOp& op) const { return step_back(op); }
  Result operator()(const nn::SiluGateOp& op) const { return step_back(op); }
  Result operator()(const nn::NarrowOp&) const {
    throw std::invalid_argument("there is no way back through narrow numbers");
  }
};

void require_unfused(const nn::Plan& plan) {
  for (const nn::Op& op : plan.ops) {
    if (nn::writes(op).size() == 1 && nn::reads(op).size() <= 3) continue;
    throw std::invalid_argument("the way back is through plans that are not fused");
  }
}

}  // namespace

double slope(kernels::Act act, double x) {
  switch (act) {
    case kernels::Act::kIdentity:
      return 1;
    case kernels::Act::kRelu:
      return x > 0 ? 1 : 0;
    case kernels::Act::kSilu: {
      const double s = 1 / (1 + std::exp(-x));
      return s * (1 + x * (1 - s));
    }
    case kernels::Act::kMish: {
      const double t = std::tanh(x > 40 ? x : std::log1p(std::exp(x)));
      return t + x * (1 - t * t) / (1 + std::exp(-x));
    }
  }
  return 0;
}

std::unique_ptr<Step> make_step_back(const nn::Op& op, const nn::Plan& plan) {
  return std::visit(MakeStep{plan}, op);
}

BackwardPass::BackwardPass(const nn::Plan& plan)
    : plan_(plan), values_(plan.tensors.size()), gradients_(plan.tensors.size()) {
  require_unfused(plan);
  for (const nn::Op& op : plan.ops) steps_.push_back(make_step_back(op, plan_));
}

BackwardPass::~BackwardPass() = default;

std::size_t BackwardPass::floats(TensorId tensor) const {
  const nn::Tensor& t = plan_.tensor(tensor);
  return index(n_ * (t.per_pixel ? pixels() : 1)) * index(kernels::padded(t.channels));
}

void BackwardPass::before(std::size_t op, const nn::OpRun& run) {
  if (op == 0) {
    n_ = run.n;
    h_ = run.h;
    w_ = run.w;
    mask_ = nn::AlignedFloats(run.mask != nullptr ? index(n_ * pixels()) : 0);
    if (run.mask != nullptr) std::copy_n(run.mask, mask_.size(), mask_.data());
    area_.assign(run.area, run.area + n_);
    angles_.assign(run.rope, run.rope + plan_.rope_tables.size());
    for (nn::AlignedFloats& value : values_) value = {};
  }
  const nn::Op& what = plan_.ops[op];
  if (std::holds_alternative<nn::AddOp>(what) || std::holds_alternative<nn::AddBiasOp>(what) ||
      std::holds_alternative<nn::AddRowBiasOp>(what) || std::holds_alternative<nn::RopeOp>(what)) {
    return;
  }
  for (const TensorId id : nn::reads(what)) {
    nn::AlignedFloats& value = values_[index(id)];
    if (value.size() > 0) continue;
    value = nn::AlignedFloats(floats(id));
    std::copy_n(run.tensor(id), value.size(), value.data());
  }
}

void BackwardPass::clear() {
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    const std::size_t size = floats(static_cast<TensorId>(i));
    if (gradients_[i].size() != size) {
      gradients_[i] = nn::AlignedFloats(size);
    } else {
      std::fill_n(gradients_[i].data(), size, 0.0f);
    }
  }
}

float* BackwardPass::gradient(TensorId tensor) { return gradients_[index(tensor)].data(); }
const float* BackwardPass::value(TensorId tensor) const { return values_[index(tensor)].data(); }

void BackwardPass::run() {
  const BackwardRun run{n_,    h_,      w_,         mask_.data(), area_.data(), angles_.data(),
                        plan_, values_, gradients_, scratch_};
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)->run(run);
}

}  // namespace hayago::quant
