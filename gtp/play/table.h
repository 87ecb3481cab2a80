// A game between a person and the engine at one board: what every command does and says.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "gtp/play/command.h"
#include "gtp/play/judge.h"
#include "gtp/protocol/session.h"

namespace hayago::gtp {

struct PlaySettings {
  std::array<bool, 2> person{true, false};  // does a person play Black, White?
  int handicap = 0;                         // stones; 0: none
  bool colours = false;
};

class PlayTable {
 public:
  // The session has rules and komi already. `show` gets whole lines.
  PlayTable(Session& session, const PlaySettings& settings,
            std::function<void(const std::string&)> show);

  // A new game on a board of that size. "" or why it cannot be, then nothing has changed.
  std::string set_up(int x_size, int y_size);
  // Says how hard the engine plays, draws the board and lets the engine make the first move if that
  // is its.
  void begin();
  // False: the person leaves.
  bool handle(const std::string& line);
  // The last words; `why` is "" or ends with a full stop.
  void farewell(const std::string& why);
  // Whose turn it is, or that the game is over: what to ask for a line with.
  std::string prompt() const;

  // From any thread: the engine ends its search, plays, and makes no further moves.
  void interrupt();

 private:
  bool is_person(search::Player player) const;
  bool is_watching() const;  // the engine plays both sides, a move on demand
  bool is_over() const { return result_.has_value(); }
  std::string side_text(search::Player player) const;
  std::string level_text() const;
  void say(const std::string& sentence) { show_(sentence + "\n"); }
  void show_board();
  bool act(const PlayCommand& command);

  void empty_line();
  void person_move(const std::string& word);
  void person_pass();
  void person_resign();
  void play(search::Loc move);
  void go(const std::string& count);
  bool engine_move();           // false: it resigns or fails
  bool engine_answers() const;  // without being asked, now
  void answer();
  void notice_end();
  void resign(search::Player loser);
  void undo();
  void level(const std::string& visits);
  void new_game(const std::string& size);
  void save(const std::string& path);

  Session& session_;
  PlaySettings settings_;
  std::function<void(const std::string&)> show_;
  std::optional<PlayResult> result_;  // of a game that is over
  bool changed_since_save_ = false;
  std::set<std::string> saved_;  // files that we may write again
  std::atomic<bool> interrupted_{false};
};

}  // namespace hayago::gtp
