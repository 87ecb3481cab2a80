// One block of an emulated kernel: its threads run as fibres, one at a time, in a random order that
// a seed decides; they change only at barriers and warp collectives. What this brings to light:
//   * what is read before a barrier makes it valid is wrong for most seeds;
//   * shared memory starts as NaN in every block, and what a block writes beyond it is noticed;
//   * a barrier or collective that not all threads of the block or warp reach ends the launch with
//     a message, as does a return without wait_for_previous_kernel().
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hayago::kernels {
inline namespace emulated {

// Where a kernel calls what it calls (std::source_location, which clang 14 lacks). Functions take
// it apart as default arguments.
struct Place {
  const char* file = "";
  int line = 0;
};

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

// What GpuStream points to under emulation.
struct EmulatedStream {
  std::uint64_t seed = 0;
  std::size_t shared_bytes = 227 * 1024;  // the most a block may have
  std::uint64_t launches = 0;             // so that every launch has an order of its own
  // Not null while work is recorded instead of run.
  std::vector<std::function<void()>>* recording = nullptr;
};

struct BlockShape {
  Index grid{1, 1, 1};
  unsigned threads = 32;
  std::size_t shared_bytes = 0;
};

// Runs all blocks of a kernel, in a random order. thread(context) is the body of one thread. Null,
// or the first error; the text lives until the calling host thread launches again.
const char* run_grid(const BlockShape& shape, std::uint64_t seed, void (*thread)(const void*),
                     const void* context);

// --- for the running thread of a kernel ---------------------------------------------------------
// Reports an error of the kernel and ends the launch.
[[noreturn]] void fail(const std::string& what);

void meet_block(const Place& where);

// Meets the other 31 threads of the warp. The last to come runs act(arguments), where arguments[l]
// is what lane l brought; all must come from the same place.
using WarpAction = void (*)(void* const* arguments);
void meet_warp(WarpAction act, void* argument, const Place& where);

// cp.async: a copy takes place at once or, as a coin decides, when it is waited for.
void copy_later(void* to, const void* from, bool valid);
void close_copy_group();
void finish_copies(int pending_groups);

void note_wait_for_previous_kernel();

// True if [address, address + bytes) is shared memory of this block.
bool is_shared(const void* address, std::size_t bytes);

// Of the running thread and its block.
extern constinit thread_local Index threadIdx, blockIdx, blockDim, gridDim;
extern constinit thread_local unsigned char* shared_memory;

}  // namespace emulated
}  // namespace hayago::kernels
