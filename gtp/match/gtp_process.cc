#include "gtp/match/gtp_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "gtp/config/parse.h"

extern char** environ;

namespace hayago::gtp {
namespace {

using std::chrono::steady_clock;

constexpr double kQuitSeconds = 3;
constexpr std::chrono::seconds kLastWords{1};
constexpr std::size_t kComplaintBytes = 300;
constexpr std::size_t kLongestLine = std::size_t{1} << 20;

// Both ends stay with this process unless an action of the child copies one, so that no engine
// keeps the pipe of another one open.
struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw EngineFailure(std::string("cannot make a pipe: ") + std::strerror(errno));
    }
    read = ends[0];
    write = ends[1];
  }
};

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

// In a process group of its own: an interrupt from the terminal is ours to handle, and a command
// line that starts further processes ends as a whole.
pid_t spawn_shell(const std::string& command, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::string shell = "sh", flag = "-c", line = command;
  std::array<char*, 4> argv{shell.data(), flag.data(), line.data(), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw EngineFailure(std::string("cannot start a shell: ") + std::strerror(error));
  return pid;
}

}  // namespace

GtpProcess::GtpProcess(std::string name, const std::string& command) : name_(std::move(name)) {
  Pipe in, out, err;
  to_child_ = in.write;
  from_child_ = out.read;
  errors_ = err.read;
  try {
    pid_ = spawn_shell(command, in.read, out.write, err.write);
  } catch (...) {
    for (int* fd : {&in.read, &out.write, &err.write}) close_fd(*fd);
    close_pipes();
    throw;
  }
  for (int* fd : {&in.read, &out.write, &err.write}) close_fd(*fd);
}

GtpProcess::~GtpProcess() {
  const std::string quit = "quit\n";
  // The engine may be gone already; then there is nothing to say.
  [[maybe_unused]] const auto written = ::write(to_child_, quit.data(), quit.size());
  close_pipes();
  const auto deadline = steady_clock::now() + std::chrono::duration<double>(kQuitSeconds);
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > deadline) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(-pid_, SIGKILL);  // whatever the shell line has left behind
}

void GtpProcess::close_pipes() {
  for (int* fd : {&to_child_, &from_child_, &errors_}) close_fd(*fd);
}

void GtpProcess::fail(const std::string& command, const std::string& what) {
  std::string text = fmt::format("{}: {} (command '{}')", name_, what, command);
  std::string complaint(trim(complaint_));
  std::replace(complaint.begin(), complaint.end(), '\n', ' ');
  if (!complaint.empty()) text += "; it said: " + complaint;
  throw EngineFailure(text);
}

void GtpProcess::write_line(const std::string& line, const std::string& command) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(to_child_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_ended(command);
    done += static_cast<std::size_t>(n);
  }
}

void GtpProcess::read_errors() {
  std::array<char, 4096> chunk{};
  const ssize_t n = ::read(errors_, chunk.data(), chunk.size());
  if (n < 0 && errno == EINTR) return;
  if (n <= 0) return close_fd(errors_);  // poll() ignores negative descriptors
  complaint_.append(chunk.data(), static_cast<std::size_t>(n));
  if (complaint_.size() > kComplaintBytes) {
    complaint_.erase(0, complaint_.size() - kComplaintBytes);
  }
}

// The pipes of an engine that ends close one after the other, and its last words may come last.
// A child that it leaves behind can keep the pipe open: hence the limit.
void GtpProcess::fail_ended(const std::string& command) {
  const auto deadline = steady_clock::now() + kLastWords;
  while (errors_ >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) break;
    pollfd errors{errors_, POLLIN, 0};
    if (::poll(&errors, 1, static_cast<int>(left.count())) > 0) read_errors();
  }
  fail(command, "the engine has ended");
}

bool GtpProcess::read_some(const std::string& command, Time deadline) {
  const double left = std::chrono::duration<double>(deadline - steady_clock::now()).count();
  if (left <= 0) fail(command, "no answer in time");
  std::array<pollfd, 2> fds{pollfd{from_child_, POLLIN, 0}, pollfd{errors_, POLLIN, 0}};
  const int wait_ms = static_cast<int>(std::min(left * 1000 + 1, 1e6));
  if (::poll(fds.data(), fds.size(), wait_ms) <= 0) return true;
  if (fds[1].revents != 0) read_errors();
  if (fds[0].revents == 0) return true;
  std::array<char, 4096> chunk{};
  const ssize_t n = ::read(from_child_, chunk.data(), chunk.size());
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  return true;
}

std::string GtpProcess::read_line(const std::string& command, Time deadline) {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      return line;
    }
    if (buffer_.size() > kLongestLine) fail(command, "an endless line as answer");
    if (!read_some(command, deadline)) fail_ended(command);
  }
}

std::string GtpProcess::ask(const std::string& command, double seconds) {
  const Time deadline = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                                  std::chrono::duration<double>(seconds));
  write_line(command + "\n", command);
  std::string text;
  for (;;) {
    const std::string line = read_line(command, deadline);
    if (line.empty() && text.empty()) continue;
    if (line.empty()) break;
    text += (text.empty() ? "" : "\n") + line;
  }
  const bool accepted = text[0] == '=';
  if (!accepted && text[0] != '?') fail(command, "the answer '" + text + "' is no GTP response");
  const auto after_id = text.find_first_not_of("0123456789", 1);
  text.erase(0, after_id == std::string::npos ? text.size() : after_id);
  text = std::string(trim(text));
  if (accepted) return text;
  throw CommandRefused(fmt::format("{}: '{}' was refused: {}", name_, command, text));
}

}  // namespace hayago::gtp
