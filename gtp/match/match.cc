#include "gtp/match/match.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "gtp/match/referee.h"

namespace hayago::gtp {
namespace {

constexpr int kMostFailuresInARow = 3;

// The moves that a recorded game of the same pair has begun with.
std::vector<search::Move> recorded_moves(const MatchGame& game, const Opening& drawn) {
  std::vector<search::Move> moves;
  search::Player player = drawn.first;
  for (const std::string& text : game.opening) {
    const auto loc = search::parse_loc(text, drawn.board);
    if (!loc) throw std::invalid_argument(fmt::format("'{}' in a recorded opening", text));
    moves.push_back({*loc, player});
    player = search::opponent(player);
  }
  return moves;
}

}  // namespace

Match::Match(const MatchOptions& options, const std::array<ContestantSource*, 2>& sources,
             OpeningSource openings, MatchStore& store, MatchProgress& progress)
    : options_(options),
      sources_(sources),
      openings_(std::move(openings)),
      store_(store),
      progress_(progress),
      summary_(summarise(store.games(), options.sprt)) {
  for (const MatchGame& game : store.games()) {
    taken_.insert(game.number);
    if (!options.openings.empty() || drawn_.count(game.pair()) > 0) continue;
    // Drawing again gives the same moves only on the same kind of machine; the pair must match
    // even if the match goes on elsewhere.
    Opening opening;
    opening.board = search::Board(options.x_size, options.y_size);
    opening.moves = recorded_moves(game, opening);
    drawn_.emplace(game.pair(), std::move(opening));
  }
}

MatchSummary Match::run() {
  std::vector<std::thread> threads;
  for (int i = 0; i < std::max(1, options_.parallel); ++i) {
    threads.emplace_back([this] {
      try {
        work();
      } catch (...) {
        fail(std::current_exception());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (error_) std::rethrow_exception(error_);
  return summary_;
}

void Match::fail(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
}

bool Match::is_over() const {
  return error_ || summary_.decision != SprtDecision::kNone || summary_.games >= options_.games;
}

std::optional<int> Match::next_game() {
  const std::lock_guard lock(mutex_);
  if (is_over()) return std::nullopt;
  for (int number = 0; number < options_.games; ++number) {
    if (taken_.insert(number).second) return number;
  }
  return std::nullopt;
}

bool Match::goes_on() {
  progress_.move_played();
  const std::lock_guard lock(mutex_);
  return !is_over();
}

Opening Match::opening_of(int pair) {
  const std::lock_guard lock(opening_mutex_);
  const auto found = drawn_.find(pair);
  if (found != drawn_.end()) return found->second;
  return drawn_.emplace(pair, openings_(pair)).first->second;
}

void Match::work() {
  std::array<std::unique_ptr<Contestant>, 2> players{sources_[0]->make(), sources_[1]->make()};
  while (const auto number = next_game()) {
    GameStart start;
    start.number = *number;
    start.opening = opening_of(*number / 2);
    start.rules = options_.rules;
    start.time = options_.time;
    const auto game = play_match_game(options_, start, {players[0].get(), players[1].get()},
                                      [this] { return goes_on(); });
    if (!game) return;
    finish(*game);
  }
}

void Match::finish(const MatchGame& game) {
  const std::lock_guard lock(mutex_);
  // A game that ended after the decision was on the way when it fell: it is not part of the match.
  if (is_over()) return;
  store_.add(game);
  summary_ = summarise(store_.games(), options_.sprt);
  progress_.game_done(game, summary_);
  failures_in_a_row_ = game.end == GameEnd::kFailure ? failures_in_a_row_ + 1 : 0;
  if (failures_in_a_row_ >= kMostFailuresInARow && !error_) {
    error_ = std::make_exception_ptr(std::runtime_error(
        fmt::format("{} games in a row ended by a failure, the last one because {}",
                    failures_in_a_row_, game.note)));
  }
}

}  // namespace hayago::gtp
