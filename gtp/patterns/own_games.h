// Remembers on disk what the engine has played, to avoid it in later games: the keys
// autoAvoidRepeat... of gtp (spec/06 section 14). One folder per board size, DIR/WxH, with files of
// JSON lines.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtp/config/config.h"
#include "search/board/game_state.h"
#include "search/memory/pattern_bonus.h"

namespace hayago::gtp {

struct OwnGamesSettings {
  double utility = 0, lambda = 1;
  int min_turn_number = 0, max_turn_number = 0;
  std::int64_t max_poses = 0;
};

class OwnGames {
 public:
  // Null if the configuration does not ask for it. Throws ConfigError.
  static std::unique_ptr<OwnGames> from_config(const Config& config,
                                               std::function<void(const std::string&)> say);
  ~OwnGames();  // saves what has been collected
  OwnGames(const OwnGames&) = delete;
  OwnGames& operator=(const OwnGames&) = delete;

  // A move that the engine plays; `turn`: number of the position in the game.
  void collect(const search::GameState& state, search::Loc move, int turn);
  // Saves if enough has been collected; true if it did.
  bool save_if_due();
  // Reads the files of a board size. Files beyond the wanted number of positions are deleted.
  std::shared_ptr<const search::PatternTable> load(int x_size, int y_size) const;

 private:
  struct Pose {
    int x_size, y_size;
    std::string line;
  };
  OwnGames(const Config& config, std::string dir, std::function<void(const std::string&)> say);
  OwnGamesSettings settings_for(int x_size, int y_size) const;
  void save();

  const Config config_;
  const std::string dir_;
  const std::function<void(const std::string&)> say_;
  std::size_t chunk_ = 0;
  std::vector<Pose> poses_;
};

}  // namespace hayago::gtp
