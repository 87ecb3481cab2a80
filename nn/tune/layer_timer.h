// Internal to this folder: seconds of operations outside of their network.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/exec/cpu/cpu_op.h"

namespace hayago::nn {

// Operations of one shape with their packed weights, which take turns.
struct BoundLayers {
  const Plan* plan = nullptr;
  std::vector<const Op*> ops;
  std::vector<std::unique_ptr<CpuOp>> bound;
};

class LayerTimer {
 public:
  // A measurement takes `enough` seconds or as long as every operation needs for a turn.
  LayerTimer(int height, int width, int threads, double enough);

  // Median seconds of a call for that many positions, while all threads make such calls.
  double seconds(const BoundLayers& layers, int positions);

 private:
  // Activations of one thread, by use: an input is never written, so that it stays a sound number
  // whatever else is measured.
  class Workspace {
   public:
    // Pointers by TensorId of the plan.
    std::vector<float*> tensors(const Plan& plan, const Op& op, int n, int h, int w);
    void* scratch(std::size_t bytes);

   private:
    float* buffer(std::vector<AlignedFloats>& pool, std::size_t use, std::size_t floats);
    std::vector<AlignedFloats> inputs_, narrow_inputs_, outputs_;
    AlignedFloats scratch_;
  };

  int height_, width_;
  double enough_;
  std::vector<Workspace> workspaces_;  // by thread
};

}  // namespace hayago::nn
