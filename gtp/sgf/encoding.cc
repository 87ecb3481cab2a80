#include "gtp/sgf/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

namespace hayago::gtp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (ok()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  // iconv_open reports failure as the pointer value -1.
  bool ok() const { return reinterpret_cast<std::intptr_t>(handle_) != -1; }

  // nullopt in strict mode at the first undecodable byte.
  std::optional<std::string> convert(std::string_view bytes, bool strict, std::size_t& bad) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 2);
    // iconv takes a non-const pointer but does not write through it.
    char* in = const_cast<char*>(bytes.data());
    std::size_t left = bytes.size();
    std::array<char, 4096> buffer;
    while (left > 0) {
      char* to = buffer.data();
      std::size_t room = buffer.size();
      const std::size_t status = iconv(handle_, &in, &left, &to, &room);
      const int error = status == static_cast<std::size_t>(-1) ? errno : 0;
      out.append(buffer.data(), buffer.size() - room);
      if (error == 0 || error == E2BIG) continue;
      if (strict) return std::nullopt;
      ++bad;
      out.append(kReplacement);
      ++in;
      --left;
      iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    }
    // Some encodings hold a last character back until they know that no combining one follows.
    char* to = buffer.data();
    std::size_t room = buffer.size();
    iconv(handle_, nullptr, nullptr, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    return out;
  }

 private:
  iconv_t handle_;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return out;
}

// Supersets decode everything their base decodes, and what vendors write in addition.
std::string charset_for(std::string_view declared) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kSupersets{{
      {"gb2312", "GB18030"},
      {"gbk", "GB18030"},
      {"cp936", "GB18030"},
      {"shift_jis", "CP932"},
      {"shift-jis", "CP932"},
      {"sjis", "CP932"},
      {"x-sjis", "CP932"},
      {"euc-kr", "CP949"},
      {"ks_c_5601-1987", "CP949"},
      {"latin1", "CP1252"},
      {"latin-1", "CP1252"},
      {"iso-8859-1", "CP1252"},
      {"us-ascii", "UTF-8"},
      {"ascii", "UTF-8"},
  }};
  const std::string key = lower(declared);
  for (const auto& [base, superset] : kSupersets) {
    if (key == base) return std::string(superset);
  }
  return std::string(declared);
}

// A charset name goes to the C library, so only harmless characters pass (no "//TRANSLIT").
bool plausible_charset(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

std::string decode_leniently(std::string_view bytes, const std::string& charset,
                             std::vector<std::string>& warnings) {
  Converter converter(charset);
  std::size_t bad = 0;
  std::string text = *converter.convert(bytes, false, bad);
  if (bad > 0) {
    warnings.push_back(std::to_string(bad) + " byte(s) are not valid " + charset +
                       " and were replaced by U+FFFD");
  }
  return text;
}

std::string decode_undeclared(std::string_view bytes, std::vector<std::string>& warnings) {
  if (is_valid_utf8(bytes)) return std::string(bytes);
  for (const char* charset : {"GB2312", "CP1252"}) {
    Converter converter(charset);
    std::size_t bad = 0;
    if (!converter.ok()) continue;
    if (auto text = converter.convert(bytes, true, bad)) {
      warnings.push_back(std::string("no CA property; the text was read as ") + charset);
      return *std::move(text);
    }
  }
  return decode_leniently(bytes, "UTF-8", warnings);
}

}  // namespace

std::string_view find_charset(std::string_view bytes) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  for (std::size_t at = bytes.find("CA["); at != std::string_view::npos;
       at = bytes.find("CA[", at + 1)) {
    if (at > 0 && is_letter(bytes[at - 1])) continue;
    const std::size_t end = bytes.find(']', at);
    if (end == std::string_view::npos) return {};
    std::string_view value = bytes.substr(at + 3, end - at - 3);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    return value;
  }
  return {};
}

bool is_valid_utf8(std::string_view text) {
  Converter converter("UTF-8");
  std::size_t bad = 0;
  return converter.ok() && converter.convert(text, true, bad).has_value();
}

std::string decode_sgf_bytes(std::string_view bytes, std::vector<std::string>& warnings) {
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") {
    return decode_leniently(bytes.substr(3), "UTF-8", warnings);
  }
  if (bytes.substr(0, 2) == "\xFF\xFE") {
    return decode_leniently(bytes.substr(2), "UTF-16LE", warnings);
  }
  if (bytes.substr(0, 2) == "\xFE\xFF") {
    return decode_leniently(bytes.substr(2), "UTF-16BE", warnings);
  }
  const std::string_view declared = find_charset(bytes);
  if (!plausible_charset(declared)) return decode_undeclared(bytes, warnings);
  const std::string charset = charset_for(declared);
  if (charset == "UTF-8" && is_valid_utf8(bytes)) return std::string(bytes);
  if (!Converter(charset).ok()) {
    warnings.push_back("unknown encoding CA[" + std::string(declared) + "]");
    return decode_undeclared(bytes, warnings);
  }
  return decode_leniently(bytes, charset, warnings);
}

}  // namespace hayago::gtp
