// Primitives bound to GPU kernels. They hold no device memory: constants are offsets into an image
// that every device gets a copy of, so all devices share one list of operations.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/runtime.h"
#include "nn/plan/plan.h"

namespace hayago::nn {

// Alignment of everything inside device allocations.
inline constexpr std::size_t kGpuAlign = 256;
inline constexpr std::size_t gpu_aligned(std::size_t bytes) {
  return (bytes + kGpuAlign - 1) / kGpuAlign * kGpuAlign;
}

// A piece of the image; the default is "none", a null pointer on the device.
struct Constant {
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t offset = kNone;
};

// The constants of a network as they will lie on the device.
class ConstantImage {
 public:
  Constant reserve(std::size_t bytes);
  // gpu_padded(values.size()) floats, zeros in the padding; none when empty.
  Constant add_channels(Weights values);
  std::byte* at(Constant constant) { return bytes_.data() + constant.offset; }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  void clear() { bytes_ = {}; }

 private:
  std::vector<std::byte> bytes_;
};

// Cosines and sines of a rope table on the device.
struct GpuAngles {
  const float* cosines = nullptr;
  const float* sines = nullptr;
};

// One pass over the plan for n positions of h x w: everything in device memory.
struct GpuPass {
  int n = 0, h = 0, w = 0;
  const std::byte* constants = nullptr;
  void* const* tensors = nullptr;      // by TensorId
  float* const* outputs = nullptr;     // by TensorId: compact copies of network outputs, else null
  const std::uint8_t* mask = nullptr;  // (n, P); null when every board fills the buffer
  const float* area = nullptr;         // (n)
  const GpuAngles* rope = nullptr;     // by table index
  kernels::GpuRuntime* runtime = nullptr;
  kernels::GpuStream stream = nullptr;

  int pixels() const { return h * w; }
  void* tensor(TensorId id) const { return id == kNoTensor ? nullptr : tensors[id]; }
  float* row_tensor(TensorId id) const { return static_cast<float*>(tensor(id)); }
  float* output(TensorId id) const { return id == kNoTensor ? nullptr : outputs[id]; }
  const void* constant(Constant c) const {
    return c.offset == Constant::kNone ? nullptr : constants + c.offset;
  }
  const float* channels(Constant c) const { return static_cast<const float*>(constant(c)); }
};

class GpuOp {
 public:
  virtual ~GpuOp() = default;
  // Kind and shape, e.g. "product 3x3 192 to 192 act", for messages and tables of times.
  virtual std::string what() const = 0;
  // Puts the operation into the stream. Throws GpuError, naming the operation.
  virtual void launch(const GpuPass& pass) const = 0;
};

// `storage` is the type of per-pixel tensors; per-position tensors are floats. Constants go into
// the image.
std::unique_ptr<GpuOp> make_gpu_op(const Op& op, const Plan& plan, kernels::GpuType storage,
                                   ConstantImage& image);

}  // namespace hayago::nn
