// Writing of network inputs by board point (spec/04 section 2).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "search/board/board.h"

namespace hayago::search {

class LadderCache;

// Collects the planes, all of them zeros and ones, as one bit per plane for each point; write()
// expands them into a channel-last buffer (nn_y*nn_x, planes) with the board in its top left
// corner. Plane 0, the points of the board, is there from the start.
class InputBuffer {
 public:
  // Clears the globals.
  InputBuffer(const Board& board, int planes, int globals, int nn_x, int nn_y, float* global,
              LadderCache* ladders);

  LadderCache* ladders() const { return ladders_; }  // null: none

  void set(int plane, Loc l) { bits_[static_cast<std::size_t>(l)] |= 1u << plane; }
  void set(int plane, const PointSet& points) {
    points.for_each([&](Loc l) { set(plane, l); });
  }
  void set_global(int i, float value) { global_[i] = value; }
  void set_global(int i, bool value) { global_[i] = value ? 1.0f : 0.0f; }

  void write(float* spatial) const;
  // The same without expanding: (nn_y*nn_x), bit i = plane i.
  void write_bits(std::uint32_t* words) const;

 private:
  template <std::size_t kPlanes>
  void write_planes(float* spatial) const;

  const Board& board_;
  int planes_, nn_x_, nn_y_;
  float* global_;
  LadderCache* ladders_;
  std::array<std::uint32_t, kLocCount> bits_;
};

}  // namespace hayago::search
