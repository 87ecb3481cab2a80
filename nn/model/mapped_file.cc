#include "nn/model/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nn/model/load.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kFirstRead = std::size_t{1} << 16;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& path, const char* what, int error) {
  throw ModelError(fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

// To the end, whatever its length.
Bytes read_stream(int fd, const std::string& path) {
  Bytes bytes{std::make_unique_for_overwrite<char[]>(kFirstRead), 0};
  std::size_t capacity = kFirstRead;
  while (true) {
    if (bytes.size == capacity) {
      auto larger = std::make_unique_for_overwrite<char[]>(2 * capacity);
      std::memcpy(larger.get(), bytes.data.get(), bytes.size);
      bytes.data = std::move(larger);
      capacity *= 2;
    }
    const ssize_t got = ::read(fd, bytes.data.get() + bytes.size, capacity - bytes.size);
    if (got == 0) return bytes;
    if (got > 0) {
      bytes.size += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      fail(path, "cannot be read", errno);
    }
  }
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const Descriptor file(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    fail(path, "cannot be opened; check that the file exists and is readable", errno);
  }
  if (S_ISDIR(status.st_mode)) {
    throw ModelError(fmt::format("{}: is a folder, expected a network file", path));
  }
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (S_ISREG(status.st_mode) && size > 0) {
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map != MAP_FAILED) {
      map_ = map;
      view_ = {static_cast<const char*>(map), size};
      ::madvise(map, size, MADV_WILLNEED);  // advice: nothing depends on it
      return;
    }
    if (errno != ENODEV) fail(path, "cannot be mapped into memory", errno);
  }
  copy_ = read_stream(file.get(), path);
  view_ = copy_.view();
}

MappedFile::~MappedFile() {
  if (map_ != nullptr) ::munmap(map_, view_.size());
}

}  // namespace hayago::nn
