// The board: stones, chains, captures, simple ko (spec/03 sections 2 and 3). No rules, no history.
// Playing and undoing allocate nothing; copying is a plain memory copy.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "search/board/hash.h"
#include "search/board/point.h"
#include "search/board/point_set.h"

namespace hayago::search {

struct Move {
  Loc loc = kNullLoc;
  Player player = Color::kEmpty;
  bool operator==(const Move&) const = default;
};

struct Placement {
  Loc loc = kNullLoc;
  Color color = Color::kEmpty;
};

class Board {
 public:
  explicit Board(int x_size = 19, int y_size = 19);  // 1 .. kMaxBoard each

  int x_size() const { return x_size_; }
  int y_size() const { return y_size_; }
  int area() const { return x_size_ * y_size_; }
  Loc loc(int x, int y) const { return static_cast<Loc>((x + 1) + (y + 1) * (x_size_ + 1)); }
  int x_of(Loc l) const { return l % (x_size_ + 1) - 1; }
  int y_of(Loc l) const { return l / (x_size_ + 1) - 1; }
  bool on_board(Loc l) const {
    return l > kPassLoc && l < kLocCount && colors_[static_cast<std::size_t>(l)] != Color::kWall;
  }
  // Offsets of the four neighbours in the order up, left, right, down.
  std::array<Loc, 4> neighbour_offsets() const {
    const Loc row = static_cast<Loc>(x_size_ + 1);
    return {static_cast<Loc>(-row), Loc{-1}, Loc{1}, row};
  }

  Color at(Loc l) const { return colors_[static_cast<std::size_t>(l)]; }
  // The same as sets. row() is the distance of vertical neighbours.
  int row() const { return x_size_ + 1; }
  const PointSet& points() const { return points_; }  // of the board
  const PointSet& stones(Player p) const { return stones_[p == Color::kWhite]; }
  PointSet empty_points() const { return points_ - stones_[0] - stones_[1]; }
  Loc ko_loc() const { return ko_loc_; }
  void clear_ko() { ko_loc_ = kNullLoc; }
  // Stones of that colour captured so far.
  int captured(Color c) const { return captured_[static_cast<std::size_t>(c)]; }
  int stones_on_board() const { return stones_[0].count() + stones_[1].count(); }
  int stones_of(Player p) const { return stones(p).count(); }

  // For a stone: its chain.
  Loc chain_head(Loc l) const { return head_[static_cast<std::size_t>(l)]; }
  Loc next_in_chain(Loc l) const { return next_[static_cast<std::size_t>(l)]; }  // circular
  int liberties(Loc l) const { return chain_liberties_[static_cast<std::size_t>(chain_head(l))]; }
  int chain_size(Loc l) const { return chain_size_[static_cast<std::size_t>(chain_head(l))]; }
  bool is_adjacent_to(Loc l, Color c) const;

  // spec/03 section 3.2.
  bool is_suicide(Loc l, Player p) const;
  bool is_illegal_suicide(Loc l, Player p, bool multi_stone_suicide_legal) const;
  // spec/03 section 3.3; kNullLoc when undefined.
  Loc ko_capture_point(Loc l, Player p) const;
  bool would_be_ko_capture(Loc l, Player p) const { return ko_capture_point(l, p) != kNullLoc; }
  bool would_be_capture(Loc l, Player p) const;
  // Liberties the chain at l would have after p plays there, captures resolved; at most max.
  int liberties_after_play(Loc l, Player p, int max) const;

  // Empty, on the board, not an illegal suicide, and not the simple-ko point. Pass is legal.
  bool is_legal(Loc l, Player p, bool multi_stone_suicide_legal, bool ignore_ko = false) const;

  // spec/03 section 3.1; the move must be on an empty point (or pass) and may be a suicide.
  void play(Loc l, Player p);

  // Reversible form for searches on the board (ladders). undo() takes the records in reverse order.
  // Undoing restores everything visible except the order of stones inside chains, which follows
  // spec/04 section 14.
  struct Undo {
    Loc loc;
    Loc old_ko;
    Player player;
    std::uint8_t captured_directions;  // bit per neighbour
    bool was_suicide;
  };
  Undo play_undoable(Loc l, Player p);
  void undo(const Undo& record);

  // The three set-up procedures of spec/03 section 3.4.
  void set_stone(Loc l, Color c);
  bool set_stones_strict(std::span<const Placement> stones);   // false: board unchanged
  int set_stones_tolerant(std::span<const Placement> stones);  // number of stones removed

  // Stones and size only. Incremental.
  Hash128 position_hash() const { return position_hash_; }
  // spec/03 section 15.2: stones, size, player to move and simple-ko point.
  Hash128 situation_hash(Player to_move) const;
  // Depends on heads and on the order of stones in chains; equal boards reached in different ways
  // may differ.
  std::uint64_t chain_order_digest() const;
  bool same_stones(const Board& other) const { return position_hash_ == other.position_hash_; }

  // Image under a symmetry 0..7 (transposed images exchange width and height). Ko point included.
  Board transformed(int symmetry) const;
  Loc transformed_loc(Loc l, int symmetry) const;  // on the transformed board; pass and null stay

  // Throws std::logic_error if internal structures disagree (tests and fuzzing).
  void check_consistency() const;

 private:
  static std::size_t at_index(Loc l) { return static_cast<std::size_t>(l); }
  PointSet& stone_set(Player p) { return stones_[p == Color::kWhite]; }
  // What putting a stone did, as far as undoing it needs to know.
  struct Placed {
    std::uint8_t captured_directions = 0;
    bool was_suicide = false;
  };
  Placed place(Loc l, Player p);
  void merge_chains(Loc neighbour_head, Loc own_head);
  void remove_chain(Loc l);
  void take_off(Loc l);
  void cut_out_of_chain(Loc l, Loc head, Player p);
  void rechain_neighbours(Loc l, Player p);
  void restore_captured(Loc start, Player p);
  template <class IsMember>
  void grow_chain(Loc start, Player p, const IsMember& is_member);
  void count_chain_liberties(Loc head);
  // Adds delta to the liberty count of every chain of colour c next to l, once per chain.
  void change_neighbour_liberties(Loc l, Color c, int delta);
  int count_empty_neighbours(Loc l) const;
  bool has_chain_neighbour(Loc l, Player p, Loc head) const;
  bool has_liberty(Loc stone, Loc l) const;  // l empty
  void rebuild_chains();
  void check_chain(Loc head) const;

  std::int16_t x_size_ = 0, y_size_ = 0;
  Loc ko_loc_ = kNullLoc;
  std::array<Color, kLocCount> colors_;
  PointSet points_;
  std::array<PointSet, 2> stones_;  // black, white
  // Valid at stones. The order of the circular list is that of spec/04 section 14.
  std::array<Loc, kLocCount> head_{};
  std::array<Loc, kLocCount> next_{};
  std::array<std::int16_t, kLocCount> chain_size_{};       // valid at heads
  std::array<std::int16_t, kLocCount> chain_liberties_{};  // valid at heads
  std::array<int, 4> captured_{};
  Hash128 position_hash_;
};

// Text of a point (spec/03 section 2.2): "Q16", "pass", "null", "(x,y)".
std::string loc_to_string(Loc l, const Board& board);
// nullopt if unparsable or outside the board; accepts pass. (x,y) is range-checked (spec/08 s. 10).
std::optional<Loc> parse_loc(std::string_view text, const Board& board);
std::optional<Player> parse_player(std::string_view text);
std::string_view player_letter(Player p);  // "B", "W"
// Rows of ".XO", top row first, each ended by '\n'.
std::string board_diagram(const Board& board);

}  // namespace hayago::search
