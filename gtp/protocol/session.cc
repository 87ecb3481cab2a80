#include "gtp/protocol/session.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "gtp/config/seeds.h"
#include "gtp/patterns/avoid_records.h"

namespace hayago::gtp {

using search::Board;
using search::Color;
using search::Enabled;
using search::GameState;
using search::Loc;
using search::Player;
using search::Rules;

Session::Session(ParamStore params, GtpModels models, std::string version, Log& log, Output& output,
                 LineQueue& queue, EvaluatorSource evaluator_source)
    : params_(std::move(params)),
      models_(std::move(models)),
      version_(std::move(version)),
      log_(log),
      output_(output),
      queue_(queue),
      evaluator_source_(std::move(evaluator_source)),
      random_(std::hash<std::string>{}(seed_or_random(params_.config(), "searchRandSeed"))) {
  rules_ = settings().rules;
  if (!settings().has_limits) {
    clocks_.fill(search::TimeControl::without_limits_default());
  }
  const auto say = [this](const std::string& line) { notice(line); };
  own_games_ = OwnGames::from_config(params_.config(), say);
  record_patterns_ = load_record_patterns(params_.config(), say);
  make_engine(settings().x_size, settings().y_size);
  new_game(Board(settings().x_size, settings().y_size), Color::kBlack);
}

Session::~Session() {
  if (engine_) engine_->stop_and_wait();
}

search::Engine& Session::engine() {
  stop_pondering();
  return *engine_;
}

void Session::make_engine(int x_size, int y_size) {
  if (engine_) engine_->stop_and_wait();
  engine_.reset();  // before the evaluators it uses
  evaluators_ = evaluator_source_ ? evaluator_source_(x_size, y_size)
                                  : make_evaluators(models_, params_.config(), x_size, y_size,
                                                    settings().force_max_nn_size,
                                                    params_.genmove().num_search_threads);
  engine_ = std::make_unique<search::Engine>(params_.genmove(), evaluators_.main.get(),
                                             evaluators_.human.get(),
                                             seed_or_random(params_.config(), "searchRandSeed"),
                                             [this](const std::string& line) { log_.write(line); });
  engine_->set_prevent_cleanup_phase(settings().prevent_cleanup_phase);
  engine_->set_eval_cache(eval_cache_);
  load_patterns(x_size, y_size);
  notice(fmt::format("Initializing board with boardXSize {} boardYSize {}", x_size, y_size));
}

void Session::load_patterns(int x_size, int y_size) {
  engine_->set_patterns(own_games_ ? own_games_->load(x_size, y_size) : record_patterns_);
}

bool Session::wants_pass_alive_under_suicide() const {
  const Enabled mode = params_.genmove().always_compute_pass_alive_under_suicide_rules;
  if (mode == Enabled::kAuto) return evaluators_.main->prefers_pass_alive_under_suicide();
  return mode == Enabled::kTrue;
}

GameState Session::start_state() const {
  GameState state(start_board_, start_player_, rules_);
  state.set_pass_alive_under_suicide(wants_pass_alive_under_suicide());
  state.set_assume_handicap_from_moves(settings().assume_handicap_from_moves);
  return state;
}

void Session::new_game(const Board& board, Player next, int turn) {
  start_board_ = board;
  start_player_ = next;
  start_turn_ = turn;
  moves_.clear();
  rebuild_position();
  if (own_games_ && own_games_->save_if_due()) load_patterns(board.x_size(), board.y_size());
}

void Session::rebuild_position() {
  record_.clear();
  search::Engine& idle = engine();
  idle.set_position(start_state(), start_turn_);
  const std::vector<search::Move> moves = std::move(moves_);
  moves_.clear();
  for (const search::Move& move : moves) {
    // A move may become illegal under other rules only in ways the tolerant test ignores.
    if (idle.make_move(move.loc, move.player, settings().prevent_cleanup_phase)) {
      moves_.push_back(move);
    }
  }
  dynamic_pda_ =
      search::updated_dynamic_pda(dynamic_pda_, settings().dynamic_pda_cap, idle.state(), record_);
}

void Session::resize(int x_size, int y_size) {
  if (x_size == board().x_size() && y_size == board().y_size()) return;
  make_engine(x_size, y_size);
  new_game(Board(x_size, y_size), Color::kBlack);
}

bool Session::play(Loc move, Player player) {
  if (!engine().make_move(move, player, settings().prevent_cleanup_phase)) return false;
  moves_.push_back({move, player});
  return true;
}

bool Session::undo() {
  stop_pondering();
  if (moves_.empty()) return false;
  moves_.pop_back();
  rebuild_position();
  return true;
}

void Session::set_rules(Rules rules) {
  rules.komi = rules_.komi;
  rules_ = rules;
  rebuild_position();
}

void Session::set_komi(float komi) {
  const float wanted = settings().forced_komi.value_or(komi);
  // -0 differs from 0 in print only, but it does so in the reference too.
  if (wanted == rules_.komi && std::signbit(wanted) == std::signbit(rules_.komi)) return;
  rules_.komi = wanted;
  engine().set_komi(wanted);
}

std::string Session::check_rules(const Rules& rules) const {
  if (search::supported_rules(rules, models_.main->info().version) == rules) return "";
  return fmt::format("the rules {} are not supported by this network (model version {})",
                     search::rules_json(rules, false), models_.main->info().version);
}

void Session::params_changed() {
  engine().set_prevent_cleanup_phase(settings().prevent_cleanup_phase);
  if (wants_pass_alive_under_suicide() != state().pass_alive_under_suicide()) rebuild_position();
}

void Session::clear_cache() {
  engine().clear_tree();
  eval_cache_->clear();
  evaluators_.main->clear_cache();
  if (evaluators_.human) evaluators_.human->clear_cache();
}

search::SideSearch Session::side_search() {
  engine().clear_tree();
  search::SideSearch side;
  side.params = params_.genmove();
  side.evaluator = evaluators_.main.get();
  side.human_evaluator = evaluators_.human.get();
  side.seed = fmt::format("{}", random_());
  side.initial_turn_number = start_turn_;
  return side;
}

}  // namespace hayago::gtp
