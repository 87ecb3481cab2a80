#include "search/features/input_buffer.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace hayago::search {
namespace {

constexpr std::size_t kGroup = 4;  // planes expanded by one table entry

using Group = std::array<float, kGroup>;

constexpr std::array<Group, 1 << kGroup> make_groups() {
  std::array<Group, 1 << kGroup> table{};
  for (std::size_t bits = 0; bits < table.size(); bits++) {
    for (std::size_t i = 0; i < kGroup; i++) table[bits][i] = static_cast<float>(bits >> i & 1);
  }
  return table;
}
constexpr auto kGroups = make_groups();

// Expands one bit per plane.
template <std::size_t kPlanes>
void write_point(std::uint32_t bits, float* out) {
  constexpr std::size_t kWhole = kPlanes / kGroup * kGroup;
  for (std::size_t c = 0; c < kWhole; c += kGroup, bits >>= kGroup) {
    std::memcpy(out + c, kGroups[bits % kGroups.size()].data(), sizeof(Group));
  }
  std::memcpy(out + kWhole, kGroups[bits].data(), (kPlanes - kWhole) * sizeof(float));
}

}  // namespace

InputBuffer::InputBuffer(const Board& board, int planes, int globals, int nn_x, int nn_y,
                         float* global, LadderCache* ladders)
    : board_(board), planes_(planes), nn_x_(nn_x), nn_y_(nn_y), global_(global), ladders_(ladders) {
  if (nn_x < board.x_size() || nn_y < board.y_size()) {
    throw std::invalid_argument("the network's input buffer is smaller than the board");
  }
  std::fill_n(global, globals, 0.0f);
  bits_.fill(1);
}

template <std::size_t kPlanes>
void InputBuffer::write_planes(float* spatial) const {
  const std::size_t nn_row = static_cast<std::size_t>(nn_x_) * kPlanes;
  for (int y = 0; y < board_.y_size(); y++) {
    float* out = spatial + static_cast<std::size_t>(y) * nn_row;
    const std::uint32_t* row = &bits_[static_cast<std::size_t>(board_.loc(0, y))];
    for (int x = 0; x < board_.x_size(); x++, out += kPlanes) write_point<kPlanes>(row[x], out);
    std::fill(out, spatial + static_cast<std::size_t>(y + 1) * nn_row, 0.0f);
  }
  std::fill(spatial + static_cast<std::size_t>(board_.y_size()) * nn_row,
            spatial + static_cast<std::size_t>(nn_y_) * nn_row, 0.0f);
}

void InputBuffer::write(float* spatial) const {
  if (planes_ == 22) {
    write_planes<22>(spatial);
  } else if (planes_ == 13) {
    write_planes<13>(spatial);
  } else {
    throw std::logic_error("input buffer: no version has this number of planes");
  }
}

void InputBuffer::write_bits(std::uint32_t* words) const {
  std::fill_n(words, static_cast<std::size_t>(nn_x_) * static_cast<std::size_t>(nn_y_), 0u);
  for (int y = 0; y < board_.y_size(); y++, words += nn_x_) {
    const std::uint32_t* row = &bits_[static_cast<std::size_t>(board_.loc(0, y))];
    std::copy_n(row, board_.x_size(), words);
  }
}

}  // namespace hayago::search
