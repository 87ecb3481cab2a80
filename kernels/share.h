// Several threads at one call of a kernel: each does its share and they meet where one part needs
// what the others have made.
#pragma once
#include <atomic>
#include <cstdint>

#include "kernels/cpu/short_wait.h"

namespace hayago::kernels {

// Where the threads of a group wait for each other.
class Meeting {
 public:
  // Returns when `parts` threads have called it. What they wrote before is visible to all.
  HAYAGO_INLINE void wait(int part, int parts) noexcept {
    const std::uint32_t round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parts) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    ShortWait wait;
    while (round_.load(std::memory_order_acquire) == round) wait.pause();
    // In the first round a thread may have had to wake up.
    if (part == 0 && round > 0) first_yields_ += wait.yields();
  }
  // How often the first thread gave its core away while it waited; for that thread.
  HAYAGO_INLINE int first_yields() const { return first_yields_; }

 private:
  std::atomic<int> arrived_{0};
  std::atomic<std::uint32_t> round_{0};
  int first_yields_ = 0;
};

struct Share {
  int part = 0, parts = 1;     // 0 <= part < parts
  Meeting* meeting = nullptr;  // of the group; not needed by a single thread

  HAYAGO_INLINE bool is_first() const { return part == 0; }
  // This part of `total` items: [begin, end).
  HAYAGO_INLINE int begin(int total) const { return bound(total, part); }
  HAYAGO_INLINE int end(int total) const { return bound(total, part + 1); }
  HAYAGO_INLINE void wait() const noexcept {
    if (parts > 1) meeting->wait(part, parts);
  }

 private:
  HAYAGO_INLINE int bound(int total, int at) const {
    return static_cast<int>(static_cast<std::int64_t>(total) * at / parts);
  }
};

}  // namespace hayago::kernels
