#include "gtp/accuracy/selfplay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "gtp/accuracy/draw_move.h"
#include "gtp/accuracy/net_batch.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::GameState;

constexpr double kOpeningTemperature = 1.4, kTemperature = 0.8;
constexpr int kSmallestBoard = 9;

struct TakenGame {
  SourceGame game;
  std::vector<GamePosition> positions;
};

class SelfplayGame {
 public:
  SelfplayGame(int number, const SelfplayOptions& options, int model_version)
      : number_(number),
        every_(std::min(options.every_moves, options.size)),  // so that every game has a position
        random_(options.seed * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(number)) {
    int size = options.size;
    if (options.smaller_boards && size > kSmallestBoard && uniform(random_) < 0.25) {
      size = kSmallestBoard + static_cast<int>(uniform(random_) * (size - kSmallestBoard));
    }
    const char* const names[] = {"tromp-taylor", "chinese", "japanese"};
    auto rules = search::supported_rules(
        *search::parse_rules(names[static_cast<int>(uniform(random_) * 3)]).value, model_version);
    if (uniform(random_) < 0.3)
      rules.komi = static_cast<float>(std::floor(uniform(random_) * 16) / 2);
    state_ = GameState(Board(size, size), Color::kBlack, rules);
    next_taken_ = 1 + static_cast<int>(uniform(random_) * every_);
    opening_moves_ = static_cast<int>(uniform(random_) * size);
    longest_ = size * size * 4 / 5;  // what follows is filling in
  }

  const GameState& state() const { return state_; }
  int number() const { return number_; }
  bool is_over() const {
    return state_.is_finished() || static_cast<int>(state_.moves().size()) >= longest_;
  }

  void play(const nn::NetOutput& output) {
    const int played = static_cast<int>(state_.moves().size());
    if (played == next_taken_) {
      taken_.push_back({state_, played});
      next_taken_ += every_;
    }
    const double temperature = played < opening_moves_ ? kOpeningTemperature : kTemperature;
    state_.make_move(draw_move(output, state_.board(), temperature, random_), state_.next_player(),
                     true);
  }

  // Names and hashes as for records.
  TakenGame take() {
    return {{fmt::format("self-play game {}", number_ + 1),
             game_hash(state_.initial_board(), state_.moves())},
            std::move(taken_)};
  }

 private:
  int number_, every_;
  std::mt19937_64 random_;
  GameState state_;
  int next_taken_ = 0, opening_moves_ = 0, longest_ = 0;
  std::vector<GamePosition> taken_;
};

// The games' positions, or as many as are still wanted, spread evenly over the games.
void append(std::vector<SelfplayGame>& games, const SelfplayOptions& options, PositionSet& set,
            const std::function<void()>& step) {
  std::vector<TakenGame> all;
  std::size_t there = 0, seen = 0;
  for (SelfplayGame& game : games) {
    all.push_back(game.take());
    there += all.back().positions.size();
  }
  const std::size_t wanted =
      std::min(there, static_cast<std::size_t>(options.positions) - set.size());
  for (TakenGame& taken : all) {
    PositionSet part;
    part.games.push_back(taken.game);
    for (GamePosition& position : taken.positions) {
      const std::size_t before = seen * wanted / there, after = ++seen * wanted / there;
      if (before == after) continue;
      part.states.push_back(std::move(position.state));
      part.origins.push_back({0, position.move});
      if (step) step();
    }
    if (!part.empty()) set.append(std::move(part));
  }
}

}  // namespace

PositionSet selfplay_positions(const nn::Executor& executor, const SelfplayOptions& options,
                               const std::function<void()>& step) {
  const int parallel = std::min(executor.max_batch(), 16);
  const auto context = executor.make_context(options.size, options.size, parallel);
  NetBatch batch(executor.info(), options.size, parallel);
  PositionSet set;
  int next = options.first_game;
  const int version = executor.info().version;
  // Whole groups of games, in their order: what is taken does not depend on which ends first.
  while (static_cast<int>(set.size()) < options.positions) {
    std::vector<SelfplayGame> games;
    for (int i = 0; i < parallel; ++i) games.emplace_back(next++, options, version);
    std::vector<SelfplayGame*> open;
    for (SelfplayGame& game : games) open.push_back(&game);
    while (!open.empty()) {
      std::vector<GameState> states;
      for (const SelfplayGame* game : open) states.push_back(game->state());
      batch.fill(states);
      const auto outputs = batch.run(*context);
      for (std::size_t i = 0; i < open.size(); ++i) open[i]->play(outputs[i]);
      std::erase_if(open, [](const SelfplayGame* game) { return game->is_over(); });
    }
    append(games, options, set, step);
  }
  return set;
}

}  // namespace hayago::gtp
