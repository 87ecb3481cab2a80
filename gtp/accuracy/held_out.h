// Which games calibrated a network, as its file says, so that they do not judge it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gtp/accuracy/positions.h"

namespace hayago::gtp {

// For the metadata 'calibration': sorted hashes of games, 16 digits in hex each, without anything
// between them, as hundreds of games would else be a noticeable part of a small file.
std::string hash_text(const std::vector<SourceGame>& games);

// Sorted. nullopt if the file is no quantized network or does not say. Throws nn::ModelError for a
// file that cannot be read.
std::optional<std::vector<std::uint64_t>> calibration_games(const std::string& model_path);

// How many of the games are among the sorted hashes.
int count_known(const std::vector<SourceGame>& games, const std::vector<std::uint64_t>& hashes);

}  // namespace hayago::gtp
