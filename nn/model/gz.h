// The container of a network file: one gzip member (spec/01 section 2).
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hayago::nn {

// Bytes that are written once: no zero-filling, no spare capacity to pay for.
struct Bytes {
  std::unique_ptr<char[]> data;
  std::size_t size = 0;
  std::string_view view() const { return {data.get(), size}; }
};

// Inflates exactly one gzip member or zlib stream. `name` is used in messages. Throws ModelError
// for damaged or truncated input, a wrong checksum, and bytes after the end of the member.
Bytes inflate_member(std::string_view compressed, const std::string& name);

// One gzip member without time stamp or name, so equal input gives equal output. Level 1 is for
// floats: their mantissas hardly compress, higher levels only cost time.
std::string deflate_member(std::string_view bytes, int level = 1);

}  // namespace hayago::nn
