// A thread of control with a stack of its own that runs until it gives way. Switching costs a few
// nanoseconds: kernels under emulation switch at every barrier.
#pragma once
#include <cstddef>

namespace hayago::kernels {
inline namespace emulated {

class Fibre {
 public:
  Fibre();
  ~Fibre();
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  // Makes the next resume() call entry(). What ran here before is dropped where it stood: no
  // destructor runs, so nothing on a fibre may own anything.
  void reset(void (*entry)());
  // Runs the fibre until it calls give_way(); from the host's own stack.
  void resume();
  // Back to whoever called resume(). `finished`: this fibre is never resumed before reset().
  void give_way(bool finished);

 private:
  static void begin();

  unsigned char* stack_;
  void* stack_pointer_ = nullptr;   // of the fibre while it does not run
  void* caller_pointer_ = nullptr;  // of the caller while it runs
  void (*entry_)() = nullptr;
  // For sanitizers: the caller's stack, and what they know of either side.
  [[maybe_unused]] const void* caller_stack_ = nullptr;
  [[maybe_unused]] std::size_t caller_size_ = 0;
  [[maybe_unused]] void* shadow_ = nullptr;
  [[maybe_unused]] void* caller_shadow_ = nullptr;
};

}  // namespace emulated
}  // namespace hayago::kernels
