#include "gtp/npz/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hayago::gtp {
namespace {

// Signatures and sizes of the fixed parts of APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16.
constexpr std::uint32_t kLocalSignature = 0x04034b50, kEntrySignature = 0x02014b50,
                        kEndSignature = 0x06054b50;
constexpr std::size_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22;
constexpr std::size_t kMaxComment = 0xffff;
constexpr std::uint32_t kInZip64 = 0xffffffff;
constexpr std::uint16_t kEncrypted = 1, kStored = 0, kDeflated = 8;
constexpr std::uint64_t kMaxRatio = 1032;  // deflate cannot compress better
constexpr std::uint64_t kMaxTotal = std::uint64_t{4} << 30;

struct Entry {
  std::string name;
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0, packed = 0, size = 0, offset = 0;
};

class ZipReader {
 public:
  ZipReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> contents;
    std::uint64_t total = 0;
    for (const Entry& entry : read_directory()) {
      total += entry.size;
      if (total > kMaxTotal) fail("more than 4 GiB of contents");
      if (!contents.emplace(entry.name, content_of(entry)).second) {
        fail_at(entry.name, "is there twice");
      }
    }
    return contents;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw ArchiveError(fmt::format("{}: {}", name_, what));
  }
  [[noreturn]] void fail_at(const std::string& entry, const std::string& what) const {
    fail(fmt::format("entry '{}' {}", entry, what));
  }

  std::string_view part(std::uint64_t offset, std::uint64_t size, const char* what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      fail(fmt::format("{} at byte {} with {} bytes goes beyond the end of the file ({} bytes)",
                       what, offset, size, bytes_.size()));
    }
    return bytes_.substr(offset, size);
  }
  static std::uint16_t u16(std::string_view at, std::size_t i) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(at[i]) |
                                      static_cast<unsigned char>(at[i + 1]) << 8);
  }
  static std::uint32_t u32(std::string_view at, std::size_t i) {
    return u16(at, i) | std::uint32_t{u16(at, i + 2)} << 16;
  }

  // The record at the end, which may be followed by a comment.
  std::string_view find_end() const {
    if (bytes_.size() >= kEndSize) {
      const std::size_t last = bytes_.size() - kEndSize;
      const std::size_t first = last - std::min(last, kMaxComment);
      for (std::size_t at = last + 1; at-- > first;) {
        const std::string_view end = bytes_.substr(at);
        if (u32(end, 0) == kEndSignature && kEndSize + u16(end, 20) == end.size()) return end;
      }
    }
    fail("is no ZIP archive, or ends early: its end record is missing");
  }

  std::vector<Entry> read_directory() const {
    const std::string_view end = find_end();
    if (u16(end, 4) != 0 || u16(end, 6) != 0) fail("is one part of several");
    const std::uint16_t count = u16(end, 10);
    const std::string_view directory = part(u32(end, 16), u32(end, 12), "directory");
    std::vector<Entry> entries;
    std::size_t at = 0;
    for (int i = 0; i < count; ++i) {
      if (directory.size() - at < kEntrySize) fail(cut_off(i, count));
      const std::string_view head = directory.substr(at);
      if (u32(head, 0) != kEntrySignature) fail(fmt::format("directory entry {} is damaged", i));
      const std::size_t size = kEntrySize + u16(head, 28) + u16(head, 30) + u16(head, 32);
      if (head.size() < size) fail(cut_off(i, count));
      entries.push_back({std::string(head.substr(kEntrySize, u16(head, 28))), u16(head, 8),
                         u16(head, 10), u32(head, 16), u32(head, 20), u32(head, 24),
                         u32(head, 42)});
      at += size;
    }
    return entries;
  }
  static std::string cut_off(int i, int count) {
    return fmt::format("the directory ends within entry {} of {}", i + 1, count);
  }

  std::string content_of(const Entry& entry) const {
    if ((entry.flags & kEncrypted) != 0) fail_at(entry.name, "is encrypted");
    if (entry.packed == kInZip64 || entry.size == kInZip64 || entry.offset == kInZip64) {
      fail_at(entry.name, "has 4 GiB or more");
    }
    const std::string_view head = part(entry.offset, kLocalSize, "entry");
    if (u32(head, 0) != kLocalSignature) fail_at(entry.name, "does not start where it should");
    const std::uint64_t start =
        std::uint64_t{entry.offset} + kLocalSize + u16(head, 26) + u16(head, 28);
    const std::string_view packed = part(start, entry.packed, "entry");
    std::string content;
    if (entry.method == kStored) {
      if (entry.packed != entry.size) fail_at(entry.name, "is stored with two different sizes");
      content = packed;
    } else if (entry.method == kDeflated) {
      content = inflated(entry, packed);
    } else {
      fail_at(entry.name,
              fmt::format("uses compression method {} (expected 0 or 8)", entry.method));
    }
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    if (crc != entry.crc) fail_at(entry.name, "is damaged: its checksum differs");
    return content;
  }

  std::string inflated(const Entry& entry, std::string_view packed) const {
    // Before memory is taken for a size that the file only claims.
    if (entry.size > (std::uint64_t{entry.packed} + 1) * kMaxRatio) {
      fail_at(entry.name, fmt::format("claims {} bytes from {}", entry.size, entry.packed));
    }
    std::string content(entry.size, '\0');
    z_stream z{};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) fail("zlib could not be initialised");
    // zlib does not write through next_in; its interface merely lacks the const.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    z.avail_in = entry.packed;
    // An output without room for the empty content would look like an error.
    char nothing = 0;
    z.next_out = reinterpret_cast<Bytef*>(content.empty() ? &nothing : content.data());
    z.avail_out = content.empty() ? 1 : entry.size;
    const int status = inflate(&z, Z_FINISH);
    const bool complete = status == Z_STREAM_END && z.total_out == entry.size && z.avail_in == 0;
    inflateEnd(&z);
    if (!complete) fail_at(entry.name, "is damaged: it does not inflate to its size");
    return content;
  }

  std::string_view bytes_;
  const std::string& name_;
};

}  // namespace

std::map<std::string, std::string> read_zip(std::string_view bytes, const std::string& name) {
  return ZipReader(bytes, name).read();
}

}  // namespace hayago::gtp
