#include "gtp/quantize/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "gtp/sgf/sgf.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using search::GameState;

// In the order of their names, so that the result does not depend on the file system.
std::vector<std::string> find_records(const std::vector<std::string>& sources) {
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
  return files;
}

// Not std::shuffle, whose result differs between standard libraries.
void shuffle(std::vector<std::string>& files, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = files.size(); i > 1; --i) std::swap(files[i - 1], files[random() % i]);
}

// False once `wanted` positions are there.
bool add_positions(const SgfGame& game, int every, int wanted, std::vector<GameState>& positions) {
  GameState state = initial_state(game);
  for (std::size_t i = 0; i < game.moves.size(); ++i) {
    if (static_cast<int>(positions.size()) >= wanted) return false;
    if (static_cast<int>(i) % every == every - 1) positions.push_back(state);
    if (!play_record_move(state, game.moves[i])) break;
  }
  return static_cast<int>(positions.size()) < wanted;
}

}  // namespace

PositionSets read_positions(const std::vector<std::string>& sources,
                            const PositionOptions& options) {
  std::vector<std::string> files = find_records(sources);
  shuffle(files, options.seed);
  PositionSets sets;
  const std::size_t third = (files.size() + 2) / 3;
  bool calibrating = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (i >= third) calibrating = false;
    SgfGame game;
    try {
      game = load_sgf_game(files[i]);
    } catch (const SgfError& error) {
      sets.warnings.emplace_back(error.what());
      continue;
    }
    if (game.x_size != options.size || game.y_size != options.size) {
      ++sets.other_sizes;
      continue;
    }
    ++(calibrating ? sets.calibrate_games : sets.evaluate_games);
    const bool more =
        calibrating ? add_positions(game, options.every_moves, options.calibrate, sets.calibrate)
                    : add_positions(game, options.every_moves, options.evaluate, sets.evaluate);
    if (!more && !calibrating) break;
    if (!more) calibrating = false;
  }
  if (sets.calibrate.empty()) {
    throw std::runtime_error(fmt::format(
        "no position to calibrate with: {} files, {} unreadable, "
        "{} of other sizes than {}x{}",
        files.size(), sets.warnings.size(), sets.other_sizes, options.size, options.size));
  }
  return sets;
}

}  // namespace hayago::gtp
