// Regions, pass-alive chains and the area maps built on them (spec/03 section 11).
#include "search/board/area.h"

namespace hayago::search {
namespace {

using Index = std::size_t;

// What region_of_ says about points that belong to no region.
constexpr std::int16_t kUnvisited = -1;
constexpr std::int16_t kOwnStone = -2;
constexpr std::int16_t kWall = -3;

// Heads of at most four chains.
struct ChainSet {
  std::array<Loc, 4> heads;
  int size;

  void add(Loc head) {
    for (int i = 0; i < size; i++) {
      if (heads[static_cast<Index>(i)] == head) return;
    }
    heads[static_cast<Index>(size++)] = head;
  }
};

// No default values: hundreds of these live in an array of which a few are used.
struct Region {
  std::int16_t first_point, end_point;  // range in ColorAnalysis::points_
  std::int16_t internal;                // points without a neighbour of the colour
  bool has_opponent, has_empty;
  bool spoiled;
  bool vital_started;
  ChainSet vital;  // chains that every relevant point touches: at most four
};

// Everything needed to decide life and territory of one colour.
class ColorAnalysis {
 public:
  ColorAnalysis(const Board& board, Player player, bool suicide_legal)
      : board_(board), player_(player), offsets_(board.neighbour_offsets()) {
    region_of_.fill(kWall);
    for_each_point([&](Loc l) {
      const bool own = board_.at(l) == player_;
      region_of_[static_cast<Index>(l)] = own ? kOwnStone : kUnvisited;
      if (own && board_.chain_head(l) == l) heads_[head_count_++] = l;
    });
    if (head_count_ == 0) return;
    for_each_point([&](Loc l) {
      if (region_of_[static_cast<Index>(l)] == kUnvisited) flood_region(l, suicide_legal);
    });
    drop_chains_without_two_eyes();
  }

  void mark(bool safe_big, bool unsafe_big, AreaMap& out) const {
    if (head_count_ == 0) return;
    for (Index i = 0; i < head_count_; i++) {
      if (!dropped_[static_cast<Index>(heads_[i])]) mark_chain(heads_[i], out);
    }
    for (Index r = 0; r < region_count_; r++) {
      const Region& region = regions_[r];
      if (!region.has_empty) continue;
      const bool safe =
          !region.spoiled && (region.internal <= 1 || (safe_big && !region.has_opponent));
      if (!safe && (!unsafe_big || region.has_opponent)) continue;
      for (auto i = region.first_point; i < region.end_point; i++) {
        Color& here = out[static_cast<Index>(points_[static_cast<Index>(i)])];
        if (safe || here == Color::kEmpty) here = player_;
      }
    }
  }

 private:
  template <class F>
  void for_each_point(const F& f) const {
    for (int y = 0; y < board_.y_size(); y++) {
      for (int x = 0; x < board_.x_size(); x++) f(board_.loc(x, y));
    }
  }

  void flood_region(Loc start, bool suicide_legal) {
    const auto id = static_cast<std::int16_t>(region_count_);
    Region& region = regions_[region_count_++];
    region = Region{};
    region.first_point = static_cast<std::int16_t>(point_count_);
    region_of_[static_cast<Index>(start)] = id;
    points_[point_count_++] = start;
    for (Index i = static_cast<Index>(region.first_point); i < point_count_; i++) {
      const Loc l = points_[i];
      bool touches = false;
      // Without branches: whether a neighbour is new is close to random. The entry written past
      // the end is dead unless the neighbour is new (points_ has room for one).
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(l + offset);
        const std::int16_t known = region_of_[static_cast<Index>(a)];
        const bool is_new = known == kUnvisited;
        points_[point_count_] = a;
        point_count_ += is_new;
        region_of_[static_cast<Index>(a)] = is_new ? id : known;
        touches |= known == kOwnStone;
      }
      const bool empty = board_.at(l) == Color::kEmpty;
      region.internal = static_cast<std::int16_t>(region.internal + !touches);
      region.has_empty |= empty;
      region.has_opponent |= !empty;
      if (empty || suicide_legal) limit_vital(region, l);
    }
    region.end_point = static_cast<std::int16_t>(point_count_);
  }

  // Keeps the chains that touch l, a relevant point of the region.
  void limit_vital(Region& region, Loc l) const {
    if (!region.vital_started) {
      region.vital_started = true;
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(l + offset);
        if (board_.at(a) == player_) region.vital.add(board_.chain_head(a));
      }
      return;
    }
    int kept = 0;
    for (int i = 0; i < region.vital.size; i++) {
      const Loc head = region.vital.heads[static_cast<Index>(i)];
      bool touches = false;
      for (Loc offset : offsets_) {
        const Loc a = static_cast<Loc>(l + offset);
        touches |= board_.at(a) == player_ && board_.chain_head(a) == head;
      }
      if (touches) region.vital.heads[static_cast<Index>(kept++)] = head;
    }
    region.vital.size = kept;
  }

  // Benson's elimination with a work list: each chain and each region changes state at most once.
  void drop_chains_without_two_eyes() {
    for (Index i = 0; i < head_count_; i++) {
      eyes_[static_cast<Index>(heads_[i])] = 0;
      dropped_[static_cast<Index>(heads_[i])] = false;
    }
    for (Index r = 0; r < region_count_; r++) {
      if (regions_[r].has_empty) change_eyes(regions_[r], 1);
    }
    Index pending = 0;
    for (Index i = 0; i < head_count_; i++) {
      const Loc head = heads_[i];
      if (eyes_[static_cast<Index>(head)] < 2) drop(head);
    }
    while (pending < to_drop_count_) spoil_around(to_drop_[pending++]);
  }

  void drop(Loc head) {
    if (dropped_[static_cast<Index>(head)]) return;
    dropped_[static_cast<Index>(head)] = true;
    to_drop_[to_drop_count_++] = head;
  }

  void spoil_around(Loc head) {
    Loc stone = head;
    do {
      for (Loc offset : offsets_) {
        const std::int16_t id = region_of_[static_cast<Index>(stone + offset)];
        if (id < 0) continue;
        Region& region = regions_[static_cast<Index>(id)];
        if (region.spoiled) continue;
        region.spoiled = true;
        if (!region.has_empty) continue;
        change_eyes(region, -1);
        for (int i = 0; i < region.vital.size; i++) {
          const Loc other = region.vital.heads[static_cast<Index>(i)];
          if (eyes_[static_cast<Index>(other)] < 2) drop(other);
        }
      }
      stone = board_.next_in_chain(stone);
    } while (stone != head);
  }

  void change_eyes(const Region& region, int delta) {
    for (int i = 0; i < region.vital.size; i++) {
      auto& eyes = eyes_[static_cast<Index>(region.vital.heads[static_cast<Index>(i)])];
      eyes = static_cast<std::int16_t>(eyes + delta);
    }
  }

  void mark_chain(Loc head, AreaMap& out) const {
    Loc stone = head;
    do {
      out[static_cast<Index>(stone)] = player_;
      stone = board_.next_in_chain(stone);
    } while (stone != head);
  }

  const Board& board_;
  const Player player_;
  const std::array<Loc, 4> offsets_;
  // Sized for the worst case and written before use; only region_of_ needs a start value.
  std::array<std::int16_t, kLocCount> region_of_;
  std::array<Region, kMaxArea> regions_;
  std::array<Loc, kMaxArea + 1> points_;
  std::array<Loc, kMaxArea> heads_, to_drop_;
  std::array<std::int16_t, kLocCount> eyes_;  // vital, unspoiled regions; valid at heads
  std::array<bool, kLocCount> dropped_;       // valid at heads
  Index region_count_ = 0, point_count_ = 0, head_count_ = 0, to_drop_count_ = 0;
};

}  // namespace

void calculate_area(const Board& board, const AreaOptions& options, AreaMap& out) {
  out.fill(Color::kEmpty);
  for (Player player : {Color::kBlack, Color::kWhite}) {
    const ColorAnalysis analysis(board, player, options.suicide_legal);
    analysis.mark(options.safe_big_territories, options.unsafe_big_territories, out);
  }
  if (!options.non_pass_alive_stones) return;
  for (int y = 0; y < board.y_size(); y++) {
    for (int x = 0; x < board.x_size(); x++) {
      Color& here = out[static_cast<Index>(board.loc(x, y))];
      if (here == Color::kEmpty) here = board.at(board.loc(x, y));
    }
  }
}

}  // namespace hayago::search
