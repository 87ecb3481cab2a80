// Positions with targets in the reference's training format: an .npz archive of arrays.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "gtp/npz/zip.h"

namespace hayago::gtp {

// Of N positions in buffers of edge x edge.
struct TrainingSet {
  static constexpr int kPlanes = 22, kGlobals = 19;  // input version 7

  int count = 0, edge = 19;
  std::vector<std::uint32_t> planes;  // (N, edge*edge), bit i = plane i
  std::vector<float> globals;         // (N, kGlobals)
  // (N, edge*edge + 1), pass last: how often a search chose the move; all 0 where it did not
  // search.
  std::vector<std::int16_t> policy;
  // How the game ended for the player to move: win, loss, no result.
  std::vector<std::array<float, 3>> value;

  int points() const { return edge * edge; }
};

// Arrays binaryInputNCHWPacked, globalInputNC, policyTargetsNCMove (its first channel) and
// globalTargetsNC; others are left alone. Throws ArchiveError for anything that does not fit.
TrainingSet parse_training_set(std::string_view bytes, const std::string& name);

// Throws ArchiveError, also for a file that cannot be read.
TrainingSet load_training_set(const std::string& path);

}  // namespace hayago::gtp
