#include "gtp/match/referee.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gtp/sgf/sgf.h"
#include "search/play/scoring.h"

namespace hayago::gtp {
namespace {

using search::Color;
using search::GameState;
using search::Move;
using search::Player;

constexpr int kA = 0, kB = 1;

int sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

class GameRun {
 public:
  GameRun(const MatchOptions& options, const GameStart& start,
          const std::array<Contestant*, 2>& players)
      : options_(options),
        start_(start),
        players_(players),
        state_(start.opening.board, start.opening.first, start.rules) {
    game_.number = start.number;
    state_.set_assume_handicap_from_moves(true);
    for (const Move& move : start.opening.moves) {
      if (!play_record_move(state_, move)) throw std::logic_error("an opening has an illegal move");
      game_.opening.push_back(search::loc_to_string(move.loc, state_.board()));
    }
    comments_.assign(state_.moves().size(), options.comments ? "opening" : "");
    if (start.time) clocks_.fill(RefereeClock(*start.time));
  }

  std::optional<MatchGame> run(const GoOn& go_on) {
    for (const int side : {kA, kB}) {
      if (!over_) guarded(side, [&] { players_[index(side)]->start(start_); });
    }
    while (!over_) {
      if (!go_on()) return std::nullopt;
      turn();
    }
    game_.moves = static_cast<int>(state_.moves().size());
    game_.sgf = record();
    return game_;
  }

 private:
  static std::size_t index(int side) { return static_cast<std::size_t>(side); }
  int side_of(Player color) const {
    return (color == Color::kBlack) == game_.a_is_black() ? kA : kB;
  }
  Player color_of(int side) const {
    return (side == kA) == game_.a_is_black() ? Color::kBlack : Color::kWhite;
  }
  const PlayerOptions& options_of(int side) const { return options_.players[index(side)]; }

  template <class Action>
  bool guarded(int side, Action&& action) {
    try {
      action();
      return true;
    } catch (const ContestantFailure& failure) {
      lose(side, GameEnd::kFailure, "F", failure.what());
      return false;
    }
  }

  void lose(int loser, GameEnd end, std::string_view mark, std::string note) {
    const std::string_view winner = search::player_letter(search::opponent(color_of(loser)));
    game_.result = fmt::format("{}+{}", winner, mark);
    game_.half_points = loser == kA ? 0 : 2;
    game_.end = end;
    game_.note = std::move(note);
    over_ = true;
  }

  void turn() {
    const Player color = state_.next_player();
    const int mover = side_of(color);
    std::optional<RefereeClock>& clock = clocks_[index(mover)];
    Answer answer;
    if (!guarded(mover, [&] {
          answer = players_[index(mover)]->genmove(color, clock ? &*clock : nullptr);
        })) {
      return;
    }
    account(mover, answer);
    if (clock && out_of_time(mover, *clock, answer)) return;
    if (answer.resigns) return lose(mover, GameEnd::kResignation, "R", "");
    if (answer.move == search::kNullLoc || !state_.is_legal_tolerant(answer.move, color)) {
      return lose(mover, GameEnd::kIllegalMove, "F",
                  fmt::format("{} answered '{}'", options_of(mover).name, answer.text));
    }
    const Move move{answer.move, color};
    if (!guarded(1 - mover, [&] { players_[index(1 - mover)]->play(move); })) return;
    state_.make_move(move.loc, move.player, true);
    comments_.push_back(options_.comments ? comment(mover, answer) : "");
    end_if_decided(answer);
  }

  void account(int mover, const Answer& answer) {
    ++game_.searches[index(mover)];
    game_.seconds[index(mover)] += answer.seconds;
    game_.longest[index(mover)] = std::max(game_.longest[index(mover)], answer.seconds);
    game_.visits[index(mover)] += answer.visits;
  }

  bool out_of_time(int mover, RefereeClock& clock, const Answer& answer) {
    const double left = clock.seconds_left();
    if (clock.spend(answer.seconds)) return false;
    lose(mover, GameEnd::kTime, "T",
         fmt::format("{} took {:.3f} s for move {} with {:.3f} s left", options_of(mover).name,
                     answer.seconds, state_.moves().size() + 1, left));
    return true;
  }

  std::string comment(int mover, const Answer& answer) const {
    std::string text = options_of(mover).name;
    if (answer.white_win_loss) {
      const double own = search::sign_for_white(color_of(mover));
      text += fmt::format(" winrate {:.1f}% lead {:+.1f}", 50 + 50 * own * *answer.white_win_loss,
                          own * *answer.white_lead);
    }
    if (answer.visits > 0) text += fmt::format(" visits {}", answer.visits);
    return text + fmt::format(" time {:.2f}s", answer.seconds);
  }

  void end_if_decided(const Answer& answer) {
    // Two passes end the game, whatever further phases the rules know.
    if (state_.is_finished() || state_.is_past_normal_phase_end()) {
      decide_by_score(GameEnd::kScore);
    } else if (const int loser = agreed_loser(answer); loser >= 0) {
      lose(loser, GameEnd::kAgreement, "R", "");
    } else if (static_cast<int>(state_.moves().size()) >= options_.max_moves) {
      decide_by_score(GameEnd::kMoveLimit);
    }
  }

  // The side that both players have considered lost during the last resign_moves moves, or -1.
  int agreed_loser(const Answer& answer) {
    if (options_.resign_winrate <= 0) return -1;
    const double white = 0.5 + 0.5 * answer.white_win_loss.value_or(0.0);
    const Player lost = white <= options_.resign_winrate       ? Color::kWhite
                        : 1 - white <= options_.resign_winrate ? Color::kBlack
                                                               : Color::kEmpty;
    agreement_ = lost == Color::kEmpty ? 0 : lost == considered_lost_ ? agreement_ + 1 : 1;
    considered_lost_ = lost;
    return agreement_ >= options_.resign_moves ? side_of(lost) : -1;
  }

  // White minus Black. The rules decide where they leave nothing to agree about; else a player of
  // this program estimates which stones are dead; else two engines have to agree.
  double score() {
    if (search::result_is_exact(state_)) {
      return state_.is_no_result() ? 0.0 : double{state_.final_score()};
    }
    for (const int side : {kA, kB}) {
      if (options_of(side).is_external()) continue;
      return players_[index(side)]->score(state_).value_or(0.0);
    }
    if (opinions_[kA] && opinions_[kB] && sign(*opinions_[kA]) == sign(*opinions_[kB])) {
      return *opinions_[kA];
    }
    GameState counted = state_;
    counted.end_and_score_now();
    return counted.is_no_result() ? 0.0 : double{counted.final_score()};
  }

  void decide_by_score(GameEnd end) {
    over_ = true;
    game_.end = end;
    for (const int side : {kA, kB}) {
      if (!options_of(side).is_external()) continue;
      opinions_[index(side)] = players_[index(side)]->score(state_);
    }
    const double white = score();
    const int a_sign = color_of(kA) == Color::kWhite ? sign(white) : -sign(white);
    game_.half_points = 1 + a_sign;
    game_.result =
        white == 0 ? "0" : fmt::format("{}+{:g}", white > 0 ? 'W' : 'B', std::abs(white));
    if (state_.is_no_result()) game_.result = "Void";
    for (const int side : {kA, kB}) {
      const auto& opinion = opinions_[index(side)];
      if (!opinion || sign(*opinion) == sign(white)) continue;
      game_.disputed = true;
      game_.note =
          fmt::format("{} says {}", options_of(side).name, search::score_to_string(*opinion));
    }
  }

  std::string record() const {
    SgfWriteInfo info;
    info.black_name = options_of(side_of(Color::kBlack)).name;
    info.white_name = options_of(side_of(Color::kWhite)).name;
    info.result = game_.result;
    info.result_overrides = true;
    info.comments = comments_;
    info.root_properties = {
        {"RO", std::to_string(game_.number + 1)},
        {"GC", fmt::format("pair {}, opening of {} moves, end: {}{}{}", game_.pair() + 1,
                           game_.opening.size(), to_string(game_.end),
                           game_.note.empty() ? "" : ", ", game_.note)}};
    if (!options_.time_text.empty()) info.root_properties.emplace_back("OT", options_.time_text);
    return write_sgf(state_, info);
  }

  const MatchOptions& options_;
  const GameStart& start_;
  const std::array<Contestant*, 2> players_;
  GameState state_;
  std::array<std::optional<RefereeClock>, 2> clocks_;
  std::array<std::optional<double>, 2> opinions_;  // final_score of external engines
  std::vector<std::string> comments_;              // per move
  Player considered_lost_ = Color::kEmpty;
  int agreement_ = 0;
  bool over_ = false;
  MatchGame game_;
};

}  // namespace

std::optional<MatchGame> play_match_game(const MatchOptions& options, const GameStart& start,
                                         const std::array<Contestant*, 2>& players,
                                         const GoOn& go_on) {
  return GameRun(options, start, players).run(go_on);
}

}  // namespace hayago::gtp
