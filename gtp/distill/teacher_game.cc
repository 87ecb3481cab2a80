#include "gtp/distill/teacher_game.h"

#include <cmath>
#include <stdexcept>

#include "gtp/accuracy/draw_move.h"

namespace hayago::gtp {
namespace {

using search::Board;
using search::Color;
using search::GameState;
using search::Loc;

constexpr double kLongestGame = 1.25;  // moves per point
constexpr double kWideKomi = 6, kWideShare = 0.2;

// About normal, deviation 1.
double normal(std::mt19937_64& random) {
  double sum = -2;
  for (int i = 0; i < 4; ++i) sum += uniform(random);
  return std::sqrt(3.0) * sum;
}

template <class T>
const T& drawn(const std::vector<Weighted<T>>& choices, std::mt19937_64& random) {
  double total = 0;
  for (const Weighted<T>& choice : choices) total += choice.weight;
  double rest = uniform(random) * total;
  for (const Weighted<T>& choice : choices) {
    rest -= choice.weight;
    if (rest < 0) return choice.what;
  }
  return choices.back().what;
}

// About fair, but for the spread: on 7x7 Black is 9 points ahead, on larger boards 6 to 7.
float drawn_komi(const GamePlan& plan, const search::Rules& rules, int size,
                 std::mt19937_64& random) {
  const double fair =
      (size <= 7 ? 9.0 : 7.0) - (rules.scoring == search::ScoringRule::kTerritory ? 1 : 0);
  const double spread = plan.komi_spread * (uniform(random) < kWideShare ? kWideKomi : 1);
  return search::round_and_clip_komi(fair + spread * normal(random), size * size);
}

// A random legal move that is no pass, or a pass if there is none.
Loc random_move(const GameState& state, std::mt19937_64& random) {
  const Board& board = state.board();
  std::vector<Loc> legal;
  for (int point = 0; point < board.area(); ++point) {
    const Loc loc = board.loc(point % board.x_size(), point / board.x_size());
    if (state.is_legal(loc, state.next_player())) legal.push_back(loc);
  }
  return legal.empty() ? search::kPassLoc : legal[random() % legal.size()];
}

std::uint64_t seed_of(const GamePlan& plan, int number) {
  return plan.seed * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(number);
}

}  // namespace

TeacherGame::TeacherGame(const GamePlan& plan, int number, int size, int model_version)
    : plan_(plan), random_(seed_of(plan, number)) {
  search::Rules rules = search::supported_rules(drawn(plan.rules, random_), model_version);
  rules.komi = drawn_komi(plan, rules, size, random_);
  state_ = GameState(Board(size, size), Color::kBlack, rules);
  opening_moves_ = static_cast<int>(uniform(random_) * (plan.opening * size + 1));
  temperature_ = plan.temperature * (0.5 + uniform(random_));
}

// A second phase, where stones are captured for the count, is not played out.
bool TeacherGame::is_over() const {
  return state_.is_finished() || state_.is_past_normal_phase_end() ||
         static_cast<int>(state_.moves().size()) >= kLongestGame * state_.board().area();
}

void TeacherGame::play(const nn::NetOutput& output) {
  if (random_() % static_cast<std::uint64_t>(plan_.every_moves) == 0) {
    kept_.push_back(record_of(state_, output));
  }
  state_.make_move(next_move(output), state_.next_player(), true);
}

Loc TeacherGame::next_move(const nn::NetOutput& output) {
  const bool opening = static_cast<int>(state_.moves().size()) < opening_moves_;
  if (opening || uniform(random_) < plan_.random_moves) return random_move(state_, random_);
  return draw_move(output, state_.board(), temperature_, random_);
}

quant::PositionRecord record_of(const GameState& state, const nn::NetOutput& output) {
  const Board& board = state.board();
  quant::PositionRecord record;
  record.width = board.x_size();
  record.height = board.y_size();
  record.rules = search::rules_json(state.rules(), false);
  record.komi = state.rules().komi;
  record.white_to_move = state.next_player() == Color::kWhite;
  for (const search::Move& move : state.moves()) {
    const int point = move.loc == search::kPassLoc
                          ? board.area()
                          : board.y_of(move.loc) * board.x_size() + board.x_of(move.loc);
    record.moves.push_back({static_cast<std::uint16_t>(point), move.player == Color::kWhite});
  }
  record.targets = quant::targets_of(output, record.white_to_move);
  return record;
}

GameState state_of(const quant::PositionRecord& record) {
  Board board(record.width, record.height);
  const auto loc = [&](const quant::RecordedMove& move) {
    if (move.point == record.width * record.height) return search::kPassLoc;
    return board.loc(move.point % record.width, move.point / record.width);
  };
  for (const quant::RecordedMove& stone : record.setup) {
    board.set_stone(loc(stone), stone.white ? Color::kWhite : Color::kBlack);
  }
  const auto rules = search::parse_rules(record.rules, false);
  if (!rules) throw std::invalid_argument("recorded position: " + rules.error);
  search::Rules with_komi = *rules.value;
  with_komi.komi = record.komi;
  const bool white_begins =
      record.moves.empty() ? record.white_to_move : record.moves.front().white;
  GameState state(board, white_begins ? Color::kWhite : Color::kBlack, with_komi);
  for (const quant::RecordedMove& move : record.moves) {
    const search::Player player = move.white ? Color::kWhite : Color::kBlack;
    if (!state.is_legal_tolerant(loc(move), player)) {
      throw std::invalid_argument("recorded position: a move is not legal");
    }
    state.make_move(loc(move), player, true);
  }
  return state;
}

}  // namespace hayago::gtp
