// Writing of network inputs by board point (spec/04 section 2).
#pragma once
#include <bitset>
#include <cstddef>

#include "search/board/board.h"

namespace hayago::search {

// Channel-last buffer (nn_y*nn_x, planes) with the board in its top left corner.
class InputBuffer {
 public:
  // Clears the buffers.
  InputBuffer(const Board& board, int planes, int globals, int nn_x, int nn_y, float* spatial,
              float* global);

  void set(int plane, Loc l) { spatial_[offset(l) + static_cast<std::size_t>(plane)] = 1; }
  void set(int plane, const std::bitset<kLocCount>& locs);
  void set_global(int i, float value) { global_[i] = value; }
  void set_global(int i, bool value) { global_[i] = value ? 1.0f : 0.0f; }

  // Calls f(l) for every point in raster order.
  template <class F>
  void for_each_point(const F& f) const {
    for (int y = 0; y < board_.y_size(); y++) {
      for (int x = 0; x < board_.x_size(); x++) f(board_.loc(x, y));
    }
  }

 private:
  std::size_t offset(Loc l) const {
    const auto position = static_cast<std::size_t>(board_.y_of(l) * nn_x_ + board_.x_of(l));
    return position * static_cast<std::size_t>(planes_);
  }

  const Board& board_;
  int planes_, nn_x_;
  float* spatial_;
  float* global_;
};

}  // namespace hayago::search
