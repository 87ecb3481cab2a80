#include "gtp/distill/examples.h"

#include <utility>

#include "gtp/distill/teacher_game.h"
#include "search/features/features.h"

namespace hayago::gtp {
namespace {

std::size_t count(int n) { return static_cast<std::size_t>(n); }

// Numbers of a board's points where they are in the buffer.
std::vector<float> widened(const std::vector<float>& board, int width, int height, int size,
                           float elsewhere) {
  std::vector<float> buffer(count(size * size), elsewhere);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) buffer[count(y * size + x)] = board[count(y * width + x)];
  }
  return buffer;
}

}  // namespace

EncodedPosition encode(const quant::PositionRecord& record, const nn::NetInfo& net, int size) {
  EncodedPosition position;
  position.planes.resize(count(size * size));
  position.global.resize(count(net.c_global));
  search::fill_features(net.input_version, state_of(record), search::NnInputParams{}, size, size,
                        position.planes.data(), position.global.data());
  position.targets = record.targets;
  const float pass = record.targets.policy.back();
  position.targets.policy = widened(record.targets.policy, record.width, record.height, size, -1);
  position.targets.policy.push_back(pass);
  if (!record.targets.ownership.empty()) {
    position.targets.ownership =
        widened(record.targets.ownership, record.width, record.height, size, 0);
  }
  return position;
}

}  // namespace hayago::gtp
