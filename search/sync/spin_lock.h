// A one-byte lock for critical sections of a few nanoseconds, and how to wait that long.
#pragma once
#include <atomic>
#include <thread>

namespace hayago::search {

// Between two looks at something that another thread changes within nanoseconds. With more threads
// than cores that thread may not be running: after some looks the core goes to others.
class ShortWait {
 public:
  void pause() {
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

 private:
  static constexpr int kLooks = 64;
  int looks_ = 0;
};

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
