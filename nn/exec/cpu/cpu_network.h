// A network bound to CPU kernels, and the contexts that run it.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/exec/cpu/cpu_op.h"
#include "nn/exec/cpu/cpu_team.h"
#include "nn/exec/executor.h"
#include "nn/plan/memory.h"

namespace hayago::nn {

// Everything that threads share: packed weights, order of operations, lifetimes of tensors.
class CpuNetwork {
 public:
  // Copies what it needs of the model. Throws ModelError as kernels::make_conv does.
  CpuNetwork(const Plan& plan, const CpuKernels& kernels);

  // Structure only: the spans of weights are empty.
  const Plan& plan() const { return plan_; }
  const Lifetimes& lifetimes() const { return lifetimes_; }
  const std::vector<std::unique_ptr<CpuOp>>& ops() const { return ops_; }
  std::vector<RopeAngles> rope_angles(int height, int width) const;
  // Kernel scratch of a pass that `parts` threads share.
  std::size_t scratch_bytes(int n, int height, int width, int parts) const;

 private:
  Plan plan_;
  Lifetimes lifetimes_;
  std::vector<std::unique_ptr<CpuOp>> ops_;
  std::vector<OwnedRopeTable> rope_tables_;
};

// Sees the tensors on their way through the network.
class OpObserver {
 public:
  virtual ~OpObserver() = default;
  // Before operation `op` of the plan runs for run.n positions: its inputs are complete.
  virtual void before(std::size_t op, const OpRun& run) = 0;
};

class CpuContext final : public ExecContext {
 public:
  // At most `group` positions go through the network together.
  CpuContext(std::shared_ptr<const CpuNetwork> network, std::shared_ptr<CpuTeam> team, int height,
             int width, int batch, int group);
  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override;

  // One thread runs observed passes. Null ends the observation.
  void observe(OpObserver* observer) { observer_ = observer; }

  // In how many parts the next pass will be cut.
  int parts() const { return fixed_parts_ > 0 ? fixed_parts_ : seat_.parts(); }
  // For tests: from now on that many, at most the executor's cores, whether it pays or not.
  void fix_parts(int parts) { fixed_parts_ = parts; }
  // How many parts of operations other threads have done.
  std::int64_t helped() const { return seat_.helped(); }

  // All scratch memory, for tests that prove that no run depends on what an earlier one left.
  std::span<float> arena() { return arena_.span(); }

 private:
  bool board_fills_buffer(const PositionInput& input) const;
  void run_group(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs,
                 std::span<const int> members, bool masked);
  void run_observed(const OpRun& pass) const;
  void run_shared(const OpRun& pass);
  void load(const PositionInput& input, int slot);
  void store(const RawOutput& output, int slot) const;
  const float* row(TensorId id, int slot) const;

  std::shared_ptr<const CpuNetwork> network_;
  std::shared_ptr<CpuTeam> team_;
  CpuTeam::Seat seat_;
  // What a pass consists of when it is cut into parts: operation and phase. Capacity reserved.
  struct Stage {
    int op, phase;
  };
  std::vector<Stage> stages_;
  int fixed_parts_ = 0;  // 0: as the team sees fit
  int height_, width_, batch_, group_;
  std::vector<RopeAngles> rope_angles_;
  AlignedFloats arena_;          // tensors, then kernel scratch
  std::vector<float*> tensors_;  // by TensorId
  float* scratch_ = nullptr;
  AlignedFloats mask_, area_;
  OpObserver* observer_ = nullptr;
  std::vector<int> full_, partial_;  // members of a batch by kind; capacity reserved
};

}  // namespace hayago::nn
