// Launches of attention.
#include "kernels/attention/flash_f16.cuh"
#include "kernels/attention/sm75.cuh"
#include "kernels/cuda/gpu_launch.h"
#include "kernels/cuda/launch.cuh"

namespace hayago::kernels {
namespace {

template <int kQuery, int kValue>
bool flash_fits(const GpuAttention& args, const GpuDevice& device) {
  return args.q_dim == kQuery && args.v_dim == kValue &&
         flash_shared_bytes<kQuery, kValue>(args.pixels) <= device.shared_bytes;
}

template <int kQuery, int kValue>
const char* launch_flash(const GpuAttention& args, GpuStream stream) {
  Grid grid;
  grid.x = (args.pixels + kFlashQueries - 1) / kFlashQueries;
  grid.y = args.heads;
  grid.z = args.n;
  grid.threads = kFlashThreads;
  grid.shared_bytes = flash_shared_bytes<kQuery, kValue>(args.pixels);
  return launch(attention_flash_f16<kQuery, kValue>, grid, stream, args);
}

}  // namespace

inline namespace HAYAGO_GPU_BACKEND {

const char* launch_attention(GpuType type, const GpuAttention& args, const GpuDevice& device,
                             GpuStream stream) {
  if (type == GpuType::kF16) {
    if (flash_fits<32, 32>(args, device)) return launch_flash<32, 32>(args, stream);
    if (flash_fits<64, 64>(args, device)) return launch_flash<64, 64>(args, stream);
    if (flash_fits<32, 16>(args, device)) return launch_flash<32, 16>(args, stream);
  }
  if (args.v_dim > kMostValueDim) return "attention: heads of more than 128 value channels";
  Grid grid;
  grid.x = (args.pixels + kQueries - 1) / kQueries;
  grid.y = args.heads;
  grid.z = args.n;
  grid.threads = kThreads;
  grid.shared_bytes = attention_shared_bytes(args);
  if (grid.shared_bytes > device.shared_bytes) return "attention: too large for shared memory";
  const AttentionStrides strides = {
      gpu_padded(args.heads * args.q_dim), gpu_padded(args.kv_heads * args.q_dim),
      gpu_padded(args.kv_heads * args.v_dim), gpu_padded(args.heads * args.v_dim)};
  return launch_stored(type, attention<float>, attention<Half>,
                       "attention: 8-bit activations are not available", grid, stream, args,
                       strides);
}

}  // namespace HAYAGO_GPU_BACKEND
}  // namespace hayago::kernels
