// Internal to tensor_model*.cc: what reading and writing must agree upon.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <string_view>

namespace hayago::nn {

inline constexpr const char* kFormat = "hayago-network 1";
inline constexpr std::string_view kWeights = "weights";
// In the place of a tensor's name: an array of that number alone.
inline constexpr std::string_view kConstant = "all:";
// Metadata. The last one has the CRC-32 of every tensor and of the first two texts.
inline constexpr const char *kFormatKey = "format", *kNetwork = "network", *kInt8 = "int8",
                            *kChecksums = "crc32";
// In kInt8, under the name of a block: its attention, which has no tensors.
inline constexpr const char *kAttention = "attention", *kHalves = "int16";

inline std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace hayago::nn
