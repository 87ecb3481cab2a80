#include "gtp/accuracy/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>

#include "gtp/accuracy/calibrating.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {
namespace {

// Not std::shuffle, whose result differs between standard libraries.
void shuffle(std::vector<GameRecord>& records, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = records.size(); i > 1; --i) {
    std::swap(records[i - 1], records[random() % i]);
  }
}

class Reader {
 public:
  Reader(const PositionOptions& options, PositionSets& sets) : options_(options), sets_(sets) {}

  std::vector<GameRecord> find(const std::vector<std::string>& sources) {
    std::vector<GameRecord> records = find_games(sources, sets_.warnings);
    shuffle(records, options_.seed);
    found_ += records.size();
    return records;
  }

  // Gives back how many records were used.
  std::size_t calibrate(std::span<const GameRecord> records) {
    const auto wanted = static_cast<std::size_t>(options_.calibrate);
    std::vector<LoadedGame> games;
    std::size_t used = 0;
    for (; used < records.size() && games.size() < wanted; ++used) {
      if (auto game = load(records[used])) games.push_back(std::move(*game));
    }
    CalibratingPositions positions(options_.one_sided_every, options_.seed);
    for (std::size_t i = 0; i < games.size(); ++i) {
      const std::size_t left = games.size() - i, missing = wanted - sets_.calibrate.size();
      const SourceGame game = games[i].game;
      append(game, positions.take(std::move(games[i]), (missing + left - 1) / left), wanted,
             sets_.calibrate);
    }
    return used;
  }

  void evaluate(std::span<const GameRecord> records) {
    const int every = options_.evaluate_every > 0 ? options_.evaluate_every : options_.every_moves;
    const auto wanted = static_cast<std::size_t>(options_.evaluate);
    for (std::size_t i = 0; i < records.size() && sets_.evaluate.size() < wanted; ++i) {
      if (const auto game = load(records[i])) {
        append(game->game, regular_positions(*game, every), wanted, sets_.evaluate);
      }
    }
  }

  void require(const PositionSet& set, const char* purpose) const {
    if (!set.empty()) return;
    throw std::runtime_error(
        fmt::format("no position to {0} with: {1} games, {2} files or lines unreadable, {3} of "
                    "other sizes than "
                    "{4}x{4}, {5} twice",
                    purpose, found_, sets_.warnings.size(), sets_.other_sizes, options_.size,
                    sets_.duplicates));
  }

 private:
  // None if the game does not serve.
  std::optional<LoadedGame> load(const GameRecord& record) {
    LoadedGame game;
    try {
      game = load_game(record);
    } catch (const SgfError& error) {
      sets_.warnings.emplace_back(error.what());
      return std::nullopt;
    }
    if (options_.size != 0 && (game.x_size != options_.size || game.y_size != options_.size)) {
      ++sets_.other_sizes;
    } else if (!seen_.insert(game.game.hash).second) {
      ++sets_.duplicates;
    } else {
      return game;
    }
    return std::nullopt;
  }

  static void append(const SourceGame& source, std::vector<GamePosition> positions,
                     std::size_t wanted, PositionSet& set) {
    if (positions.empty()) return;
    const int game = static_cast<int>(set.games.size());
    set.games.push_back(source);
    for (GamePosition& position : positions) {
      if (set.size() >= wanted) return;
      set.states.push_back(std::move(position.state));
      set.origins.push_back({game, position.move});
    }
  }

  const PositionOptions& options_;
  PositionSets& sets_;
  std::set<std::uint64_t> seen_;
  std::size_t found_ = 0;
};

}  // namespace

int PositionSet::largest_edge() const {
  int edge = 0;
  for (const search::GameState& state : states) {
    edge = std::max({edge, state.board().x_size(), state.board().y_size()});
  }
  return edge;
}

void PositionSet::append(PositionSet other) {
  const int before = static_cast<int>(games.size());
  for (PositionOrigin& origin : other.origins) origin.game += before;
  std::move(other.states.begin(), other.states.end(), std::back_inserter(states));
  origins.insert(origins.end(), other.origins.begin(), other.origins.end());
  std::move(other.games.begin(), other.games.end(), std::back_inserter(games));
}

PositionSets read_positions(const std::vector<std::string>& sources, const PositionOptions& options,
                            const std::vector<std::string>& evaluate_sources) {
  PositionSets sets;
  Reader reader(options, sets);
  const std::vector<GameRecord> records = reader.find(sources);
  const std::span<const GameRecord> all = records;
  const std::size_t third = (all.size() + 2) / 3;
  const std::size_t used = reader.calibrate(evaluate_sources.empty() ? all.first(third) : all);
  reader.require(sets.calibrate, "calibrate");
  if (evaluate_sources.empty()) {
    reader.evaluate(all.subspan(used));
  } else {
    reader.evaluate(reader.find(evaluate_sources));
  }
  return sets;
}

PositionSets read_evaluation_positions(const std::vector<std::string>& sources,
                                       const PositionOptions& options) {
  PositionSets sets;
  Reader reader(options, sets);
  reader.evaluate(reader.find(sources));
  reader.require(sets.evaluate, "compare");
  return sets;
}

}  // namespace hayago::gtp
