#include "gtp/cli/ending.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace hayago::gtp {
namespace {

sigset_t ending_set() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kEndingSignals) ::sigaddset(&set, number);
  return set;
}

}  // namespace

void end_by_signal(std::timed_mutex& lines, int number) {
  // Never released: nothing more is written.
  const bool between_lines = lines.try_lock_for(std::chrono::milliseconds(500));
  static_cast<void>(between_lines);
  std::signal(number, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(number);
}

HeldSignals::HeldSignals() {
  const sigset_t set = ending_set();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

HeldSignals::~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool ending_requested() {
  sigset_t pending;
  ::sigpending(&pending);
  for (const int number : kEndingSignals) {
    if (::sigismember(&pending, number) != 1) continue;
    // One that is ignored stays pending all the same while it is blocked.
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) return true;
  }
  return false;
}

EndingSignals::EndingSignals(std::timed_mutex& lines) : lines_(lines) {
  const sigset_t set = ending_set();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  signal_fd_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  thread_ = std::thread([this] { run(); });
}

EndingSignals::~EndingSignals() {
  const std::uint64_t one = 1;
  // An eventfd write of 1 cannot fail; the thread ends at its next look.
  if (::write(wake_fd_, &one, sizeof one) == sizeof one) thread_.join();
  ::close(wake_fd_);
  ::close(signal_fd_);
}

void EndingSignals::run() {
  std::array<pollfd, 2> polled{{{wake_fd_, POLLIN, 0}, {signal_fd_, POLLIN, 0}}};
  for (;;) {
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) return;
    signalfd_siginfo info{};
    if (polled[1].revents != 0 && ::read(signal_fd_, &info, sizeof info) == sizeof info) {
      end_by_signal(lines_, static_cast<int>(info.ssi_signo));
    }
  }
}

}  // namespace hayago::gtp
