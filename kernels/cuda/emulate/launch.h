// The emulated side of launch.cuh.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <tuple>

#include "kernels/cuda/emulate/block.h"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/grid.h"

namespace hayago::kernels {
inline namespace emulated {

// Null, or what a GPU of the stream's kind would refuse. Whole warps only.
const char* check_grid(const Grid& grid, const EmulatedStream& stream);

// The stream behind the handle; a null handle has the seed 0.
EmulatedStream& emulated_stream(GpuStream stream);

template <class... Parameters, class... Arguments>
const char* launch(void (*kernel)(Parameters...), const Grid& grid, GpuStream stream,
                   const Arguments&... arguments) {
  EmulatedStream& on = emulated_stream(stream);
  if (const char* refused = check_grid(grid, on)) return refused;
  const auto size = [](int x) { return static_cast<unsigned>(x); };
  const BlockShape shape = {{size(grid.x), size(grid.y), size(grid.z)},
                            size(grid.threads),
                            static_cast<std::size_t>(grid.shared_bytes)};
  const auto thread = [kernel,
                       values = std::tuple<Parameters...>(static_cast<Parameters>(arguments)...)] {
    std::apply(kernel, values);
  };
  using Thread = decltype(thread);
  const auto call = [](const void* context) { (*static_cast<const Thread*>(context))(); };
  const std::uint64_t seed = on.seed + on.launches++;
  if (on.recording == nullptr) return run_grid(shape, seed, call, &thread);
  on.recording->push_back([shape, seed, call, thread] {
    if (const char* failed = run_grid(shape, seed, call, &thread)) throw std::runtime_error(failed);
  });
  return nullptr;
}

}  // namespace emulated
}  // namespace hayago::kernels
