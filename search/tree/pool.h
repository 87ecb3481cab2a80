// Fixed-size slots in chunks: nodes and edge blocks. Freed slots are used again; chunks are
// returned only with the pool. Thread-safe; threads take from chunks of their own, so that what
// different cores write does not share cache lines. Reserved bytes are reported to an account.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "search/eval/evaluation.h"
#include "search/sync/spin_lock.h"
#include "search/sync/stripes.h"

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
    const std::scoped_lock lock(freed_lock_);
    std::construct_at(&slot->next, freed_);
    freed_ = slot;
  }

  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

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

  struct alignas(kCacheLine) Stripe {
    SpinLock lock;
    Slot* free = nullptr;
    std::vector<std::unique_ptr<std::array<Slot, kSlotsPerChunk>>> chunks;
  };

  Slot* take_slot() {
    Stripe& stripe = stripes_[my_stripe()];
    const std::scoped_lock lock(stripe.lock);
    if (stripe.free == nullptr) take_freed(stripe);
    if (stripe.free == nullptr) add_chunk(stripe);
    Slot* slot = stripe.free;
    stripe.free = slot->next;
    return slot;
  }

  // Whoever freed them, freed slots serve all threads.
  void take_freed(Stripe& stripe) {
    const std::scoped_lock lock(freed_lock_);
    for (std::size_t i = 0; i < kSlotsPerChunk && freed_ != nullptr; ++i) {
      Slot* slot = std::exchange(freed_, freed_->next);
      slot->next = stripe.free;
      stripe.free = slot;
    }
  }

  void add_chunk(Stripe& stripe) {
    stripe.chunks.push_back(std::make_unique<std::array<Slot, kSlotsPerChunk>>());
    for (std::size_t i = kSlotsPerChunk; i-- > 0;) {
      Slot& slot = (*stripe.chunks.back())[i];
      slot.next = stripe.free;
      stripe.free = &slot;
    }
    bytes_.fetch_add(kChunkBytes, std::memory_order_relaxed);
    account_.add(kChunkBytes);
  }

  MemoryAccount& account_;
  std::array<Stripe, kStripes> stripes_;
  SpinLock freed_lock_;
  Slot* freed_ = nullptr;
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace hayago::search
