// Fixed-size slots in chunks: nodes and edge blocks. Freed slots are used again; chunks are
// returned only with the pool. Thread-safe. Reserved bytes are reported to an account.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "search/eval/evaluation.h"
#include "search/tree/spin_lock.h"

namespace hayago::search {

template <class T>
class Pool {
 public:
  // `account` outlives the pool.
  explicit Pool(MemoryAccount& account) : account_(account) {}
  ~Pool() { account_.remove(bytes()); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // The new object. Throws std::bad_alloc.
  template <class... Args>
  T* make(Args&&... args) {
    return std::construct_at(reinterpret_cast<T*>(take_slot()->storage.data()),
                             std::forward<Args>(args)...);
  }

  // Ends the object's life. Objects alive when the pool dies are not destroyed: the owner does
  // that.
  void destroy(T* object) {
    std::destroy_at(object);
    Slot* slot = reinterpret_cast<Slot*>(object);
    const std::scoped_lock lock(lock_);
    std::construct_at(&slot->next, free_);
    free_ = slot;
    --live_;
  }

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // Reserved bytes that are free for further objects.
  std::size_t spare_bytes() const {
    const std::scoped_lock lock(lock_);
    return bytes() - live_ * sizeof(Slot);
  }

 private:
  union Slot {
    Slot() : next(nullptr) {}
    Slot* next;
    alignas(T) std::array<std::byte, sizeof(T)> storage;
  };
  // Small enough not to matter under a memory cap of a few MiB.
  static constexpr std::size_t kSlotsPerChunk = (32 * 1024) / sizeof(Slot);
  static_assert(kSlotsPerChunk > 8);
  static constexpr std::size_t kChunkBytes = allocated_bytes(kSlotsPerChunk * sizeof(Slot));

  Slot* take_slot() {
    const std::scoped_lock lock(lock_);
    if (free_ == nullptr) add_chunk();
    Slot* slot = free_;
    free_ = slot->next;
    ++live_;
    return slot;
  }

  void add_chunk() {
    chunks_.push_back(std::make_unique<std::array<Slot, kSlotsPerChunk>>());
    for (std::size_t i = kSlotsPerChunk; i-- > 0;) {
      Slot& slot = (*chunks_.back())[i];
      slot.next = free_;
      free_ = &slot;
    }
    bytes_.fetch_add(kChunkBytes, std::memory_order_relaxed);
    account_.add(kChunkBytes);
  }

  MemoryAccount& account_;
  mutable SpinLock lock_;
  Slot* free_ = nullptr;
  std::size_t live_ = 0;
  std::vector<std::unique_ptr<std::array<Slot, kSlotsPerChunk>>> chunks_;
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace hayago::search
