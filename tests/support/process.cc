#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace hayago::test {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point deadline_after(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// Text that a thread appends to while others wait for it.
class Stream {
 public:
  void drain(int fd) {
    std::array<char, 65536> buffer{};
    for (;;) {
      const ssize_t n = ::read(fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      const std::lock_guard lock(mutex_);
      if (n <= 0) {
        ended_ = true;
        changed_.notify_all();
        break;
      }
      text_.append(buffer.data(), static_cast<std::size_t>(n));
      changed_.notify_all();
    }
    ::close(fd);
  }

  std::optional<std::string> next_line(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    std::size_t end = std::string::npos;
    const auto ready = [&] {
      end = text_.find('\n', position_);
      return end != std::string::npos || ended_;
    };
    if (!changed_.wait_until(lock, deadline, ready)) return std::nullopt;
    if (end == std::string::npos) {
      if (position_ >= text_.size()) return std::nullopt;
      end = text_.size();
    }
    std::string line = text_.substr(position_, end - position_);
    position_ = std::min(end + 1, text_.size());
    return line;
  }

  bool wait_for(const std::string& needle, Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline,
                        [&] { return ended_ || text_.find(needle) != std::string::npos; });
    return text_.find(needle) != std::string::npos;
  }

  std::optional<std::string> rest(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline, [&] { return ended_; })) return std::nullopt;
    std::string out = text_.substr(position_);
    position_ = text_.size();
    return out;
  }

  std::string all() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::size_t position_ = 0;
  bool ended_ = false;
};

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = ends[0];
    write_end = ends[1];
  }
};

}  // namespace

std::optional<std::string> hayago_program() {
  const char* env = std::getenv("HAYAGO_PROGRAM");
  const std::string path =
      env != nullptr && *env != '\0' ? env : std::string(HAYAGO_BINARY_DIR) + "/hayago";
  if (::access(path.c_str(), X_OK) != 0) return std::nullopt;
  return path;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "hayago-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

struct Process::Impl {
  pid_t pid = -1;
  int stdin_fd = -1;
  Stream out, err;
  std::thread out_thread, err_thread;
  std::optional<int> status;
};

Process::Process(const std::string& program, const std::vector<std::string>& args,
                 const ProcessOptions& options)
    : impl_(std::make_unique<Impl>()) {
  ::signal(SIGPIPE, SIG_IGN);  // a child that ended must not end the test
  std::vector<std::string> words{program};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Pipe in, out, err;
  impl_->pid = ::fork();
  if (impl_->pid < 0) throw std::runtime_error("fork failed");
  if (impl_->pid == 0) {
    ::dup2(in.read_end, 0);
    ::dup2(out.write_end, 1);
    ::dup2(err.write_end, 2);
    ::signal(SIGPIPE, SIG_DFL);
    for (const auto& [key, value] : options.environment) ::setenv(key.c_str(), value.c_str(), 1);
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  ::close(in.read_end);
  ::close(out.write_end);
  ::close(err.write_end);
  impl_->stdin_fd = in.write_end;
  impl_->out_thread = std::thread([this, fd = out.read_end] { impl_->out.drain(fd); });
  impl_->err_thread = std::thread([this, fd = err.read_end] { impl_->err.drain(fd); });
}

Process::~Process() {
  close_stdin();
  if (!impl_->status) {
    ::kill(impl_->pid, SIGKILL);
    wait(10);
  }
  impl_->out_thread.join();
  impl_->err_thread.join();
}

bool Process::write(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && impl_->stdin_fd >= 0) {
    const ssize_t n = ::write(impl_->stdin_fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return done == bytes.size();
}

void Process::close_stdin() {
  if (impl_->stdin_fd >= 0) ::close(impl_->stdin_fd);
  impl_->stdin_fd = -1;
}

std::optional<std::string> Process::read_line(double seconds) {
  return impl_->out.next_line(deadline_after(seconds));
}

std::optional<std::string> Process::read_response(double seconds) {
  const auto deadline = deadline_after(seconds);
  std::string response;
  for (;;) {
    const auto line = impl_->out.next_line(deadline);
    if (!line) return std::nullopt;
    response += *line + "\n";
    if (line->empty()) return response;
  }
}

std::optional<std::string> Process::read_all(double seconds) {
  return impl_->out.rest(deadline_after(seconds));
}

bool Process::wait_for_stderr(const std::string& text, double seconds) {
  return impl_->err.wait_for(text, deadline_after(seconds));
}

std::string Process::stderr_text() const { return impl_->err.all(); }

void Process::signal(int number) {
  if (!impl_->status) ::kill(impl_->pid, number);
}

std::optional<int> Process::wait(double seconds) {
  const auto deadline = deadline_after(seconds);
  while (!impl_->status) {
    int raw = 0;
    const pid_t result = ::waitpid(impl_->pid, &raw, WNOHANG);
    if (result == impl_->pid) {
      impl_->status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    } else if (result < 0 && errno != EINTR) {
      impl_->status = -1;
    } else if (Clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  return impl_->status;
}

int Process::pid() const { return impl_->pid; }

Completed run_process(const std::string& program, const std::vector<std::string>& args,
                      const std::string& input, double seconds, const ProcessOptions& options) {
  Process process(program, args, options);
  // Written by a thread of its own: the child may stop reading before the end.
  std::thread writer([&] {
    process.write(input);
    process.close_stdin();
  });
  const auto status = process.wait(seconds);
  if (!status) process.signal(SIGKILL);
  writer.join();
  Completed result;
  result.status = status.value_or(-1);
  result.out = process.read_all(10).value_or("");
  process.wait_for_stderr("\n\n\n(no such text: waits for the end)", 10);
  result.err = process.stderr_text();
  return result;
}

}  // namespace hayago::test
