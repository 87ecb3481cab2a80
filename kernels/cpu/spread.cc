#include "kernels/cpu/spread.h"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>

#include <span>
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

namespace {

// If this fails, the thread is where the operating system likes it to be.
void restrict_to(pthread_t thread, std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  static_cast<void>(pthread_setaffinity_np(thread, sizeof(set), &set));
}

}  // namespace

void CoreSpread::place(std::thread& thread, int index) const {
  if (cores_.size() < 2) return;
  restrict_to(thread.native_handle(),
              {&cores_[static_cast<std::size_t>(index) % cores_.size()], 1});
}

void CoreSpread::move(std::thread& thread, int index) const {
  if (cores_.size() < 2) return;
  place(thread, index);
  restrict_to(thread.native_handle(), cores_);
}

void CoreSpread::release() const {
  if (cores_.size() >= 2) restrict_to(pthread_self(), cores_);
}

#else

CoreSpread::CoreSpread() = default;
void CoreSpread::place(std::thread&, int) const {}
void CoreSpread::move(std::thread&, int) const {}
void CoreSpread::release() const {}

#endif

}  // namespace hayago::kernels
