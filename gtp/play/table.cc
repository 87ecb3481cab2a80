#include "gtp/play/table.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>

#include "gtp/cli/identity.h"
#include "gtp/cli/output_file.h"
#include "gtp/config/parse.h"
#include "gtp/play/board_view.h"
#include "gtp/play/refusal.h"
#include "gtp/protocol/text.h"
#include "gtp/sgf/sgf.h"
#include "search/play/handicap.h"

namespace hayago::gtp {

using search::Board;
using search::Color;
using search::Loc;
using search::Player;

namespace {

bool ends_with_two_passes(const search::GameState& state) {
  const auto& moves = state.moves();
  return moves.size() >= 2 && moves.back().loc == search::kPassLoc &&
         moves[moves.size() - 2].loc == search::kPassLoc;
}

constexpr const char* kOver = "The game is over; 'undo' goes back, 'new' begins another one.";

}  // namespace

PlayTable::PlayTable(Session& session, const PlaySettings& settings,
                     std::function<void(const std::string&)> show)
    : session_(session), settings_(settings), show_(std::move(show)) {}

bool PlayTable::is_person(Player player) const {
  return settings_.person[player == Color::kBlack ? 0 : 1];
}

bool PlayTable::is_watching() const { return !settings_.person[0] && !settings_.person[1]; }

std::string PlayTable::set_up(int x_size, int y_size) {
  const int stones = settings_.handicap;
  const int most = search::max_free_handicap(x_size, y_size);
  if (stones > most) {
    return fmt::format("A {}x{} board is too small for a handicap of {}; the most is {}.", x_size,
                       y_size, stones, most);
  }
  session_.resize(x_size, y_size);
  const Board empty(x_size, y_size);
  session_.new_game(empty, Color::kBlack);
  result_.reset();
  saved_.clear();
  changed_since_save_ = false;
  if (stones == 0) return "";
  auto points = search::fixed_handicap_points(x_size, y_size, stones);
  if (!points) {
    points.value = search::place_free_handicap(
        session_.evaluator(), session_.state(), stones,
        session_.params().genmove().draw_equivalent_wins_for_white, session_.random_seed());
  }
  // So few black stones always have liberties.
  const Board board = search::free_handicap_board(empty, *points.value).value.value();
  session_.new_game(board, Color::kWhite, board.stones_on_board());
  return "";
}

void PlayTable::begin() {
  say(level_text() + " 'help' lists the commands.");
  show_board();
  answer();
}

std::string PlayTable::side_text(Player player) const {
  const Color taken = search::opponent(player);
  return fmt::format("{} {}  {:<6}  took {}", player_name(player),
                     player == Color::kBlack ? 'X' : 'O', is_person(player) ? "you" : "hayago",
                     session_.board().captured(taken));
}

std::string PlayTable::level_text() const {
  constexpr std::int64_t kCountless = std::int64_t{1} << 40;
  constexpr double kDay = 86400;
  const search::SearchParams& params = session_.params().genmove();
  const bool has_time = params.max_time < kDay;
  const std::string time = has_time ? fmt::format("{:g} seconds", params.max_time) : "";
  if (params.max_visits >= kCountless) {
    return has_time ? fmt::format("hayago thinks for {} a move.", time)
                    : "hayago thinks as long as its configuration says.";
  }
  return fmt::format("hayago thinks for {} visits a move{}.", params.max_visits,
                     has_time ? ", at most " + time : "");
}

std::string PlayTable::prompt() const {
  return (is_over() ? "Over" : player_name(session_.next_player())) + "> ";
}

void PlayTable::show_board() {
  const search::GameState& state = session_.state();
  std::string when = "No move yet";
  if (!state.moves().empty()) {
    const search::Move last = state.moves().back();
    when = fmt::format("Move {}: {} {}", state.moves().size(), player_name(last.player),
                       search::loc_to_string(last.loc, state.board()));
  }
  const std::string turn =
      is_over() ? "Over: " + result_->sgf : player_name(state.next_player()) + " to play";
  show_(play_board_text(state,
                        {when, side_text(Color::kBlack), side_text(Color::kWhite),
                         rules_text(session_.rules()), turn},
                        settings_.colours));
}

bool PlayTable::handle(const std::string& line) {
  try {
    return act(parse_play_command(line));
  } catch (const std::exception& error) {
    // A file that cannot be written, a network that fails: the game is still there.
    say(fmt::format("That did not work: {}", error.what()));
  }
  return true;
}

bool PlayTable::act(const PlayCommand& command) {
  const std::string& word = command.argument;
  switch (command.verb) {
    case PlayVerb::kNothing:
      empty_line();
      break;
    case PlayVerb::kMove:
      person_move(word);
      break;
    case PlayVerb::kPass:
      person_pass();
      break;
    case PlayVerb::kResign:
      person_resign();
      break;
    case PlayVerb::kUndo:
      undo();
      break;
    case PlayVerb::kGo:
      go(word);
      break;
    case PlayVerb::kHint:
      is_over() ? say(kOver) : show_(hint_text(session_));
      break;
    case PlayVerb::kScore:
      show_(is_over() ? result_->text : score_text(session_, settings_.colours));
      break;
    case PlayVerb::kLevel:
      level(word);
      break;
    case PlayVerb::kNew:
      new_game(word);
      break;
    case PlayVerb::kSave:
      save(word);
      break;
    case PlayVerb::kBoard:
      show_board();
      break;
    case PlayVerb::kHelp:
      show_(play_help());
      break;
    case PlayVerb::kQuit:
      return false;
    case PlayVerb::kWrong:
      say(command.problem);
      break;
  }
  return true;
}

void PlayTable::empty_line() {
  if (is_watching() && !is_over()) return go("");
  show_board();
}

void PlayTable::person_move(const std::string& word) {
  const auto move = search::parse_loc(word, session_.board());
  if (is_over()) return say(kOver);
  if (!move) return say(not_a_point(word, session_.board()) + ".");
  if (const std::string problem = why_illegal(session_.state(), *move); !problem.empty()) {
    return say(problem);
  }
  play(*move);
}

void PlayTable::person_pass() {
  if (is_over()) return say(kOver);
  play(search::kPassLoc);
}

void PlayTable::person_resign() {
  if (is_over()) return say(kOver);
  const Player next = session_.next_player();
  resign(is_person(next) || is_watching() ? next : search::opponent(next));
  show_board();
}

void PlayTable::play(Loc move) {
  const Player player = session_.next_player();
  if (!session_.play(move, player)) return say("This move is not possible here.");
  changed_since_save_ = true;
  notice_end();
  // One drawing per turn: the one with the engine's answer, if it answers.
  if (!engine_answers()) return show_board();
  answer();
}

bool PlayTable::engine_answers() const {
  return !is_over() && !interrupted_ && !is_watching() && !is_person(session_.next_player());
}

void PlayTable::answer() {
  if (!engine_answers()) return;
  engine_move();
  show_board();
}

bool PlayTable::engine_move() {
  GenmoveRequest request;
  request.player = session_.next_player();
  const Reply reply = session_.genmove(request);
  if (reply.kind != Reply::Kind::kOk) {
    say("hayago has no move: " + reply.text);
    return false;
  }
  if (reply.text == "resign") {
    resign(request.player);
    return false;
  }
  changed_since_save_ = true;
  say(fmt::format("{} (hayago): {}", player_name(request.player), reply.text));
  notice_end();
  return true;
}

void PlayTable::go(const std::string& count) {
  constexpr int kMost = 1000;
  const auto moves = count.empty() ? 1 : parse_int(count);
  if (!moves || *moves < 1 || *moves > kMost) {
    return say(fmt::format("'go' takes a number of moves from 1 to {}, not '{}'.", kMost,
                           quotable(count)));
  }
  if (is_over()) return say(kOver);
  for (int i = 0; i < *moves && !is_over() && !interrupted_; ++i) {
    if (!engine_move()) break;
  }
  show_board();
  answer();
}

void PlayTable::notice_end() {
  const search::GameState& state = session_.state();
  if (!state.is_finished() && !ends_with_two_passes(state)) return;
  result_ = final_result(session_);
  show_(result_->text);
}

void PlayTable::resign(Player loser) {
  const Player winner = search::opponent(loser);
  result_ = PlayResult{fmt::format("{}+R", search::player_letter(winner)),
                       fmt::format("The game is over: {} resigns, {} wins.\n", player_name(loser),
                                   player_name(winner))};
  changed_since_save_ = true;
  show_(result_->text);
}

void PlayTable::undo() {
  const auto& moves = session_.state().moves();
  const bool resigned = is_over() && result_->sgf.ends_with("+R");
  if (resigned && (is_watching() || is_person(session_.next_player()))) {
    result_.reset();
    say("Not resigned after all.");
    return show_board();
  }
  // Back to where a person had the move; with no person at the board, one move.
  std::size_t keep = moves.size();
  while (keep > 0 && !is_watching() && !is_person(moves[keep - 1].player)) --keep;
  if (keep == 0) return say("There is no move of yours to take back.");
  const std::size_t taken = moves.size() - (keep - 1);
  for (std::size_t i = 0; i < taken; ++i) session_.undo();
  result_.reset();
  changed_since_save_ = true;
  say(taken == 1 ? "One move taken back." : fmt::format("{} moves taken back.", taken));
  show_board();
}

void PlayTable::level(const std::string& visits) {
  if (visits.empty()) return say(level_text());
  constexpr int kMost = 1'000'000'000;
  const auto number = parse_int(visits);
  if (!number || *number < 1 || *number > kMost) {
    return say(fmt::format("'level' takes a number of visits from 1 to {}, not '{}'.", kMost,
                           quotable(visits)));
  }
  // Who asks for visits wants them, whatever they take: without the limit of time.
  const std::string problem =
      session_.params().set({{"maxVisits", std::to_string(*number)}, {"maxTime", ""}});
  if (!problem.empty()) return say(problem);
  session_.params_changed();
  say(level_text());
}

void PlayTable::new_game(const std::string& size) {
  int x = session_.board().x_size(), y = session_.board().y_size();
  if (!size.empty()) {
    const auto number = parse_int(size);
    if (!number || *number < 2 || *number > search::kMaxBoard) {
      return say(fmt::format("'new' takes the size of the board, from 2 to {}, not '{}'.",
                             search::kMaxBoard, quotable(size)));
    }
    x = y = *number;
  }
  if (const std::string problem = set_up(x, y); !problem.empty()) return say(problem);
  say("A new game.");
  show_board();
  answer();
}

void PlayTable::save(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored) && saved_.count(path) == 0) {
    return say(fmt::format("{} exists already; save under another name.", quotable(path)));
  }
  require_writable(path);
  SgfWriteInfo info;
  const std::string engine = fmt::format("hayago {}", kVersion);
  info.black_name = is_person(Color::kBlack) ? "Player" : engine;
  info.white_name = is_person(Color::kWhite) ? "Player" : engine;
  if (is_over()) {
    info.result = result_->sgf;
    info.result_overrides = true;
  }
  write_output_file(path, write_sgf(session_.state(), info) + "\n");
  saved_.insert(path);
  changed_since_save_ = false;
  say(fmt::format("Saved {}.", quotable(path)));
}

void PlayTable::farewell(const std::string& why) {
  std::string text = why.empty() ? "" : why + " ";
  if (changed_since_save_) text += "The game was not saved. ";
  say(text + "Goodbye.");
}

void PlayTable::interrupt() {
  interrupted_ = true;
  session_.interrupt_blocking_search();
}

}  // namespace hayago::gtp
