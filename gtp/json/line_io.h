// Lines from and to file descriptors, for a protocol whose other end may vanish at any time.
#pragma once
#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace hayago::gtp {

// Complete lines of any length, without the LF.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}
  // nullopt at the end of input, on an error, or soon after `give_up` becomes true. A last line
  // without LF counts.
  std::optional<std::string> next(const std::atomic<bool>& give_up);

 private:
  bool fill(const std::atomic<bool>& give_up);  // false: nothing more will come

  int fd_;
  std::string buffer_;
  std::size_t start_ = 0, scanned_ = 0;
};

// Whole lines from any thread, each handed to the system at once. After the first failure
// (the reader is gone) it swallows everything.
class LineWriter {
 public:
  explicit LineWriter(int fd) : fd_(fd) {}
  void write(std::string line);
  const std::atomic<bool>& failed() const { return failed_; }
  // Held while a line is written: taking it makes sure that no line is cut.
  std::timed_mutex& mutex() { return mutex_; }

 private:
  int fd_;
  std::timed_mutex mutex_;
  std::atomic<bool> failed_{false};
};

}  // namespace hayago::gtp
