#include "gtp/match/openings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "gtp/config/config.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using search::Board;
using search::Color;
using search::GameState;
using search::Loc;
using search::Move;

constexpr double kLeastShare = 1.0 / 30;
constexpr double kLeastWinrate = 0.2;
constexpr int kDraws = 100;

// FNV-1a, to have the same openings on every machine.
std::uint64_t hash_of(std::string_view text, std::uint64_t number) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001b3ULL; };
  for (const char c : text) add(static_cast<unsigned char>(c));
  for (int shift = 0; shift < 64; shift += 8) add((number >> shift) & 255);
  return hash;
}

struct Candidate {
  Loc loc;
  double weight;
};

Loc draw(const std::vector<Candidate>& candidates, std::mt19937_64& random) {
  double total = 0;
  for (const Candidate& c : candidates) total += c.weight;
  double rest = static_cast<double>(random() >> 11) * 0x1p-53 * total;
  for (const Candidate& c : candidates) {
    rest -= c.weight;
    if (rest < 0) return c.loc;
  }
  return candidates.empty() ? search::kNullLoc : candidates.back().loc;
}

template <class Weight>
std::vector<Candidate> legal_points(const GameState& state, const Weight& weight) {
  std::vector<Candidate> out;
  const Board& board = state.board();
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      const Loc loc = board.loc(x, y);
      if (!state.is_legal(loc, state.next_player())) continue;
      const double w = weight(x, y);
      if (w > 0) out.push_back({loc, w});
    }
  }
  return out;
}

class PolicyDraw {
 public:
  PolicyDraw(search::Evaluator& evaluator, std::uint64_t seed)
      : evaluator_(evaluator), thread_(evaluator.make_thread(seed)), random_(seed) {}

  // False if there was no move left; `black_winrate` of the final position.
  bool one(const GameState& start, int moves, std::vector<Move>& out, double& black_winrate) {
    GameState state = start;
    out.clear();
    search::NetOutputPtr net = evaluate(state);
    for (int i = 0; i < moves; ++i) {
      const Loc loc = draw(candidates(state, *net), random_);
      if (loc == search::kNullLoc) return false;
      out.push_back({loc, state.next_player()});
      state.make_move(loc, state.next_player());
      net = evaluate(state);
    }
    const double win = double{net->white_loss}, loss = double{net->white_win};
    black_winrate = win + loss > 0 ? win / (win + loss) : 0.5;
    return true;
  }

 private:
  // One fixed symmetry: an opening must not depend on what else has been evaluated.
  search::NetOutputPtr evaluate(const GameState& state) {
    search::Evaluator::Request request;
    request.state = &state;
    request.params.symmetry = 0;
    return evaluator_.evaluate(*thread_, request);
  }
  static std::vector<Candidate> candidates(const GameState& state, const search::NetOutput& net) {
    const auto policy = [&net](int x, int y) {
      return double{net.policy[static_cast<std::size_t>(y * net.width + x)]};
    };
    std::vector<Candidate> out = legal_points(state, policy);
    double best = 0;
    for (const Candidate& c : out) best = std::max(best, c.weight);
    std::erase_if(out, [best](const Candidate& c) { return c.weight < best * kLeastShare; });
    return out;
  }
  search::Evaluator& evaluator_;
  std::unique_ptr<search::EvalThread> thread_;
  std::mt19937_64 random_;
};

bool fills_own_eye(const Board& board, Loc loc, search::Player player) {
  for (const Loc offset : board.neighbour_offsets()) {
    const Color color = board.at(static_cast<Loc>(loc + offset));
    if (color != Color::kWall && color != player) return false;
  }
  return true;
}

std::vector<std::string> record_files(const std::string& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".sgf") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) throw ConfigError(path + ": no *.sgf file with openings in this folder");
  return files;
}

}  // namespace

std::vector<Opening> openings_from_records(const std::string& path, int moves, int x_size,
                                           int y_size) {
  std::vector<Opening> out;
  for (const std::string& file : record_files(path)) {
    int number = 0;
    for (const SgfGame& game : load_sgf_games(file)) {
      ++number;
      if (game.x_size != x_size || game.y_size != y_size) {
        throw ConfigError(fmt::format("{}: game {} is on a {}x{} board, the match on {}x{}", file,
                                      number, game.x_size, game.y_size, x_size, y_size));
      }
      Opening opening;
      opening.board = initial_state(game).board();
      opening.first = game.first_player;
      opening.moves = game.moves;
      if (moves >= 0 && opening.moves.size() > static_cast<std::size_t>(moves)) {
        opening.moves.resize(static_cast<std::size_t>(moves));
      }
      out.push_back(std::move(opening));
    }
  }
  return out;
}

std::vector<Move> draw_policy_opening(search::Evaluator& evaluator, const GameState& start,
                                      int moves, std::uint64_t seed) {
  PolicyDraw draws(evaluator, seed);
  std::vector<Move> best, current;
  double best_distance = 2;
  for (int i = 0; i < kDraws; ++i) {
    double winrate = 0.5;
    if (!draws.one(start, moves, current, winrate)) continue;
    const double distance = std::abs(winrate - 0.5);
    if (distance < best_distance) {
      best = current;
      best_distance = distance;
    }
    if (distance <= 0.5 - kLeastWinrate) return current;
  }
  return best;
}

std::vector<Move> draw_uniform_opening(const GameState& start, int moves, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  GameState state = start;
  std::vector<Move> out;
  for (int i = 0; i < moves; ++i) {
    const Board& board = state.board();
    const auto no_eye = [&](int x, int y) {
      return fills_own_eye(board, board.loc(x, y), state.next_player()) ? 0.0 : 1.0;
    };
    const Loc loc = draw(legal_points(state, no_eye), random);
    if (loc == search::kNullLoc) break;
    out.push_back({loc, state.next_player()});
    state.make_move(loc, state.next_player());
  }
  return out;
}

int default_opening_moves(int x_size, int y_size) { return std::max(x_size, y_size) / 4 * 2; }

OpeningSource make_openings(const MatchOptions& options,
                            std::shared_ptr<search::Evaluator> evaluator) {
  if (!options.openings.empty()) {
    return [list = openings_from_records(options.openings, options.opening_moves, options.x_size,
                                         options.y_size)](int pair) {
      return list[static_cast<std::size_t>(pair) % list.size()];
    };
  }
  const int moves = options.opening_moves >= 0
                        ? options.opening_moves
                        : default_opening_moves(options.x_size, options.y_size);
  const bool uniform = options.opening_kind == "uniform";
  if (!uniform && !evaluator && moves > 0) {
    throw ConfigError(
        "random openings of the kind policy need a player that is a configuration of hayago; use "
        "--opening-kind uniform, --openings FILE or --opening-moves 0");
  }
  const GameState start(Board(options.x_size, options.y_size), Color::kBlack, options.rules);
  return [=, seed = options.seed](int pair) {
    const std::uint64_t number = hash_of(seed, static_cast<std::uint64_t>(pair));
    Opening opening;
    opening.board = start.board();
    if (moves > 0) {
      opening.moves = uniform ? draw_uniform_opening(start, moves, number)
                              : draw_policy_opening(*evaluator, start, moves, number);
    }
    return opening;
  };
}

}  // namespace hayago::gtp
