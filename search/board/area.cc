// Regions, pass-alive chains and the areas built on them (spec/03 section 11). A region of a colour
// is a connected part of the board without stones of the colour. No region needs to be told from
// the others unless it could be an eye, or has opponent stones and only pass-alive chains around.
#include "search/board/area.h"

namespace hayago::search {
namespace {

using Index = std::size_t;

// Heads of at most four chains.
struct ChainSet {
  std::array<Loc, 4> heads;
  int size = 0;

  void add(Loc head) {
    for (int i = 0; i < size; i++) {
      if (heads[static_cast<Index>(i)] == head) return;
    }
    heads[static_cast<Index>(size++)] = head;
  }
};

// Life and territory of one colour.
class ColorAnalysis {
 public:
  ColorAnalysis(const Board& board, Player player, bool suicide_legal)
      : board_(board),
        player_(player),
        row_(board.row()),
        offsets_(board.neighbour_offsets()),
        own_(board.stones(player)),
        others_(board.points() - own_) {
    if (own_.none()) return;
    touching_ = own_.neighbours(row_) & others_;
    const PointSet relevant = suicide_legal ? others_ : board.empty_points();
    find_eyes(others_ - (relevant - touching_).spread(others_, row_), suicide_legal);
    find_pass_alive();
  }

  // Regions without opponent stones; nothing for a colour without stones.
  PointSet empty_regions() const {
    if (own_.none()) return {};
    return others_ - board_.stones(opponent(player_)).spread(others_, row_);
  }

  // Pass-alive chains and their territory. Of the latter `empty_regions` is enough for safe_big.
  PointSet safe_area(bool safe_big, const PointSet& empty_regions) const {
    if (alive_.none()) return {};
    const PointSet spoiled = (own_ - alive_).neighbours(row_).spread(others_, row_);
    PointSet rest = others_ - spoiled;
    PointSet safe = alive_;
    if (safe_big) {
      const PointSet big = rest & empty_regions;
      safe |= big;
      rest -= big;
    }
    add_regions_with_small_inside(rest, safe);
    return safe;
  }

 private:
  // Where all relevant points touch one chain. No default values: few of the array are used.
  struct Eye {
    std::int16_t first_point, end_point;  // range in points_
    bool spoiled;
    ChainSet vital;
  };

  // Takes the region of `start` out of `rest` and calls f for its points.
  template <class F>
  void take_region(Loc start, PointSet& rest, const F& f) const {
    std::array<Loc, kMaxArea> found;
    Index count = 0;
    found[count++] = start;
    rest.reset(start);
    for (Index i = 0; i < count; i++) {
      f(found[i]);
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(found[i] + offset);
        if (!rest.test(a)) continue;
        rest.reset(a);
        found[count++] = a;
      }
    }
  }

  // `candidates`: all regions in which every relevant point touches a chain.
  void find_eyes(PointSet candidates, bool suicide_legal) {
    candidates.for_each([&](Loc start) {
      if (!candidates.test(start)) return;
      Eye& eye = eyes_[eye_count_];
      eye.first_point = static_cast<std::int16_t>(point_count_);
      eye.spoiled = false;
      eye.vital.size = 0;
      bool is_first = true;
      take_region(start, candidates, [&](Loc l) {
        points_[point_count_++] = l;
        if (!suicide_legal && board_.at(l) != Color::kEmpty) return;
        limit_vital(eye.vital, l, is_first);
        is_first = false;
      });
      eye.end_point = static_cast<std::int16_t>(point_count_);
      if (eye.vital.size > 0) eye_count_++;
    });
  }

  // Keeps the chains that touch l.
  void limit_vital(ChainSet& vital, Loc l, bool is_first) const {
    ChainSet here;
    for (Loc offset : offsets_) {
      const Loc a = static_cast<Loc>(l + offset);
      if (board_.at(a) == player_) here.add(board_.chain_head(a));
    }
    if (is_first) {
      vital = here;
      return;
    }
    int kept = 0;
    for (int i = 0; i < vital.size; i++) {
      const Loc head = vital.heads[static_cast<Index>(i)];
      bool touches = false;
      for (int k = 0; k < here.size; k++) touches |= here.heads[static_cast<Index>(k)] == head;
      if (touches) vital.heads[static_cast<Index>(kept++)] = head;
    }
    vital.size = kept;
  }

  // Benson's elimination: chains with two eyes live until one of the eyes touches a chain that
  // does not.
  void find_pass_alive() {
    PointSet counted;  // heads with a valid count of eyes
    for (Index e = 0; e < eye_count_; e++) {
      const ChainSet& vital = eyes_[e].vital;
      for (int i = 0; i < vital.size; i++) {
        const Loc head = vital.heads[static_cast<Index>(i)];
        std::int16_t& eyes = eyes_of_[static_cast<Index>(head)];
        eyes = counted.test(head) ? static_cast<std::int16_t>(eyes + 1) : std::int16_t{1};
        counted.set(head);
        if (eyes == 2) {
          for_each_stone(head, [&](Loc stone) { alive_.set(stone); });
        }
      }
    }
    for (bool changed = alive_.any(); changed;) {
      changed = false;
      for (Index e = 0; e < eye_count_; e++) {
        Eye& eye = eyes_[e];
        if (eye.spoiled || !touches_dead_chain(eye)) continue;
        eye.spoiled = true;
        changed = true;
        for (int i = 0; i < eye.vital.size; i++) lose_eye(eye.vital.heads[static_cast<Index>(i)]);
      }
    }
  }

  void lose_eye(Loc head) {
    if (--eyes_of_[static_cast<Index>(head)] != 1) return;
    for_each_stone(head, [&](Loc stone) { alive_.reset(stone); });
  }

  bool touches_dead_chain(const Eye& eye) const {
    for (auto i = eye.first_point; i < eye.end_point; i++) {
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(points_[static_cast<Index>(i)] + offset);
        if (board_.at(a) == player_ && !alive_.test(a)) return true;
      }
    }
    return false;
  }

  // Regions with at most one point that no own stone touches.
  void add_regions_with_small_inside(PointSet rest, PointSet& safe) const {
    const PointSet all = rest;
    all.for_each([&](Loc start) {
      if (!rest.test(start)) return;
      int inside = 0;
      PointSet region;
      take_region(start, rest, [&](Loc l) {
        region.set(l);
        inside += !touching_.test(l);
      });
      if (inside <= 1) safe |= region;
    });
  }

  template <class F>
  void for_each_stone(Loc head, const F& f) const {
    Loc stone = head;
    do {
      f(stone);
      stone = board_.next_in_chain(stone);
    } while (stone != head);
  }

  const Board& board_;
  const Player player_;
  const int row_;
  const std::array<Loc, 4> offsets_;
  const PointSet own_, others_;
  PointSet touching_;  // points beside own stones
  PointSet alive_;     // stones of pass-alive chains
  // Sized for the worst case and written before use.
  std::array<Eye, kMaxArea> eyes_;
  std::array<Loc, kMaxArea> points_;
  std::array<std::int16_t, kLocCount> eyes_of_;  // unspoiled eyes of a chain
  Index eye_count_ = 0, point_count_ = 0;
};

struct Marks {
  PointSet safe, unsafe;
};

Marks marks_of(const Board& board, Player player, const AreaOptions& options) {
  const ColorAnalysis analysis(board, player, options.suicide_legal);
  Marks marks;
  PointSet empty_regions;
  if (options.safe_big_territories || options.unsafe_big_territories) {
    empty_regions = analysis.empty_regions();
  }
  marks.safe = analysis.safe_area(options.safe_big_territories, empty_regions);
  if (options.unsafe_big_territories) marks.unsafe = empty_regions;
  return marks;
}

}  // namespace

// Black marks first; safe marks of white replace them.
AreaSets calculate_area(const Board& board, const AreaOptions& options) {
  const Marks black = marks_of(board, Color::kBlack, options);
  const Marks white = marks_of(board, Color::kWhite, options);
  AreaSets out;
  out.black = (black.safe | black.unsafe) - white.safe;
  out.white = white.safe | (white.unsafe - out.black);
  if (options.non_pass_alive_stones) {
    const PointSet unmarked = board.points() - out.black - out.white;
    out.black |= board.stones(Color::kBlack) & unmarked;
    out.white |= board.stones(Color::kWhite) & unmarked;
  }
  return out;
}

void write_map(const AreaSets& area, AreaMap& out) {
  out.fill(Color::kEmpty);
  area.black.for_each([&](Loc l) { out[static_cast<Index>(l)] = Color::kBlack; });
  area.white.for_each([&](Loc l) { out[static_cast<Index>(l)] = Color::kWhite; });
}

void calculate_area(const Board& board, const AreaOptions& options, AreaMap& out) {
  write_map(calculate_area(board, options), out);
}

}  // namespace hayago::search
