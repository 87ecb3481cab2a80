#include "kernels/cuda/emulate/fibre.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <new>

// clang's name for what gcc calls __SANITIZE_ADDRESS__ and __SANITIZE_THREAD__.
#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

// hayago_switch_stack(save, load): stores the stack pointer at *save and continues on the stack
// `load`, which an earlier call left or Fibre::reset() laid out. What the calling convention asks a
// function to preserve lies on the stack; the rest is the caller's to save. swapcontext() would do
// the same with a system call for the signal mask each time.
extern "C" void hayago_switch_stack(void** save, void* load);

#if defined(__x86_64__)
asm(R"(
.text
.globl hayago_switch_stack
.hidden hayago_switch_stack
.type hayago_switch_stack,@function
hayago_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size hayago_switch_stack, . - hayago_switch_stack
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl hayago_switch_stack
.hidden hayago_switch_stack
.type hayago_switch_stack,%function
hayago_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size hayago_switch_stack, . - hayago_switch_stack
)");
#else
#error "the emulation of CUDA kernels needs a stack switch for this processor"
#endif

namespace hayago::kernels {
inline namespace emulated {
namespace {

constexpr std::size_t kPage = 65536;            // the largest page size in use
constexpr std::size_t kStackBytes = 4 * kPage;  // touched only as far as used

thread_local Fibre* starting = nullptr;  // the fibre whose first instructions run

// The frame hayago_switch_stack() takes off: saved registers, then where to continue.
#if defined(__x86_64__)
constexpr std::size_t kFrameWords = 8, kContinueWord = 6;  // the last word keeps the alignment
#else
constexpr std::size_t kFrameWords = 20, kContinueWord = 11;
#endif

}  // namespace

Fibre::Fibre() {
  // One page below the stack stays out of reach, so that an overflow stops the program.
  void* const memory = mmap(nullptr, kPage + kStackBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<unsigned char*>(memory) + kPage;
  mprotect(memory, kPage, PROT_NONE);
#ifdef __SANITIZE_THREAD__
  shadow_ = __tsan_create_fiber(0);
#endif
}

Fibre::~Fibre() {
#ifdef __SANITIZE_THREAD__
  __tsan_destroy_fiber(shadow_);
#endif
  munmap(stack_ - kPage, kPage + kStackBytes);
}

void Fibre::reset(void (*entry)()) {
  entry_ = entry;
#ifdef __SANITIZE_ADDRESS__
  ASAN_UNPOISON_MEMORY_REGION(stack_, kStackBytes);
  shadow_ = nullptr;
#endif
  void* frame[kFrameWords] = {};
  void (*const first)() = begin;
  std::memcpy(&frame[kContinueWord], &first, sizeof first);
  stack_pointer_ = stack_ + kStackBytes - sizeof frame;
  std::memcpy(stack_pointer_, frame, sizeof frame);
}

void Fibre::begin() {
  Fibre* const self = starting;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &self->caller_stack_, &self->caller_size_);
#endif
  self->entry_();
  self->give_way(true);
}

void Fibre::resume() {
  starting = this;
#ifdef __SANITIZE_THREAD__
  caller_shadow_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(shadow_, 0);
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&caller_shadow_, stack_, kStackBytes);
#endif
  hayago_switch_stack(&caller_pointer_, stack_pointer_);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(caller_shadow_, nullptr, nullptr);
#endif
}

void Fibre::give_way([[maybe_unused]] bool finished) {
#ifdef __SANITIZE_THREAD__
  __tsan_switch_to_fiber(caller_shadow_, 0);
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(finished ? nullptr : &shadow_, caller_stack_, caller_size_);
#endif
  hayago_switch_stack(&stack_pointer_, caller_pointer_);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(shadow_, &caller_stack_, &caller_size_);
#endif
}

}  // namespace emulated
}  // namespace hayago::kernels
