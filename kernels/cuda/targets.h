// The GPU lines of a kernels.inc list: HAYAGO_CUDA_KERNEL(target, type, symbol, exact|close), best
// first; a target is the oldest chip that runs the kernel. Of the lines of one type the first whose
// target the chip can run decides; a further line of the same target is for shapes that the first
// one lacks. HAYAGO_ON_<target>(x) is x where the target is compiled in.
#pragma once
#include "kernels/cuda/gpu.h"

#define HAYAGO_ON_sm61(...) __VA_ARGS__
#define HAYAGO_ON_sm75(...) __VA_ARGS__
#define HAYAGO_ON_sm80(...) __VA_ARGS__
#ifdef HAYAGO_CUDA_EMULATE
#define HAYAGO_ON_sm90a(...)  // not emulated
#else
#define HAYAGO_ON_sm90a(...) __VA_ARGS__
#endif

namespace hayago::kernels {

struct GpuTarget {
  int compute;  // e.g. 75 for compute capability 7.5
  bool only;    // not on later chips
  constexpr bool runs_on(int chip) const { return only ? chip == compute : chip >= compute; }
  bool operator==(const GpuTarget&) const = default;
};

inline constexpr GpuTarget kTarget_sm61 = {61, false};
inline constexpr GpuTarget kTarget_sm75 = {75, false};
inline constexpr GpuTarget kTarget_sm80 = {80, false};
inline constexpr GpuTarget kTarget_sm90a = {90, true};

inline constexpr GpuType kGpuType_f32 = GpuType::kF32;
inline constexpr GpuType kGpuType_f16 = GpuType::kF16;
inline constexpr GpuType kGpuType_i8 = GpuType::kI8;

}  // namespace hayago::kernels
