// A position that a network has judged, as a few hundred bytes that all it needs can be rebuilt
// from: the moves that led to it, and what the network said of it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quant/train/targets.h"

namespace hayago::quant {

// A stone, or a pass.
struct RecordedMove {
  // y * width + x of a board of that width; width * height stands for a pass.
  std::uint16_t point = 0;
  bool white = false;
  bool operator==(const RecordedMove&) const = default;
};

struct PositionRecord {
  int width = 0, height = 0;  // of the board, 1 to 255
  // Whatever text the writer gives the rules; here nobody reads it. Up to 255 bytes.
  std::string rules;
  float komi = 0;                   // points
  std::vector<RecordedMove> setup;  // stones that were there before the first move
  std::vector<RecordedMove> moves;  // in order
  bool white_to_move = false;
  // Of the board, without a buffer around it. A stored one is as precise as a number of 16 bits for
  // the root of a move's probability (and for each of win, loss and no result), and of 8 bits for
  // ownership; the other numbers are floats.
  TrainingTargets targets;
};

// Throws std::invalid_argument for what cannot be stored: sizes, points or moves out of range,
// targets that are not finite or of another size.
std::string encode_record(const PositionRecord& record);
// Probabilities add up to 1 again. Throws std::invalid_argument for bytes that encode_record() does
// not write.
PositionRecord decode_record(std::string_view bytes);

// The position turned and mirrored (nn/outputs/postprocess.h); boards that are not square are not
// transposed.
PositionRecord turned(const PositionRecord& record, int symmetry);

}  // namespace hayago::quant
