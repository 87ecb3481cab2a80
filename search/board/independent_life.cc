// Independent life: area without seki (spec/03 section 11.4).
#include <bitset>

#include "search/board/area.h"

namespace hayago::search {
namespace {

using Index = std::size_t;

class SekiFilter {
 public:
  SekiFilter(const Board& board, const AreaMap& basic)
      : board_(board), basic_(basic), offsets_(board.neighbour_offsets()) {}

  // Components of equal colour that contain no seed of seki stay.
  void run(IndependentLife& out) {
    for (int y = 0; y < board_.y_size(); y++) {
      for (int x = 0; x < board_.x_size(); x++) {
        const Loc l = board_.loc(x, y);
        if (basic_at(l) == Color::kEmpty || visited_.test(static_cast<Index>(l))) continue;
        visit_component(l, out);
      }
    }
  }

 private:
  Color basic_at(Loc l) const { return basic_[static_cast<Index>(l)]; }

  bool is_dame(Loc l) const {
    return board_.at(l) == Color::kEmpty && basic_at(l) == Color::kEmpty;
  }

  bool is_seed(Loc l) const {
    if (board_.at(l) == basic_at(l) && board_.liberties(l) == 1) return true;
    for (Loc offset : offsets_) {
      if (is_dame(static_cast<Loc>(l + offset))) return true;
    }
    return false;
  }

  void visit_component(Loc start, IndependentLife& out) {
    const Color color = basic_at(start);
    Index count = 0;
    bool seki = false;
    points_[count++] = start;
    visited_.set(static_cast<Index>(start));
    for (Index i = 0; i < count; i++) {
      const Loc l = points_[i];
      seki = seki || is_seed(l);
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(l + offset);
        if (board_.at(a) == Color::kWall || basic_at(a) != color) continue;
        if (visited_.test(static_cast<Index>(a))) continue;
        visited_.set(static_cast<Index>(a));
        points_[count++] = a;
      }
    }
    if (seki) return;
    out.life_count += color == Color::kWhite ? 1 : -1;
    for (Index i = 0; i < count; i++) out.map[static_cast<Index>(points_[i])] = color;
  }

  const Board& board_;
  const AreaMap& basic_;
  const std::array<Loc, 4> offsets_;
  std::bitset<kLocCount> visited_;
  std::array<Loc, kMaxArea> points_;
};

}  // namespace

void calculate_independent_life(const Board& board, bool keep_territories, bool keep_stones,
                                bool suicide_legal, IndependentLife& out) {
  AreaMap basic;
  calculate_area(board, {true, true, true, suicide_legal}, basic);
  out.map.fill(Color::kEmpty);
  out.life_count = 0;
  SekiFilter(board, basic).run(out);
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      const Loc l = board.loc(x, y);
      const Color owner = basic[static_cast<Index>(l)];
      if (owner == Color::kEmpty) continue;
      const bool keep = owner == board.at(l) ? keep_stones : keep_territories;
      if (keep) out.map[static_cast<Index>(l)] = owner;
    }
  }
}

}  // namespace hayago::search
