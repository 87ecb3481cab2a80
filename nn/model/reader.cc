#include "nn/model/reader.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "nn/model/load.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kPrintableBytes = 60;
constexpr std::string_view kArrayMark = "@BIN@";

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Leading plus signs are legal in the file but not in std::from_chars.
std::string_view without_plus(std::string_view token) {
  if (token.size() > 1 && token[0] == '+' && token[1] != '-') token.remove_prefix(1);
  return token;
}

// Value of the number that starts the token, 0 on underflow; false if it starts with no number.
// Letters after the number are ignored, as in the reference (spec/01 section 9.2).
bool leading_number(std::string_view token, double& value) {
  token = without_plus(token);
  const char* end = token.data() + token.size();
  const auto result = std::from_chars(token.data(), end, value);
  if (result.ec == std::errc::invalid_argument) return false;
  if (result.ec == std::errc::result_out_of_range) {
    const std::string_view number(token.data(),
                                  static_cast<std::size_t>(result.ptr - token.data()));
    const bool tiny = number.find("e-") != number.npos || number.find("E-") != number.npos;
    value = tiny ? 0.0 : HUGE_VAL;
  }
  return true;
}

// Rounds the decimal once, not by way of binary64, unless binary32 cannot hold it.
bool leading_float(std::string_view token, float& value) {
  token = without_plus(token);
  const auto result = std::from_chars(token.data(), token.data() + token.size(), value);
  if (result.ec == std::errc()) return true;
  double wide = 0;
  if (!leading_number(token, wide)) return false;
  value = static_cast<float>(wide);
  return true;
}

bool all_finite(const std::vector<float>& values) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  bool bad = false;
  for (const float v : values) bad |= (std::bit_cast<std::uint32_t>(v) & kExponent) == kExponent;
  return !bad;
}

std::size_t first_not_finite(const std::vector<float>& values) {
  std::size_t i = 0;
  while (i < values.size() && std::isfinite(values[i])) ++i;
  return i;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, kPrintableBytes)) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u >= 0x7f || c == '\\') {
      out += fmt::format("\\x{:02x}", u);
    } else {
      out += c;
    }
  }
  if (bytes.size() > kPrintableBytes) out += fmt::format("... ({} bytes)", bytes.size());
  return out;
}

Reader::Reader(std::string_view data, bool text, std::string file)
    : data_(data), text_(text), file_(std::move(file)) {}

void Reader::fail(std::string_view fact) const {
  std::string where;
  for (const std::string& place : places_) where += (where.empty() ? "" : ", ") + place;
  throw ModelError(fmt::format("{}: {}{}{} (at byte {})", file_, where, where.empty() ? "" : ": ",
                               fact, token_at_));
}

void Reader::require_equal(std::string_view what, std::int64_t actual, std::int64_t expected,
                           std::string_view because) const {
  if (actual == expected) return;
  fail(fmt::format("{}: {} in the file, but {} expected ({})", what, actual, expected, because));
}

void Reader::skip_whitespace() {
  while (at_ < data_.size() && is_space(data_[at_])) ++at_;
}

std::string_view Reader::token(std::string_view what) {
  skip_whitespace();
  token_at_ = at_;
  std::size_t end = at_;
  while (end < data_.size() && !is_space(data_[end])) ++end;
  if (end == at_) fail(fmt::format("file ends where the {} should be", what));
  at_ = end;
  return data_.substr(token_at_, end - token_at_);
}

int Reader::integer(std::string_view what) {
  const std::string_view word = token(what);
  const std::string_view digits = without_plus(word);
  int value = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value);
  if (result.ec == std::errc::result_out_of_range) {
    fail(fmt::format("{} '{}' does not fit in 32 bits", what, printable(word)));
  }
  if (result.ec != std::errc() || result.ptr != end) {
    fail(fmt::format("{} should be an integer, found '{}'", what, printable(word)));
  }
  return value;
}

int Reader::positive(std::string_view what, int limit) {
  const int value = integer(what);
  if (value < 1) fail(fmt::format("{} is {}, must be at least 1", what, value));
  if (value > limit) fail(fmt::format("{} is {}, more than the limit of {}", what, value, limit));
  return value;
}

bool Reader::bit(std::string_view what) {
  const std::string_view word = token(what);
  if (word != "0" && word != "1") {
    fail(fmt::format("{} should be 0 or 1, found '{}'", what, printable(word)));
  }
  return word == "1";
}

void Reader::reserved(std::string_view what) {
  const int value = integer(what);
  if (value != 0) {
    fail(fmt::format("unknown option: {} is {}, only 0 is known (made by a newer program?)", what,
                     value));
  }
}

double Reader::real64(std::string_view what) {
  const std::string_view word = token(what);
  double value = 0;
  if (!leading_number(word, value) || !std::isfinite(value)) {
    fail(fmt::format("{} should be a finite number, found '{}'", what, printable(word)));
  }
  return value;
}

float Reader::real32(std::string_view what) {
  const std::string_view word = token(what);
  float value = 0;
  if (!leading_float(word, value) || !std::isfinite(value)) {
    fail(fmt::format("{} should be a finite number, found '{}'", what, printable(word)));
  }
  return value;
}

std::vector<float> Reader::array(std::string_view what, std::int64_t count) {
  if (source_ != nullptr) return source_->get(std::string(token(what)), count);
  skip_whitespace();
  token_at_ = at_;
  std::vector<float> values = text_ ? text_array(what, count) : binary_array(what, count);
  if (!all_finite(values)) {
    const std::size_t i = first_not_finite(values);
    fail(fmt::format("{}: value {} of {} is {}, must be finite", what, i, count, values[i]));
  }
  return values;
}

std::vector<float> Reader::binary_array(std::string_view what, std::int64_t count) {
  const std::string_view mark = data_.substr(at_, kArrayMark.size());
  if (mark != kArrayMark) {
    fail(
        fmt::format("{}: expected the mark {} and {} binary values, found '{}' (is this a text "
                    "network? those end in .txt or .txt.gz)",
                    what, kArrayMark, count, printable(data_.substr(at_, 16))));
  }
  at_ += kArrayMark.size();
  const std::size_t left = data_.size() - at_;
  if (static_cast<std::uint64_t>(count) > left / 4) {
    fail(fmt::format("{}: {} values need {} bytes, but the file has only {} left", what, count,
                     4 * count, left));
  }
  std::vector<float> values(static_cast<std::size_t>(count));
  const std::size_t bytes = values.size() * 4;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(values.data(), data_.data() + at_, bytes);
  } else {
    const auto* p = reinterpret_cast<const unsigned char*>(data_.data() + at_);
    for (float& v : values) {
      std::uint32_t bits = 0;
      for (int i = 3; i >= 0; --i) bits = bits << 8 | p[i];
      v = std::bit_cast<float>(bits);
      p += 4;
    }
  }
  at_ += bytes;
  return values;
}

std::vector<float> Reader::text_array(std::string_view what, std::int64_t count) {
  const std::size_t left = data_.size() - at_;
  if (static_cast<std::uint64_t>(count) > (left + 1) / 2) {  // a digit and a separator each
    fail(fmt::format("{}: {} values need at least {} bytes, but the file has only {} left", what,
                     count, 2 * count - 1, left));
  }
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    skip_whitespace();
    if (at_ == data_.size()) {
      token_at_ = at_;
      fail(fmt::format("{}: file ends after {} of {} values", what, i, count));
    }
    const std::string_view word = token(what);
    if (!leading_float(word, values[i])) {
      fail(fmt::format("{}: value {} of {} should be a number, found '{}'{}", what, i, count,
                       printable(word),
                       word.substr(0, kArrayMark.size()) == kArrayMark
                           ? " (is this a binary network? those end in .bin or .bin.gz)"
                           : ""));
    }
  }
  return values;
}

bool Reader::at_end(std::size_t& left) {
  skip_whitespace();
  left = data_.size() - at_;
  return left == 0;
}

Section::Section(Reader& reader, std::string_view kind) : reader_(reader) {
  reader_.places_.emplace_back(kind);
}

Section::~Section() { reader_.places_.pop_back(); }

std::string Section::name() {
  const std::string_view name = reader_.token("name");
  reader_.places_.back() += fmt::format(" '{}'", printable(name));
  return std::string(name);
}

}  // namespace hayago::nn
