#include "gtp/npz/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 4096, kMaxDimensions = 8;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw ArchiveError(fmt::format("array '{}': {}", name, what));
}

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::vector<std::int64_t> parse_shape(const std::string& text, const std::string& name) {
  std::vector<std::int64_t> shape;
  for (const std::string& word : split(text, ',')) {
    if (trim(word).empty()) continue;
    const auto edge = parse_int64(word);
    if (!edge || *edge < 0 || shape.size() == kMaxDimensions) {
      fail(name, fmt::format("shape ({}) (expected up to {} lengths)", text, kMaxDimensions));
    }
    shape.push_back(*edge);
  }
  return shape;
}

// What follows "'key':" in a header, a Python dict literal such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }; empty without the key.
std::string_view value_of(std::string_view header, std::string_view key) {
  const std::string quoted = fmt::format("'{}'", key);
  const std::size_t found = header.find(quoted);
  if (found == header.npos) return {};
  const std::size_t colon = header.find_first_not_of(' ', found + quoted.size());
  if (colon == header.npos || header[colon] != ':') return {};
  const std::size_t value = header.find_first_not_of(' ', colon + 1);
  return value == header.npos ? std::string_view() : header.substr(value);
}

std::optional<std::string> enclosed(std::string_view text, char open, char close) {
  if (text.empty() || text.front() != open) return std::nullopt;
  const std::size_t end = text.find(close, 1);
  if (end == text.npos) return std::nullopt;
  return std::string(text.substr(1, end - 1));
}

// Bytes of an element from a type such as "<f4".
std::optional<std::int64_t> element_size(const std::string& type) {
  if (type.size() != 3 || std::string_view("<|").find(type[0]) == std::string_view::npos ||
      std::string_view("biuf").find(type[1]) == std::string_view::npos ||
      std::string_view("1248").find(type[2]) == std::string_view::npos) {
    return std::nullopt;
  }
  return type[2] - '0';
}

template <class T>
constexpr const char* kTypeName = "";
template <>
constexpr const char* kTypeName<float> = "<f4";
template <>
constexpr const char* kTypeName<std::int16_t> = "<i2";
template <>
constexpr const char* kTypeName<std::int8_t> = "|i1";
template <>
constexpr const char* kTypeName<std::uint8_t> = "|u1";

}  // namespace

std::int64_t NpyArray::count() const {
  std::int64_t product = 1;
  for (const std::int64_t edge : shape) product *= edge;
  return product;
}

NpyArray parse_npy(std::string_view bytes, const std::string& name) {
  if (bytes.size() < 12 || bytes.substr(0, kMagic.size()) != kMagic) {
    fail(name, "is no array of numpy's format");
  }
  const int version = bytes[6];
  if (version < 1 || version > 3) fail(name, fmt::format("format version {}", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4, start = 8 + length_bytes;
  const std::size_t length = little_endian(bytes.substr(8, length_bytes));
  if (length > kMaxHeader || length > bytes.size() - start) {
    fail(name, fmt::format("a header of {} bytes in {} bytes", length, bytes.size()));
  }
  const std::string_view header = bytes.substr(start, length);
  const auto descr = enclosed(value_of(header, "descr"), '\'', '\'');
  const auto shape = enclosed(value_of(header, "shape"), '(', ')');
  const bool columns_first = value_of(header, "fortran_order").starts_with("True");
  if (!descr || !shape ||
      !(columns_first || value_of(header, "fortran_order").starts_with("False"))) {
    fail(name, "a header without 'descr', 'fortran_order' and 'shape'");
  }
  if (columns_first) fail(name, "column-major order (expected row-major)");
  NpyArray array;
  array.type = *descr;
  const auto size = element_size(array.type);
  if (!size) fail(name, fmt::format("type '{}' (expected numbers, little-endian)", array.type));
  array.shape = parse_shape(*shape, name);
  array.data = bytes.substr(start + length);
  const auto there = static_cast<std::int64_t>(array.data.size());
  const bool empty = std::count(array.shape.begin(), array.shape.end(), 0) > 0;
  std::int64_t expected = empty ? 0 : *size;
  for (const std::int64_t edge : array.shape) {
    // A product beyond what is there is none that could overflow.
    if (!empty) expected = expected > there / edge ? there + 1 : expected * edge;
  }
  if (expected != there) {
    fail(name,
         fmt::format("shape ({}) of type {} does not fit {} bytes", *shape, array.type, there));
  }
  return array;
}

template <class T>
std::vector<T> npy_values(const NpyArray& array, const std::vector<std::int64_t>& shape,
                          const std::string& name) {
  bool fits = array.shape.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] < 0 || shape[i] == array.shape[i];
  }
  if (!fits || array.type != kTypeName<T>) {
    fail(name, fmt::format("type {} and shape ({}), expected {} and ({}), -1 for any", array.type,
                           fmt::join(array.shape, ", "), kTypeName<T>, fmt::join(shape, ", ")));
  }
  std::vector<T> values(array.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.data.data(), values.size() * sizeof(T));
  return values;
}

template std::vector<float> npy_values(const NpyArray&, const std::vector<std::int64_t>&,
                                       const std::string&);
template std::vector<std::int16_t> npy_values(const NpyArray&, const std::vector<std::int64_t>&,
                                              const std::string&);
template std::vector<std::int8_t> npy_values(const NpyArray&, const std::vector<std::int64_t>&,
                                             const std::string&);
template std::vector<std::uint8_t> npy_values(const NpyArray&, const std::vector<std::int64_t>&,
                                              const std::string&);

}  // namespace hayago::gtp
