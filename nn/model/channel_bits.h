// Sets of channels as text: hexadecimal digits, the first one of channels 0 (its 1) to 3 (its 8).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hayago::nn {

// Channels that rise.
std::string channel_bits(const std::vector<std::int16_t>& channels);

// None for text that is not that.
std::optional<std::vector<std::int16_t>> channels_of_bits(const std::string& text);

}  // namespace hayago::nn
