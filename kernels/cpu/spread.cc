#include "kernels/cpu/spread.h"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace hayago::kernels {

#if defined(__linux__)

CoreSpread::CoreSpread() {
  const int here = sched_getcpu();
  cpu_set_t allowed;
  if (here < 0 || sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    const int core = (here + i) % CPU_SETSIZE;
    if (CPU_ISSET(core, &allowed)) cores_.push_back(core);
  }
}

void CoreSpread::place(std::thread& thread, int index) const {
  if (cores_.size() < 2) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cores_[static_cast<std::size_t>(index) % cores_.size()], &one);
  // If this fails, the thread starts where the operating system likes.
  static_cast<void>(pthread_setaffinity_np(thread.native_handle(), sizeof(one), &one));
}

void CoreSpread::release() const {
  if (cores_.size() < 2) return;
  cpu_set_t all;
  CPU_ZERO(&all);
  for (const int core : cores_) CPU_SET(core, &all);
  static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof(all), &all));
}

#else

CoreSpread::CoreSpread() = default;
void CoreSpread::place(std::thread&, int) const {}
void CoreSpread::release() const {}

#endif

}  // namespace hayago::kernels
