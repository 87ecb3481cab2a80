#include "kernels/cuda/emulate/block.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>
#include <string_view>

#include "kernels/cuda/emulate/fibre.h"

namespace hayago::kernels {
inline namespace emulated {

constinit thread_local Index threadIdx, blockIdx, blockDim, gridDim;
constinit thread_local unsigned char* shared_memory = nullptr;

namespace {

constexpr std::size_t kSharedAlign = 1024, kGuardBytes = 256;
constexpr unsigned char kGuard = 0xA5;

// xorshift64*: quality hardly matters, speed does.
class Random {
 public:
  void seed(std::uint64_t seed) { state_ = seed * 0x9E3779B97F4A7C15u + 0x2545F4914F6CDD1Du; }
  std::uint32_t next() {
    state_ ^= state_ >> 12, state_ ^= state_ << 25, state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>(state_ * 0x2545F4914F6CDD1Du >> 32);
  }
  std::size_t below(std::size_t count) { return next() * std::uint64_t{count} >> 32; }
  bool coin() { return next() >> 31 != 0; }

 private:
  std::uint64_t state_ = 1;
};

std::string describe(const Place& where) {
  std::string_view file = where.file;
  file.remove_prefix(file.find_last_of('/') + 1);
  return std::string(file) + ":" + std::to_string(where.line);
}

bool same_place(const Place& a, const Place& b) {
  return a.line == b.line && std::strcmp(a.file, b.file) == 0;
}

struct Copy {
  unsigned char* to;
  std::array<unsigned char, 16> bytes;
  int group;
};

struct Thread {
  Fibre fibre;
  bool waited = false;       // for the previous kernel
  std::vector<Copy> copies;  // not yet landed
  int groups = 0;            // closed so far
};

struct KernelFailed {};  // unwinds the fibre of a thread that reported an error

struct Meeting {
  unsigned arrived = 0;
  Place where;
};

struct Warp {
  Meeting meeting;
  WarpAction act = nullptr;
  void* arguments[32];
};

// The multiprocessor of one host thread.
class Machine {
 public:
  const char* run(const BlockShape& shape, std::uint64_t seed, void (*thread)(const void*),
                  const void* context);
  [[noreturn]] void fail(const std::string& what);
  void meet_block(const Place& where);
  void meet_warp(WarpAction act, void* argument, const Place& where);
  void copy_later(void* to, const void* from, bool valid);
  void finish_copies(int pending_groups);
  Thread& running() { return *threads_[running_]; }
  bool is_shared(const void* address, std::size_t bytes) const;

 private:
  void prepare(const BlockShape& shape);
  bool run_block(unsigned block);
  void run_thread();
  void report_stuck();
  void leave() { running().fibre.give_way(false); }
  static void enter();

  BlockShape shape_;
  void (*body_)(const void*) = nullptr;
  const void* context_ = nullptr;
  Random random_;
  std::string error_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::vector<unsigned> ready_;
  std::vector<Warp> warps_;
  Meeting barrier_;
  unsigned running_ = 0, returned_ = 0;
  std::vector<unsigned char> memory_;
};

// Fibres stay on the host thread that launched them.
Machine& machine() {
  static thread_local Machine machine;
  return machine;
}

void Machine::prepare(const BlockShape& shape) {
  shape_ = shape;
  error_.clear();
  while (threads_.size() < shape.threads) threads_.push_back(std::make_unique<Thread>());
  warps_.resize(shape.threads / 32);
  memory_.resize(std::max(memory_.size(), shape.shared_bytes + 2 * kSharedAlign + kGuardBytes));
  const auto start = reinterpret_cast<std::uintptr_t>(memory_.data());
  shared_memory = memory_.data() + (kSharedAlign - start % kSharedAlign) + kSharedAlign;
  blockDim = {shape.threads, 1, 1};
  gridDim = shape.grid;
}

const char* Machine::run(const BlockShape& shape, std::uint64_t seed, void (*thread)(const void*),
                         const void* context) {
  prepare(shape);
  body_ = thread;
  context_ = context;
  random_.seed(seed);
  std::vector<unsigned> blocks(std::size_t{shape.grid.x} * shape.grid.y * shape.grid.z);
  std::iota(blocks.begin(), blocks.end(), 0u);
  for (std::size_t i = blocks.size(); i > 1; --i)
    std::swap(blocks[i - 1], blocks[random_.below(i)]);
  for (const unsigned block : blocks) {
    if (!run_block(block)) return error_.c_str();
  }
  return nullptr;
}

bool Machine::run_block(unsigned block) {
  blockIdx = {block % shape_.grid.x, block / shape_.grid.x % shape_.grid.y,
              block / shape_.grid.x / shape_.grid.y};
  std::memset(shared_memory - kGuardBytes, kGuard, kGuardBytes);
  std::memset(shared_memory, 0xFF, shape_.shared_bytes);
  std::memset(shared_memory + shape_.shared_bytes, kGuard, kGuardBytes);
  barrier_.arrived = returned_ = 0;
  for (Warp& warp : warps_) warp.meeting.arrived = 0;
  ready_.resize(shape_.threads);
  std::iota(ready_.begin(), ready_.end(), 0u);
  for (unsigned i = 0; i < shape_.threads; ++i) {
    Thread& thread = *threads_[i];
    thread.fibre.reset(enter);
    thread.waited = false;
    thread.copies.clear();
    thread.groups = 0;
  }
  while (!ready_.empty()) {
    unsigned& chosen = ready_[random_.below(ready_.size())];
    running_ = chosen;
    chosen = ready_.back();
    ready_.pop_back();
    threadIdx = {running_, 0, 0};
    running().fibre.resume();
    if (!error_.empty()) return false;
  }
  if (returned_ < shape_.threads) report_stuck();
  for (std::size_t i = 0; error_.empty() && i < kGuardBytes; ++i) {
    if (shared_memory[i - kGuardBytes] != kGuard ||
        shared_memory[shape_.shared_bytes + i] != kGuard)
      error_ = "a block wrote beyond its shared memory";
  }
  return error_.empty();
}

void Machine::enter() { machine().run_thread(); }

void Machine::run_thread() {
  try {
    body_(context_);
    if (!running().waited) fail("returned without wait_for_previous_kernel()");
    ++returned_;
  } catch (const KernelFailed&) {  // run_block() sees error_
  }
}

void Machine::fail(const std::string& what) {
  const auto text = [](const Index& i) {
    return "(" + std::to_string(i.x) + "," + std::to_string(i.y) + "," + std::to_string(i.z) + ")";
  };
  error_ = "thread " + std::to_string(running_) + " of block " + text(blockIdx) + ": " + what;
  throw KernelFailed();
}

// Nobody can go on: threads wait for others that returned or wait elsewhere.
void Machine::report_stuck() {
  error_ = "of " + std::to_string(shape_.threads) + " threads " + std::to_string(returned_) +
           " have returned";
  if (barrier_.arrived > 0) {
    error_ += ", " + std::to_string(barrier_.arrived) + " wait at the barrier of " +
              describe(barrier_.where);
  }
  for (std::size_t i = 0; i < warps_.size(); ++i) {
    const Meeting& meeting = warps_[i].meeting;
    if (meeting.arrived == 0) continue;
    error_ += ", " + std::to_string(meeting.arrived) + " of warp " + std::to_string(i) +
              " wait at " + describe(meeting.where);
  }
}

void Machine::meet_block(const Place& where) {
  if (barrier_.arrived == 0) {
    barrier_.where = where;
  } else if (!same_place(barrier_.where, where)) {
    fail("meets the barrier of " + describe(where) + " while others wait at that of " +
         describe(barrier_.where));
  }
  if (++barrier_.arrived == shape_.threads) {
    barrier_.arrived = 0;
    ready_.resize(shape_.threads);
    std::iota(ready_.begin(), ready_.end(), 0u);
  }
  leave();
}

void Machine::meet_warp(WarpAction act, void* argument, const Place& where) {
  const unsigned first = running_ / 32 * 32;
  Warp& warp = warps_[running_ / 32];
  if (warp.meeting.arrived == 0) {
    warp.meeting.where = where;
    warp.act = act;
  } else if (!same_place(warp.meeting.where, where) || warp.act != act) {
    fail("comes to " + describe(where) + " while other lanes of its warp wait at " +
         describe(warp.meeting.where));
  }
  warp.arguments[running_ - first] = argument;
  if (++warp.meeting.arrived == 32) {
    warp.meeting.arrived = 0;
    act(warp.arguments);
    for (unsigned lane = 0; lane < 32; ++lane) ready_.push_back(first + lane);
  }
  leave();
}

void Machine::copy_later(void* to, const void* from, bool valid) {
  const auto off = [](const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 != 0; };
  if (!is_shared(to, 16)) fail("cp.async to what is not shared memory");
  if (off(to) || off(from)) fail("cp.async of addresses off 16 bytes");
  Copy copy = {static_cast<unsigned char*>(to), {}, running().groups};
  std::memcpy(copy.bytes.data(), from, 16);  // the address must be legal even if not valid
  if (!valid) copy.bytes.fill(0);
  if (random_.coin()) {
    std::memcpy(to, copy.bytes.data(), 16);
  } else {
    running().copies.push_back(copy);
  }
}

void Machine::finish_copies(int pending_groups) {
  Thread& thread = running();
  std::erase_if(thread.copies, [&](const Copy& copy) {
    if (copy.group >= thread.groups - pending_groups) return false;
    std::memcpy(copy.to, copy.bytes.data(), 16);
    return true;
  });
}

bool Machine::is_shared(const void* address, std::size_t bytes) const {
  const auto start = reinterpret_cast<std::uintptr_t>(shared_memory);
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  return at >= start && at + bytes <= start + shape_.shared_bytes;
}

}  // namespace

const char* run_grid(const BlockShape& shape, std::uint64_t seed, void (*thread)(const void*),
                     const void* context) {
  return machine().run(shape, seed, thread, context);
}

void fail(const std::string& what) { machine().fail(what); }

void meet_block(const Place& where) { machine().meet_block(where); }
void meet_warp(WarpAction act, void* argument, const Place& where) {
  machine().meet_warp(act, argument, where);
}
void copy_later(void* to, const void* from, bool valid) { machine().copy_later(to, from, valid); }
void close_copy_group() { ++machine().running().groups; }
void finish_copies(int pending_groups) { machine().finish_copies(pending_groups); }
void note_wait_for_previous_kernel() { machine().running().waited = true; }
bool is_shared(const void* address, std::size_t bytes) {
  return machine().is_shared(address, bytes);
}

}  // namespace emulated
}  // namespace hayago::kernels
