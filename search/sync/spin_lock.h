// A one-byte lock for critical sections of a few nanoseconds.
#pragma once
#include <atomic>

#include "kernels/cpu/short_wait.h"

namespace hayago::search {

using kernels::ShortWait;

// Meets Lockable.
class SpinLock {
 public:
  void lock() {
    for (ShortWait wait; !try_lock();) wait.pause();
  }
  bool try_lock() {
    return !locked_.load(std::memory_order_relaxed) &&
           !locked_.exchange(true, std::memory_order_acquire);
  }
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace hayago::search
