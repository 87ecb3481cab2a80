// The directory of a match. `match.json` says what match it is, `games.jsonl` has one line per
// finished game in the order in which they ended, written and synchronised before anything else
// learns of the game. So whatever ends the program, the finished games are there, and a game is
// counted once or, if its line is incomplete, not at all. Records of the games (SGF) repeat what
// the lines contain and are completed from them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "gtp/match/options.h"
#include "gtp/match/record.h"

namespace hayago::gtp {

// An incomplete or damaged last line is no game; it ends at `good_bytes`. Throws ConfigError for
// damaged lines before it and for a game that appears twice.
struct StoredGames {
  std::vector<MatchGame> games;
  std::size_t good_bytes = 0;
};
StoredGames parse_stored_games(std::string_view text, const std::string& name);

class MatchStore {
 public:
  // Creates the directory or takes up the match in it. Throws ConfigError if it belongs to a match
  // with other conditions or to a running program.
  MatchStore(const std::string& directory, const nlohmann::ordered_json& conditions, SgfOutput sgf);
  ~MatchStore();
  MatchStore(const MatchStore&) = delete;
  MatchStore& operator=(const MatchStore&) = delete;

  const std::vector<MatchGame>& games() const { return games_; }
  std::size_t bytes_dropped() const { return bytes_dropped_; }
  // On return the game is on the disk.
  void add(const MatchGame& game);
  void write_file(const std::string& name, const std::string& content) const;  // replaces it

 private:
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void check_conditions(const nlohmann::ordered_json& conditions, bool has_games) const;
  void complete_records() const;
  std::string directory_;
  SgfOutput sgf_;
  int lines_ = -1;  // descriptor of games.jsonl, locked
  std::size_t bytes_ = 0, bytes_dropped_ = 0;
  std::vector<MatchGame> games_;
};

// "game-0001.sgf"
std::string sgf_file_name(int number);

}  // namespace hayago::gtp
