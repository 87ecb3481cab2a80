#include "gtp/match/external_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "gtp/config/config.h"
#include "gtp/config/parse.h"
#include "gtp/match/gtp_process.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::Move;
using search::Player;
using search::TimeControl;

constexpr double kStartSeconds = 120;  // first answer: the engine may load a network
constexpr double kAnswerSeconds = 60;  // commands that do not think
constexpr double kScoreSeconds = 300;
constexpr double kGraceSeconds = 30;  // beyond the clock, until a silent engine is given up

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string& line : split(text, '\n')) {
    if (const std::string_view word = trim(line); !word.empty()) out.emplace_back(word);
  }
  return out;
}

std::string seconds_text(double seconds, bool fractions) {
  return fractions ? fmt::format("{:g}", seconds) : fmt::format("{:.0f}", std::floor(seconds));
}

class ExternalPlayer : public Contestant {
 public:
  ExternalPlayer(const MatchOptions& options, const PlayerOptions& player)
      : options_(options), player_(player) {}

  // Engine commands that fail here are mistakes of the match, not moves: a ConfigError.
  void start(const GameStart& game) override {
    try {
      set_up(game);
    } catch (const EngineFailure& error) {
      engine_.reset();
      throw ContestantFailure(error.what());
    } catch (const CommandRefused& error) {
      throw ConfigError(error.what());
    }
  }

  Answer genmove(Player color, const RefereeClock* clock) override {
    if (!engine_) throw ContestantFailure(player_.name + " is not running");
    const std::string letter(search::player_letter(color));
    double limit = options_.move_timeout;
    if (clock != nullptr) {
      limit = clock->seconds_left() + kGraceSeconds;
      ask(time_left_command(color, *clock, commands_), kAnswerSeconds, true);
    }
    Answer answer;
    const auto start = std::chrono::steady_clock::now();
    answer.text = to_lower(ask("genmove " + letter, limit, false));
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    answer.seconds = std::max(0.0, seconds - options_.time_tolerance);
    answer.resigns = answer.text == "resign";
    if (const auto move = search::parse_loc(answer.text, board_)) answer.move = *move;
    return answer;
  }

  void play(Move move) override {
    ask(fmt::format("play {} {}", search::player_letter(move.player),
                    search::loc_to_string(move.loc, board_)),
        kAnswerSeconds, false);
  }

  std::optional<double> score(const search::GameState&) override {
    try {
      return parse_score_text(ask("final_score", kScoreSeconds, true));
    } catch (const ContestantFailure&) {
      return std::nullopt;
    }
  }

  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    if (!has("kata-set-rules")) {
      out.push_back(
          fmt::format("{} cannot be told the rules by GTP: its command line has to say "
                      "{}",
                      player_.name, search::rules_nice_name(options_.rules)));
    }
    return out;
  }

 private:
  bool has(const std::string& command) const { return contains(commands_, command); }

  // What the engine answers, "" for '?' if that is allowed. A failure costs the game.
  std::string ask(const std::string& command, double seconds, bool may_refuse) {
    if (!engine_) throw ContestantFailure(player_.name + " is not running");
    try {
      return engine_->ask(command, seconds);
    } catch (const EngineFailure& error) {
      engine_.reset();
      throw ContestantFailure(error.what());
    } catch (const CommandRefused& error) {
      if (may_refuse) return "";
      throw ContestantFailure(error.what());
    }
  }

  void start_engine(int game) {
    std::string command = player_.command;
    const std::string mark = "{game}";
    const bool numbered = command.find(mark) != std::string::npos;
    if (engine_ && !numbered) return;
    for (auto at = command.find(mark); at != std::string::npos; at = command.find(mark)) {
      command.replace(at, mark.size(), std::to_string(game + 1));
    }
    engine_.reset();
    engine_ = std::make_unique<GtpProcess>(player_.name, command);
    commands_ = words_of(engine_->ask("list_commands", kStartSeconds));
  }

  void set_up(const GameStart& game) {
    start_engine(game.number);
    board_ = game.opening.board;
    const int x = board_.x_size(), y = board_.y_size();
    engine_->ask(
        x == y ? fmt::format("boardsize {}", x) : fmt::format("rectangular_boardsize {} {}", x, y),
        kStartSeconds);
    engine_->ask("clear_board", kAnswerSeconds);
    if (has("kata-set-rules")) {
      engine_->ask("kata-set-rules " + search::rules_json(game.rules, false), kAnswerSeconds);
    }
    engine_->ask(fmt::format("komi {:g}", game.rules.komi), kAnswerSeconds);
    if (game.time) engine_->ask(time_settings_command(*game.time, commands_), kAnswerSeconds);
    // Set-up stones as moves: no command for them is common to all engines.
    for (int row = 0; row < y; ++row) {
      for (int column = 0; column < x; ++column) {
        const search::Loc loc = board_.loc(column, row);
        if (board_.at(loc) != Color::kEmpty) play({loc, board_.at(loc)});
      }
    }
    for (const Move& move : game.opening.moves) play(move);
  }

  const MatchOptions& options_;
  const PlayerOptions& player_;
  std::unique_ptr<GtpProcess> engine_;
  std::vector<std::string> commands_;
  search::Board board_;
};

}  // namespace

std::optional<double> parse_score_text(std::string_view text) {
  text = trim(text);
  const std::string word = to_lower(text.substr(0, text.find(' ')));
  if (word == "0" || word == "draw" || word == "jigo") return 0.0;
  if (word.size() < 3 || word[1] != '+' || (word[0] != 'b' && word[0] != 'w')) return std::nullopt;
  const auto points = parse_double(word.substr(2));
  if (!points || *points < 0) return std::nullopt;
  return word[0] == 'w' ? *points : -*points;
}

std::string time_settings_command(const TimeControl& control,
                                  const std::vector<std::string>& engine_commands) {
  const bool kata = contains(engine_commands, "kata-time_settings");
  const bool kgs = contains(engine_commands, "kgs-time_settings");
  const auto in_words = [&](double seconds) { return seconds_text(seconds, kata); };
  const double main = control.original_main_time, period = control.per_period_time;
  const auto is_whole = [](double seconds) { return seconds == std::floor(seconds); };
  if (!kata && !(is_whole(main) && is_whole(period))) {
    throw ConfigError("the engine has no kata-time_settings: only whole seconds can be told to it");
  }
  const int periods = control.original_num_periods;
  if (control.increment > 0) {
    if (kata) return fmt::format("kata-time_settings fischer {:g} {:g}", main, control.increment);
    throw ConfigError("the engine has no kata-time_settings and cannot be told an increment");
  }
  const std::string system = kata ? "kata-time_settings" : "kgs-time_settings";
  if (kata || kgs) {
    if (periods == 0) return fmt::format("{} absolute {}", system, in_words(main));
    return fmt::format("{} byoyomi {} {} {}", system, in_words(main), in_words(period), periods);
  }
  if (periods == 0) return fmt::format("time_settings {} 0 0", in_words(main));
  // Canadian with one stone per period; all periods but the last count as main time.
  return fmt::format("time_settings {} {} 1", in_words(main + (periods - 1) * period),
                     in_words(period));
}

std::string time_left_command(Player color, const RefereeClock& clock,
                              const std::vector<std::string>& engine_commands) {
  const bool kata = contains(engine_commands, "kata-time_settings");
  double seconds = clock.shown_seconds();
  int periods = clock.shown_periods();
  if (!kata && !contains(engine_commands, "kgs-time_settings")) {
    const TimeControl& left = clock.left();
    seconds = std::max(left.per_period_time, clock.seconds_left() - left.per_period_time);
    periods = left.in_overtime && left.num_periods_left == 1 ? 1 : 0;
  }
  return fmt::format("time_left {} {} {}", search::player_letter(color),
                     seconds_text(seconds, kata), periods);
}

ExternalSource::ExternalSource(const MatchOptions& options, const PlayerOptions& player)
    : options_(options), player_(player) {
  GameStart trial;
  trial.opening.board = search::Board(options.x_size, options.y_size);
  trial.rules = options.rules;
  trial.time = options.time;
  ExternalPlayer engine(options, player);
  try {
    engine.start(trial);
  } catch (const ContestantFailure& error) {
    throw ConfigError(error.what());
  }
  warnings_ = engine.warnings();
}

ExternalSource::~ExternalSource() = default;

std::unique_ptr<Contestant> ExternalSource::make() {
  return std::make_unique<ExternalPlayer>(options_, player_);
}

}  // namespace hayago::gtp
