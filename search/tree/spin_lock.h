// A one-byte lock for critical sections of a few nanoseconds. Meets Lockable.
#pragma once
#include <atomic>
#include <thread>

namespace hayago::search {

class SpinLock {
 public:
  void lock() {
    for (int spins = 0; !try_lock(); ++spins) {
      // More threads than cores: the owner may not be running, so give it the core.
      if (spins > 64) std::this_thread::yield();
    }
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
