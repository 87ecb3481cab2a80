// Primitives bound to kernels of one ISA, with packed weights. Immutable, shared by all contexts.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/isa.h"
#include "kernels/share.h"
#include "nn/exec/aligned.h"
#include "nn/exec/cpu_choices.h"
#include "nn/exec/rope_angles.h"
#include "nn/plan/plan.h"

namespace hayago::nn {

// The state of one pass over the plan for n positions of h x w, and the part of it that is to be
// done.
struct OpRun {
  int n = 0, h = 0, w = 0;
  float* const* tensors = nullptr;   // by TensorId
  const float* mask = nullptr;       // (n, P); null when every board fills the buffer
  const float* area = nullptr;       // (n)
  const RopeAngles* rope = nullptr;  // by table index
  void* scratch = nullptr;
  kernels::Share share;
  int pixels() const { return h * w; }
  float* tensor(TensorId id) const { return id == kNoTensor ? nullptr : tensors[id]; }
};

class CpuOp {
 public:
  virtual ~CpuOp() = default;
  // For passes that are cut into `parts`.
  virtual std::size_t scratch_bytes(int /*n*/, int /*h*/, int /*w*/, int /*parts*/) const {
    return 0;
  }
  // Phases of a pass that is cut into `parts` (kernels/share.h).
  virtual int phases(int /*n*/, int /*h*/, int /*w*/, int /*parts*/) const { return 1; }
  // Does the share. The operation is complete when all parts of all phases have been done.
  virtual void run(const OpRun& run) const noexcept = 0;
  // Of convolutions, as in kernels/conv/conv.h and of products of narrow tensors; empty for all
  // others.
  virtual std::string_view conv_algorithm() const { return {}; }
};

// Which kernels to bind.
struct CpuKernels {
  kernels::Isa isa = kernels::Isa::kRef;
  // For the float convolutions that it supports (kernels::conv_supports); empty: as `choices` says.
  std::string conv_algorithm;
  // For the 3x3 layers in int8; empty: as `choices` says.
  std::string int8_algorithm;
  CpuChoices choices;
};

// Copies all weights it needs. Throws ModelError as kernels::make_conv does.
std::unique_ptr<CpuOp> make_cpu_op(const Op& op, const Plan& plan, const CpuKernels& kernels);

}  // namespace hayago::nn
