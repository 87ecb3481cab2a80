// Input lines and wake-ups for the protocol loop. A reader thread fills the queue, so the loop can
// wait for input and for the end of a background search at the same time.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace hayago::gtp {

class LineQueue {
 public:
  struct Event {
    enum class Kind { kLine, kSearchDone, kEnd };
    Kind kind = Kind::kEnd;
    std::string line;
    unsigned long long search = 0;  // kSearchDone: which one
  };
  void push_line(std::string line);
  void push_search_done(unsigned long long search);
  void close();  // after the queued lines comes kEnd
  Event pop();   // blocks; finished searches come before lines

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::deque<unsigned long long> done_;
  bool closed_ = false;
};

// Keeps signals from this thread and from all it starts afterwards. Call it before anything starts
// threads: a signal goes to any thread that does not block it, past the reader below.
void block_signals(const std::vector<int>& signals);

// Reads a file descriptor into a queue until its end, and waits for signals. on_line sees every
// line as it arrives, before those queued earlier are handled; on_signal gets the signal number.
class InputReader {
 public:
  InputReader(int fd, LineQueue& queue, std::function<void(const std::string&)> on_line,
              std::vector<int> signals, std::function<void(int)> on_signal);
  ~InputReader();  // stops reading
  InputReader(const InputReader&) = delete;
  InputReader& operator=(const InputReader&) = delete;

 private:
  void run();
  bool read_some();  // false at the end of input
  int fd_;
  LineQueue& queue_;
  std::function<void(const std::string&)> on_line_;
  std::function<void(int)> on_signal_;
  int wake_fd_ = -1, signal_fd_ = -1;
  std::string partial_;
  std::thread thread_;
};

}  // namespace hayago::gtp
