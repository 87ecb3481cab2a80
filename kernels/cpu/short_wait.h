// Waiting for what another thread changes within nanoseconds.
#pragma once
#include <thread>

#include "kernels/cpu/inline.h"

namespace hayago::kernels {

// Between two looks. With more threads than cores the other thread may not be running: after some
// looks the core goes to others.
class ShortWait {
 public:
  HAYAGO_INLINE void pause() {
    if (++looks_ > kLooks) {
      std::this_thread::yield();
      return;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  // How often the core was given away.
  HAYAGO_INLINE int yields() const { return looks_ > kLooks ? looks_ - kLooks : 0; }

 private:
  static constexpr int kLooks = 64;
  int looks_ = 0;
};

}  // namespace hayago::kernels
