// Runs a network on one device: memory for one buffer size and batch, a stream of its own, and the
// passes recorded so far.
#pragma once
#include <string>
#include <vector>

#include "nn/exec/cuda/cuda_network.h"
#include "nn/exec/cuda/graph_cache.h"
#include "nn/exec/cuda/staging.h"

namespace hayago::nn {

// Thrown by run() when the network's numbers do not fit half precision.
class HalfRangeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Positions that a pass computes for a batch of n: up to 32 exactly those, beyond that the next
// multiple of 4, so that few passes have to be recorded.
int slots_for(int n);

// run() allocates nothing but the recorded pass the first time a shape of batch occurs. Throws
// GpuError, HalfRangeError.
class CudaContext final : public ExecContext {
 public:
  CudaContext(std::shared_ptr<const CudaNetwork> network, int height, int width, int batch);
  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override;

  // Seconds of every operation in a pass of n full boards, each timed alone in a row of launches;
  // what it computes is overwritten by the next run().
  struct OpTime {
    std::string what;
    double seconds;
  };
  std::vector<OpTime> time_ops(int n);

  // For tests: the memory of all tensors but the inputs, and the passes recorded so far.
  const DeviceMemory& activations() const { return activations_; }
  std::size_t recorded() const { return graphs_.size(); }

 private:
  // Device memory beside the activations.
  struct Places {
    std::size_t inputs, outputs, mask, area, angles, bytes;
  };
  static Places find_places(const CudaProgram& program, const BusShape& shape, int slots,
                            int height, int width);
  void upload_angles();
  PassShape load(std::span<const PositionInput> inputs);
  GpuPass bind_pass(const PassShape& shape);
  void enqueue(const PassShape& shape);
  void compute(const PassShape& shape);

  std::shared_ptr<const CudaNetwork> network_;
  int height_, width_, slots_;  // slots_ = most positions of a pass
  BusShape shape_;
  ArenaLayout layout_;
  Places places_;
  DeviceMemory activations_, device_;
  PinnedMemory inputs_, outputs_;
  Stream stream_;
  GraphCache graphs_;
  std::vector<void*> tensors_;  // by TensorId
  std::vector<float*> output_of_;
  std::vector<GpuAngles> angles_;
};

}  // namespace hayago::nn
