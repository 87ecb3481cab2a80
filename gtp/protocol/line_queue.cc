#include "gtp/protocol/line_queue.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace hayago::gtp {

void LineQueue::push_line(std::string line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
  changed_.notify_one();
}

void LineQueue::push_search_done(unsigned long long search) {
  const std::lock_guard lock(mutex_);
  done_.push_back(search);
  changed_.notify_one();
}

void LineQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_one();
}

LineQueue::Event LineQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !done_.empty() || !lines_.empty() || closed_; });
  Event event;
  if (!done_.empty()) {
    event.kind = Event::Kind::kSearchDone;
    event.search = done_.front();
    done_.pop_front();
  } else if (!lines_.empty()) {
    event.kind = Event::Kind::kLine;
    event.line = std::move(lines_.front());
    lines_.pop_front();
  }
  return event;
}

namespace {

sigset_t block(const std::vector<int>& signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

}  // namespace

void block_signals(const std::vector<int>& signals) { block(signals); }

InputReader::InputReader(int fd, LineQueue& queue, std::function<void(const std::string&)> on_line,
                         std::vector<int> signals, std::function<void(int)> on_signal)
    : fd_(fd), queue_(queue), on_line_(std::move(on_line)), on_signal_(std::move(on_signal)) {
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  if (!signals.empty()) {
    const sigset_t set = block(signals);
    signal_fd_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  }
  thread_ = std::thread([this] { run(); });
}

InputReader::~InputReader() {
  const std::uint64_t one = 1;
  // An eventfd write of 1 cannot fail; the thread ends at its next look.
  if (::write(wake_fd_, &one, sizeof one) == sizeof one) thread_.join();
  ::close(wake_fd_);
  if (signal_fd_ >= 0) ::close(signal_fd_);
}

void InputReader::run() {
  // Negative descriptors are skipped by poll().
  std::array<pollfd, 3> polled{{{wake_fd_, POLLIN, 0}, {signal_fd_, POLLIN, 0}, {fd_, POLLIN, 0}}};
  for (;;) {
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      queue_.close();
      return;
    }
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signal_fd_, &info, sizeof info) == sizeof info) {
        on_signal_(static_cast<int>(info.ssi_signo));
      }
    }
    if (polled[2].revents != 0 && !read_some()) {
      if (!partial_.empty()) queue_.push_line(std::move(partial_));
      partial_.clear();
      queue_.close();
      polled[2].fd = -1;  // go on waiting for signals
    }
  }
}

bool InputReader::read_some() {
  std::array<char, 65536> buffer{};
  const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  if (n == 0) return false;
  for (ssize_t i = 0; i < n; ++i) {
    const char c = buffer[static_cast<std::size_t>(i)];
    if (c != '\n') {
      partial_ += c;
      continue;
    }
    if (on_line_) on_line_(partial_);
    queue_.push_line(std::move(partial_));
    partial_.clear();
  }
  return true;
}

}  // namespace hayago::gtp
