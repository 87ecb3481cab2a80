// A GTP engine as a child process behind pipes, with time limits.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace hayago::gtp {

// The engine died, did not answer in time, or broke the protocol. what() names it and the command.
class EngineFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// The engine answered '?'.
class CommandRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class GtpProcess {
 public:
  // `command` is a line for the shell. Throws EngineFailure if nothing can be started.
  GtpProcess(std::string name, const std::string& command);
  // Asks the engine to quit and, if it does not, kills it with its children.
  ~GtpProcess();
  GtpProcess(const GtpProcess&) = delete;
  GtpProcess& operator=(const GtpProcess&) = delete;

  // The response without '=', id and final line ends. Throws EngineFailure or CommandRefused.
  std::string ask(const std::string& command, double seconds);

 private:
  using Time = std::chrono::steady_clock::time_point;
  void write_line(const std::string& line, const std::string& command);
  std::string read_line(const std::string& command, Time deadline);
  // Waits for output of either kind and takes what is there; false at the end of stdout.
  bool read_some(const std::string& command, Time deadline);
  [[noreturn]] void fail(const std::string& command, const std::string& what);
  [[noreturn]] void fail_ended(const std::string& command);
  void read_errors();
  void close_pipes();

  std::string name_;
  pid_t pid_ = -1;
  int to_child_ = -1, from_child_ = -1, errors_ = -1;
  std::string buffer_;
  std::string complaint_;  // the last bytes of stderr
};

}  // namespace hayago::gtp
