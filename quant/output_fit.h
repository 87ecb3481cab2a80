// The last products of the value head, for what layers in int8 have made of their input.
//
// Errors of rounding are not all noise: positions that are alike (of an opening, of a game that is
// decided) have errors in common. Of hidden values a' = a - d in the place of a, the part of d that
// is linear in a' is found by weighted least squares with a ridge, d = M'a' + m, and goes into the
// weights and biases that follow: W + MW and b + m'W say of a' what W and b say of a, as far as
// that goes. Nothing takes longer when the network runs.
#pragma once
#include <memory>
#include <span>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/plan/narrow.h"

namespace hayago::quant {

class OutputFit {
 public:
  // `exact` in float, `rounded` the same network as its file has it, with `precision` for its
  // layers in int8. Neither need live on. Throws as CpuExecutor does.
  OutputFit(const nn::ModelDesc& exact, const nn::ModelDesc& rounded,
            const nn::Precision& precision, int height, int width, int batch);
  ~OutputFit();

  // 1..batch positions. Each half of the positions judges what the other one has found, so
  // neighbours should be of the same games.
  void add(std::span<const nn::PositionInput> inputs);
  const nn::NetInfo& info() const;

  // Changes v3 and sv3 of the value head. Returns the share of the squared errors of the value's
  // logits that is left, as one half of the positions judges the other: 1 if nothing helps, and
  // then nothing has changed.
  double apply(nn::ValueHeadDesc& head) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::quant
