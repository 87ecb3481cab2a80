#include "nn/model/channel_bits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hayago::nn {

std::string channel_bits(const std::vector<std::int16_t>& channels) {
  std::vector<int> digits;
  for (const std::int16_t c : channels) {
    digits.resize(std::max(digits.size(), static_cast<std::size_t>(c / 4 + 1)));
    digits[static_cast<std::size_t>(c / 4)] |= 1 << c % 4;
  }
  std::string text;
  for (const int digit : digits) text += fmt::format("{:x}", digit);
  return text;
}

std::optional<std::vector<std::int16_t>> channels_of_bits(const std::string& text) {
  std::vector<std::int16_t> channels;
  if (text.size() > 0x7fff / 4) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int digit = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 1, digit, 16);
    if (error != std::errc()) return std::nullopt;
    for (int bit = 0; bit < 4; ++bit) {
      if ((digit >> bit & 1) != 0) channels.push_back(static_cast<std::int16_t>(4 * i + bit));
    }
  }
  return channels;
}

}  // namespace hayago::nn
