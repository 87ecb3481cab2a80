// Where threads that start to compute together begin. Linux often wakes a thread on the core of the
// thread that wakes it, most of all in a virtual machine, and needs 1 to 25 milliseconds to find
// that another core is idle: half of the speed of a short search.
#pragma once
#include <thread>
#include <vector>

namespace hayago::kernels {

class CoreSpread {
 public:
  // Of the calling thread, which counts as the first of the group and stays where it is.
  CoreSpread();
  // Moves a thread of the same process that is about to work as the index-th of the group (1, 2,
  // ...) to the index-th next of the cores that the first one may use. Nothing happens where that
  // is not possible.
  void place(std::thread& thread, int index) const;
  // The same for a thread that is running already; it needs no release.
  void move(std::thread& thread, int index) const;
  // Called by a placed thread: from now on the operating system moves it as it likes.
  void release() const;

 private:
  std::vector<int> cores_;  // that the first may use, in order from the one it is on
};

}  // namespace hayago::kernels
