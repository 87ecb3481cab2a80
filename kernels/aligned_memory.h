// Memory for what kernels stream: weights and activations.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernels/types.h"

namespace hayago::kernels {

// Starts at a cache line. Large blocks ask for huge pages: with small ones a large network needs
// more translations than a core keeps, which costs a twentieth of the speed, and a page fault for
// every 4 KiB when it is loaded.
template <class T>
class AlignedAllocator {
 public:
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}

  // Throws std::bad_alloc.
  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_alloc();
    const std::size_t bytes = count * sizeof(T);
    const bool large = bytes >= kHugePage;
    void* memory = nullptr;
    if (posix_memalign(&memory, large ? kHugePage : kByteAlign, bytes) != 0) throw std::bad_alloc();
#if defined(__linux__)
    // Only advice: without it the memory works as well, a little slower. What is left behind the
    // last whole huge page stays in small ones.
    if (large) static_cast<void>(madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE));
#endif
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }

  template <class U>
  bool operator==(const AlignedAllocator<U>&) const noexcept {
    return true;
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
};

}  // namespace hayago::kernels
