#include "nn/model/gz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "nn/model/load.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kMaxInflated = std::size_t{16} << 30;  // far above any network; stops bombs
constexpr std::size_t kMaxRatio = 1032;                      // deflate cannot compress better
constexpr std::size_t kChunk = std::size_t{1} << 30;         // zlib counts in 32 bits

Bytes allocate(std::size_t size) { return {std::make_unique_for_overwrite<char[]>(size), size}; }

// The size field of the trailer saves growing when it is plausible; it is never trusted.
std::size_t expected_size(std::string_view compressed) {
  std::uint32_t stored = 0;
  if (compressed.size() >= 18 && compressed[0] == '\x1f') {
    const auto* tail =
        reinterpret_cast<const unsigned char*>(compressed.data()) + compressed.size() - 4;
    for (int i = 3; i >= 0; --i) stored = stored << 8 | tail[i];
  }
  const bool plausible = stored >= compressed.size() / 2 && stored / kMaxRatio <= compressed.size();
  return plausible ? std::size_t{stored} + 1 : compressed.size() * 2 + 1024;
}

void grow(Bytes& bytes, std::size_t used) {
  Bytes larger = allocate(std::min(bytes.size * 2, kMaxInflated));
  std::memcpy(larger.data.get(), bytes.data.get(), used);
  bytes = std::move(larger);
}

// inflateEnd on every way out.
class InflateStream {
 public:
  InflateStream() : ok_(inflateInit2(&stream_, 15 + 32) == Z_OK) {}  // gzip or zlib wrapper
  ~InflateStream() {
    if (ok_) inflateEnd(&stream_);
  }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  bool ok() const { return ok_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
  bool ok_;
};

std::string describe(int status, const z_stream& z, bool at_start) {
  const std::string detail = z.msg != nullptr ? z.msg : "no details";
  if (at_start) return fmt::format("not gzip-compressed ({})", detail);
  if (status == Z_DATA_ERROR) return fmt::format("damaged compressed data ({})", detail);
  return fmt::format("cannot be decompressed ({}, zlib status {})", detail, status);
}

}  // namespace

Bytes inflate_member(std::string_view compressed, const std::string& name) {
  const auto fail = [&](const std::string& fact) { throw ModelError(name + ": " + fact); };
  InflateStream stream;
  if (!stream.ok()) fail("zlib could not be initialised");
  z_stream* z = stream.get();
  Bytes out = allocate(expected_size(compressed));
  std::size_t consumed = 0, produced = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    if (produced == out.size) {
      if (produced >= kMaxInflated) fail("decompresses to more than 16 GiB; not a network");
      grow(out, produced);
    }
    // zlib does not write through next_in; its interface merely lacks the const.
    z->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data() + consumed));
    z->next_out = reinterpret_cast<Bytef*>(out.data.get() + produced);
    const std::size_t in_now = std::min(compressed.size() - consumed, kChunk);
    const std::size_t out_now = std::min(out.size - produced, kChunk);
    z->avail_in = static_cast<uInt>(in_now);
    z->avail_out = static_cast<uInt>(out_now);
    status = inflate(z, Z_NO_FLUSH);
    consumed += in_now - z->avail_in;
    produced += out_now - z->avail_out;
    const bool starved = status == Z_BUF_ERROR || (status == Z_OK && z->avail_out != 0);
    if (starved && consumed == compressed.size()) {
      fail(fmt::format("compressed data ends early, after {} bytes; incomplete download?",
                       compressed.size()));
    }
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      fail(describe(status, *z, z->total_out == 0 && consumed < 12));
    }
  }
  if (consumed != compressed.size()) {
    fail(
        fmt::format("{} bytes follow the end of the compressed data; expected one gzip member "
                    "and nothing after it",
                    compressed.size() - consumed));
  }
  out.size = produced;
  return out;
}

std::string deflate_member(std::string_view bytes, int level) {
  z_stream z{};
  if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw ModelError("zlib could not be initialised");
  }
  std::string out;
  std::string buffer(std::size_t{1} << 18, '\0');
  std::size_t consumed = 0;
  int status = Z_OK;
  do {
    const std::size_t now = std::min(bytes.size() - consumed, kChunk);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + consumed));
    z.avail_in = static_cast<uInt>(now);
    const bool last = consumed + now == bytes.size();
    do {
      z.next_out = reinterpret_cast<Bytef*>(buffer.data());
      z.avail_out = static_cast<uInt>(buffer.size());
      status = deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer.data(), buffer.size() - z.avail_out);
    } while (z.avail_out == 0);
    consumed += now;
  } while (consumed < bytes.size());
  deflateEnd(&z);
  if (status != Z_STREAM_END) throw ModelError("zlib could not finish the compressed data");
  return out;
}

}  // namespace hayago::nn
