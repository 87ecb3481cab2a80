// The way back through norms and activations.
#include <algorithm>

#include "kernels/isa.h"
#include "kernels/normact/normact.h"
#include "quant/backward_ops.h"

namespace hayago::quant {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

void add(const nn::AlignedFloats& sums, float* to) {
  for (std::size_t c = 0; to != nullptr && c < sums.size(); ++c) to[c] += sums.data()[c];
}

class NormActBack final : public BackwardPass::Step {
 public:
  explicit NormActBack(const nn::NormActOp& op) : op_(op) {}
  void run(const BackwardRun& run) const override { norm_act_back(op_, run); }

 private:
  nn::NormActOp op_;
};

}  // namespace

void norm_act_back(const nn::NormActOp& op, const BackwardRun& run, const NormGradients& own) {
  const std::size_t stride = run.stride(op.in);
  nn::AlignedFloats scale(stride), shift(stride), scale_sum(stride), shift_sum(stride);
  std::fill_n(scale.data(), index(run.channels(op.in)), 1.0f);
  std::copy(op.scale.begin(), op.scale.end(), scale.data());
  std::copy(op.shift.begin(), op.shift.end(), shift.data());
  static const kernels::NormActBackFn back = kernels::pick_normact_back(kernels::best_isa());
  back({run.value(op.in), run.gradient(op.out), run.rows(op.in), run.channels(op.in), scale.data(),
        shift.data(), op.act, run.plan.tensor(op.in).per_pixel ? run.mask : nullptr,
        run.gradient(op.in), scale_sum.data(), shift_sum.data()});
  add(scale_sum, own.scale);
  add(shift_sum, own.shift);
}

std::unique_ptr<BackwardPass::Step> step_back(const nn::NormActOp& op) {
  return std::make_unique<NormActBack>(op);
}

}  // namespace hayago::quant
