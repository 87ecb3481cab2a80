#include "gtp/json/line_io.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hayago::gtp {
namespace {

// How often a blocked reader looks whether it should give up.
constexpr int kPollMilliseconds = 200;

}  // namespace

bool LineReader::fill(const std::atomic<bool>& give_up) {
  std::array<char, 1 << 16> chunk;
  while (!give_up) {
    pollfd wait{fd_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, kPollMilliseconds);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    const ssize_t count = ::read(fd_, chunk.data(), chunk.size());
    if (count > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return false;
  }
  return false;
}

std::optional<std::string> LineReader::next(const std::atomic<bool>& give_up) {
  while (true) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(start_, end - start_);
      start_ = scanned_ = end + 1;
      return line;
    }
    buffer_.erase(0, start_);
    start_ = 0;
    scanned_ = buffer_.size();
    if (fill(give_up)) continue;
    if (give_up || buffer_.empty()) return std::nullopt;
    std::string rest;
    rest.swap(buffer_);
    scanned_ = 0;
    return rest;
  }
}

void LineWriter::write(std::string line) {
  line.push_back('\n');
  const std::lock_guard lock(mutex_);
  std::size_t done = 0;
  while (done < line.size() && !failed_) {
    const ssize_t count = ::write(fd_, line.data() + done, line.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      pollfd wait{fd_, POLLOUT, 0};
      ::poll(&wait, 1, kPollMilliseconds);
    } else if (count < 0 && errno != EINTR) {
      failed_ = true;
    }
  }
}

}  // namespace hayago::gtp
