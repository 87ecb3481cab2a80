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

LoadedGame load_game(const GameRecord& record) {
  LoadedGame loaded;
  if (!record.is_sgf()) {
    const Board& board = record.positions.front().state.board();
    loaded.game = record.game;
    loaded.positions = record.positions;
    loaded.x_size = board.x_size();
    loaded.y_size = board.y_size();
    return loaded;
  }
  loaded.record = load_sgf_game(record.file);
  loaded.game = {record.file, game_hash(initial_state(loaded.record).board(), loaded.record.moves)};
  loaded.x_size = loaded.record.x_size;
  loaded.y_size = loaded.record.y_size;
  return loaded;
}

void turn_record(LoadedGame& game, int symmetry) {
  SgfGame& record = game.record;
  const Board before(record.x_size, record.y_size), after = before.transformed(symmetry);
  for (auto& stone : record.setup) stone.loc = before.transformed_loc(stone.loc, symmetry);
  for (auto& move : record.moves) move.loc = before.transformed_loc(move.loc, symmetry);
  game.x_size = record.x_size = after.x_size();
  game.y_size = record.y_size = after.y_size();
}

std::vector<GamePosition> regular_positions(const LoadedGame& game, int every_moves) {
  if (!game.is_sgf()) return game.positions;
  std::vector<GamePosition> positions;
  const auto every = static_cast<std::uint64_t>(every_moves);
  const std::size_t first = 1 + (game.game.hash >> 8) % every;
  GameState state = initial_state(game.record);
  for (std::size_t i = 0; i < game.record.moves.size(); ++i) {
    if (i >= first && (i - first) % every == 0 && !state.is_finished()) {
      positions.push_back({state, static_cast<int>(i)});
    }
    if (!play_record_move(state, game.record.moves[i])) break;
  }
  return positions;
}

}  // namespace hayago::gtp
