#include "gtp/patterns/record_moves.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "gtp/sgf/header.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::Loc;
using search::Player;

class Walker {
 public:
  Walker(const SgfCollection& collection, const std::string& name,
         const std::function<void(const RecordedMove&)>& use)
      : collection_(collection), name_(name), use_(use) {}

  void walk(int root) {
    header_ = &node(root);
    std::vector<Place> open{{root, std::make_shared<const Board>(empty_board()), 0}};
    while (!open.empty()) {
      Place here = std::move(open.back());
      open.pop_back();
      Board board = *here.before;
      apply(node(here.node), board, here.moves);
      const auto after = std::make_shared<const Board>(board);
      for (int child = node(here.node).first_child; child != kNoSgfNode;
           child = node(child).next_sibling) {
        open.push_back({child, after, here.moves});
      }
    }
  }

 private:
  struct Place {
    int node;
    std::shared_ptr<const Board> before;
    int moves;  // before the node
  };

  const SgfNode& node(int id) const { return collection_.nodes[static_cast<std::size_t>(id)]; }
  [[noreturn]] void fail(const SgfProperty& at, const std::string& what) const {
    throw SgfError(fmt::format("{}: line {}, column {}: {}", name_, at.line, at.column, what));
  }

  Board empty_board() const {
    const SgfProperty* size = header_->find("SZ");
    if (size == nullptr) return Board(19, 19);
    const auto sides = parse_sgf_size(size->values.front());
    const auto in_range = [](int n) { return n >= 2 && n <= search::kMaxBoard; };
    if (!sides || !in_range(sides->first) || !in_range(sides->second)) {
      fail(*size, fmt::format("board size SZ[{}], expected 2 to {}", size->values.front(),
                              search::kMaxBoard));
    }
    return Board(sides->first, sides->second);
  }

  void apply(const SgfNode& here, Board& board, int& moves) {
    for (const SgfProperty& property : here.properties) {
      if (property.name == "AB") set_up(property, Color::kBlack, board);
      if (property.name == "AW") set_up(property, Color::kWhite, board);
      if (property.name == "AE") set_up(property, Color::kEmpty, board);
    }
    for (const SgfProperty& property : here.properties) {
      if (property.name != "B" && property.name != "W") continue;
      const Player player = property.name == "B" ? Color::kBlack : Color::kWhite;
      const Loc move = legal_move(property, player, board);
      use_({board, {move, player}, ++moves, here, *header_});
      board.play(move, player);
    }
  }

  void set_up(const SgfProperty& property, Color color, Board& board) const {
    for (const std::string& value : property.values) {
      const auto points = parse_sgf_points(value, board);
      if (!points) fail(property, fmt::format("{}[{}] is no point", property.name, value));
      for (const Loc l : *points) board.set_stone(l, color);
    }
  }

  Loc legal_move(const SgfProperty& property, Player player, const Board& board) const {
    const std::string& text = property.values.front();
    const auto move = parse_sgf_move(text, board);
    const bool possible =
        move && (*move == search::kPassLoc || (board.at(*move) == Color::kEmpty &&
                                               !board.is_illegal_suicide(*move, player, true)));
    if (!possible) fail(property, fmt::format("{}[{}] is no legal move", property.name, text));
    return *move;
  }

  const SgfCollection& collection_;
  const std::string& name_;
  const std::function<void(const RecordedMove&)>& use_;
  const SgfNode* header_ = nullptr;
};

}  // namespace

void for_each_recorded_move(const SgfCollection& collection, const std::string& name,
                            const std::function<void(const RecordedMove&)>& use) {
  for (const int root : collection.roots) Walker(collection, name, use).walk(root);
}

}  // namespace hayago::gtp
