// Drives a program through pipes with time limits, for end-to-end tests.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hayago::test {

// Path of the built program, or nullopt when this build has none.
std::optional<std::string> hayago_program();

// Empty temporary folder, removed with everything in it by the destructor.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const;  // returns the path

 private:
  std::string path_;
};

struct ProcessOptions {
  std::string directory;                           // working directory; empty = inherited
  std::map<std::string, std::string> environment;  // added to the inherited one
};

// A running child. stdout and stderr are drained by threads, so the child never blocks on them.
// The destructor kills and reaps it.
class Process {
 public:
  using Seconds = std::chrono::duration<double>;
  // Throws std::runtime_error if the program cannot be started.
  Process(const std::string& program, const std::vector<std::string>& args,
          const ProcessOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // False if the child no longer reads.
  bool write(const std::string& bytes);
  bool write_line(const std::string& line) { return write(line + "\n"); }
  void close_stdin();

  // Next line of stdout without its LF (CR kept); nullopt at end of output or after the limit.
  std::optional<std::string> read_line(double seconds);
  // Lines up to and including the first empty one, joined by LF (a GTP response); nullopt if it
  // does not come in time.
  std::optional<std::string> read_response(double seconds);
  // Everything until the child closes stdout; nullopt after the limit.
  std::optional<std::string> read_all(double seconds);

  // Waits until stderr contains `text`.
  bool wait_for_stderr(const std::string& text, double seconds);
  std::string stderr_text() const;

  void signal(int number);
  // Exit status (128 + n if killed by signal n), nullopt after the limit.
  std::optional<int> wait(double seconds);
  int pid() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Runs to the end with the given stdin.
struct Completed {
  int status = -1;  // -1: did not end in time and was killed
  std::string out, err;
};
Completed run_process(const std::string& program, const std::vector<std::string>& args,
                      const std::string& input, double seconds, const ProcessOptions& options = {});

}  // namespace hayago::test
