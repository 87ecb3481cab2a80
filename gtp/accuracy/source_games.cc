#include "gtp/accuracy/source_games.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "gtp/accuracy/game_lines.h"
#include "gtp/sgf/sgf.h"
#include "nn/model/sha256.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using search::Board;
using search::Color;
using search::GameState;

constexpr std::size_t kHashedMoves = 40;

bool is_json_lines(const std::string& file) {
  return file.ends_with(".jsonl") || file.ends_with(".jsonl.gz");
}

std::vector<std::string> find_files(const std::vector<std::string>& sources) {
  std::vector<std::string> files;
  for (const std::string& source : sources) {
    if (fs::is_directory(source)) {
      for (const auto& entry : fs::recursive_directory_iterator(source)) {
        if (entry.path().extension() == ".sgf") files.push_back(entry.path().string());
      }
    } else if (fs::exists(source)) {
      files.push_back(source);
    } else {
      throw std::runtime_error(fmt::format("{}: no such file or folder", source));
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

// The game seen in a mirror or turned.
void turn_game(SgfGame& game, int symmetry) {
  const Board before(game.x_size, game.y_size), after = before.transformed(symmetry);
  for (auto& stone : game.setup) stone.loc = before.transformed_loc(stone.loc, symmetry);
  for (auto& move : game.moves) move.loc = before.transformed_loc(move.loc, symmetry);
  game.x_size = after.x_size();
  game.y_size = after.y_size();
}

}  // namespace

std::uint64_t game_hash(const Board& start, std::span<const search::Move> moves) {
  const std::string text = moves_text(start, moves.first(std::min(moves.size(), kHashedMoves)));
  const auto words = nn::sha256_words(text);
  return std::uint64_t{words[0]} << 32 | words[1];
}

std::vector<GameRecord> find_games(const std::vector<std::string>& sources,
                                   std::vector<std::string>& warnings) {
  std::vector<GameRecord> records;
  for (const std::string& file : find_files(sources)) {
    if (!is_json_lines(file)) {
      records.push_back({file, {}, {}});
      continue;
    }
    for (GameRecord& record : read_game_lines(file, warnings)) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

TakenGame take_positions(const GameRecord& record, const TakeOptions& options) {
  TakenGame taken;
  if (!record.is_sgf()) {
    taken.game = record.game;
    taken.positions = record.positions;
    taken.x_size = record.positions.front().state.board().x_size();
    taken.y_size = record.positions.front().state.board().y_size();
    return taken;
  }
  SgfGame game = load_sgf_game(record.file);
  taken.game = {record.file, game_hash(initial_state(game).board(), game.moves)};
  if (options.random_symmetry)
    turn_game(game, static_cast<int>((taken.game.hash ^ options.seed) % 8));
  taken.x_size = game.x_size;
  taken.y_size = game.y_size;
  const auto every = static_cast<std::uint64_t>(options.every_moves);
  const std::size_t first = 1 + (taken.game.hash >> 8) % every;
  GameState state = initial_state(game);
  for (std::size_t i = 0; i < game.moves.size(); ++i) {
    if (i >= first && (i - first) % every == 0 && !state.is_finished()) {
      taken.positions.push_back({state, static_cast<int>(i)});
    }
    if (!play_record_move(state, game.moves[i])) break;
  }
  return taken;
}

}  // namespace hayago::gtp
