// What many threads add to and few read: parts on cache lines of their own, one per thread (shared
// by threads beyond kStripes), so that adding does not wait for other cores.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hayago::search {

inline constexpr std::size_t kStripes = 8;
inline constexpr std::size_t kCacheLine = 64;

// The stripe of the calling thread: threads take them in turn.
inline std::size_t my_stripe() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
  return mine;
}

// A sum of everything added by any thread.
class StripedCounter {
 public:
  void add(std::uint64_t amount) {
    parts_[my_stripe()].value.fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t sum() const {
    std::uint64_t total = 0;
    for (const Part& part : parts_) total += part.value.load(std::memory_order_relaxed);
    return total;
  }
  void reset() {
    for (Part& part : parts_) part.value.store(0, std::memory_order_relaxed);
  }

 private:
  struct alignas(kCacheLine) Part {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Part, kStripes> parts_;
};

}  // namespace hayago::search
