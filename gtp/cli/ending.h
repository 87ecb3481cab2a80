// SIGINT and SIGTERM end the program with the usual status, but between two output lines.
#pragma once
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

namespace hayago::gtp {

inline const std::vector<int> kEndingSignals{SIGINT, SIGTERM};

// Ends the program by the signal's default action once nobody holds `lines`, the lock under which
// output lines are written. A client that does not read keeps a writer waiting for ever, so after
// half a second the line is cut after all.
void end_by_signal(std::timed_mutex& lines, int number);

// Holds the ending signals back for as long as it lives; they count afterwards. Only for threads
// made while it lives and the one that makes it.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

 private:
  sigset_t before_;
};

// Has one come while HeldSignals held it back? For long work that wants to leave something behind.
bool ending_requested();

// A thread that waits for the ending signals. To be made before all other threads, which inherit
// that the signals are blocked.
class EndingSignals {
 public:
  explicit EndingSignals(std::timed_mutex& lines);
  ~EndingSignals();
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;

 private:
  void run();
  std::timed_mutex& lines_;
  int wake_fd_ = -1, signal_fd_ = -1;
  std::thread thread_;
};

}  // namespace hayago::gtp
