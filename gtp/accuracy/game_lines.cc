#include "gtp/accuracy/game_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "gtp/config/parse.h"
#include "gtp/json/position_line.h"
#include "gtp/json/query.h"
#include "nn/model/gz.h"
#include "nn/model/mapped_file.h"

namespace hayago::gtp {
namespace {

using nlohmann::json;
using search::Board;
using search::Color;

constexpr int kNamedLines = 20;

// What one line asks for.
struct GameLine {
  std::string key;  // moves_text()
  std::uint64_t hash = 0;
  long number = 0;
  std::vector<GamePosition> positions;
};

class LineFile {
 public:
  LineFile(std::string file, std::vector<std::string>& warnings)
      : file_(std::move(file)), warnings_(warnings), context_(load_query_context({}, false)) {
    context_.warn_unused_fields = false;
    context_.max_board_x = context_.max_board_y = search::kMaxBoard;
  }

  void add(std::string_view line, long number) {
    const json object = json::parse(line, nullptr, false);
    const bool is_query =
        object.is_discarded() || (object.is_object() && object.value("id", json()).is_string());
    is_query ? add_query(line, number) : add_position(line, number);
  }

  std::vector<GameRecord> take() {
    if (unreadable_ > kNamedLines) {
      warnings_.push_back(
          fmt::format("{}: {} further lines left out", file_, unreadable_ - kNamedLines));
    }
    // A line's moves come right before those that begin with them.
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const GameLine& a, const GameLine& b) { return a.key < b.key; });
    std::vector<GameRecord> games;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      GameLine& line = lines_[i];
      const bool continues = i > 0 && line.key.starts_with(lines_[i - 1].key);
      if (!continues) games.push_back({file_, {}, {}});
      GameRecord& game = games.back();
      game.game = {fmt::format("{}, line {}", file_, line.number), line.hash};
      std::move(line.positions.begin(), line.positions.end(), std::back_inserter(game.positions));
    }
    std::erase_if(games, [](const GameRecord& game) { return game.positions.empty(); });
    return games;
  }

 private:
  void leave_out(long number, const std::string& why) {
    if (++unreadable_ > kNamedLines) return;
    warnings_.push_back(fmt::format("{}, line {}: {}; left out", file_, number, why));
  }

  void add_query(std::string_view text, long number) {
    const ParsedRequest parsed = parse_request(text, context_);
    if (parsed.error.is_object()) {
      const std::string field = parsed.error.value("field", std::string());
      leave_out(number,
                (field.empty() ? "" : field + ": ") + parsed.error.value("error", std::string()));
      return;
    }
    const auto* query = std::get_if<std::shared_ptr<const AnalysisQuery>>(&parsed.request);
    if (query == nullptr) return;
    const AnalysisQuery& q = **query;
    GameLine line = start_line(q.initial.board(), q.moves, number);
    for (const AnalysisTurn& turn : q.turns) add_state(line, q.state_at(turn.turn), turn.turn);
    lines_.push_back(std::move(line));
  }

  void add_position(std::string_view text, long number) {
    const auto object = nlohmann::ordered_json::parse(text, nullptr, false);
    const auto position = read_position_line(object);
    if (!position) return leave_out(number, position.error);
    const search::GameState& state = position.value->state;
    GameLine line = start_line(state.initial_board(), state.moves(), number);
    add_state(line, state, static_cast<int>(state.moves().size()));
    lines_.push_back(std::move(line));
  }

  static GameLine start_line(const Board& board, std::span<const search::Move> moves, long number) {
    return {moves_text(board, moves), game_hash(board, moves), number, {}};
  }
  static void add_state(GameLine& line, const search::GameState& state, int move) {
    if (!state.is_finished()) line.positions.push_back({state, move});
  }

  std::string file_;
  std::vector<std::string>& warnings_;
  QueryContext context_;
  std::vector<GameLine> lines_;
  int unreadable_ = 0;
};

}  // namespace

std::string moves_text(const Board& start, std::span<const search::Move> moves) {
  std::string text = fmt::format("{}x{}:", start.x_size(), start.y_size());
  for (int y = 0; y < start.y_size(); ++y) {
    for (int x = 0; x < start.x_size(); ++x) {
      const Color color = start.at(start.loc(x, y));
      if (color == Color::kEmpty) continue;
      text += fmt::format("{}{},{} ", color == Color::kBlack ? 'B' : 'W', x, y);
    }
  }
  text += ':';
  for (const search::Move& move : moves) {
    text += move.player == Color::kBlack ? 'B' : 'W';
    text += move.loc == search::kPassLoc
                ? "pass "
                : fmt::format("{},{} ", start.x_of(move.loc), start.y_of(move.loc));
  }
  return text;
}

std::vector<GameRecord> read_game_lines(const std::string& file,
                                        std::vector<std::string>& warnings) {
  const nn::MappedFile content(file);
  nn::Bytes inflated;
  std::string_view rest = content.view();
  if (file.ends_with(".gz")) {
    inflated = nn::inflate_member(rest, file);
    rest = inflated.view();
  }
  LineFile lines(file, warnings);
  for (long number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!trim(line).empty()) lines.add(trim(line), number);
  }
  return lines.take();
}

}  // namespace hayago::gtp
