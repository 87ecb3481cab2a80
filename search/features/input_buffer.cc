#include "search/features/input_buffer.h"

#include <algorithm>
#include <stdexcept>

namespace hayago::search {

InputBuffer::InputBuffer(const Board& board, int planes, int globals, int nn_x, int nn_y,
                         float* spatial, float* global)
    : board_(board), planes_(planes), nn_x_(nn_x), spatial_(spatial), global_(global) {
  if (nn_x < board.x_size() || nn_y < board.y_size()) {
    throw std::invalid_argument("the network's input buffer is smaller than the board");
  }
  std::fill_n(spatial, static_cast<std::size_t>(nn_x) * static_cast<std::size_t>(nn_y * planes),
              0.0f);
  std::fill_n(global, globals, 0.0f);
}

void InputBuffer::set(int plane, const std::bitset<kLocCount>& locs) {
  if (locs.none()) return;
  for_each_point([&](Loc l) {
    if (locs.test(static_cast<std::size_t>(l))) set(plane, l);
  });
}

}  // namespace hayago::search
