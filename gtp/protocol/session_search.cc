// Searching, deciding and pondering (spec/06 sections 5 to 11, spec/07 sections 4, 11 and 12).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "gtp/config/parse.h"
#include "gtp/protocol/search_summary.h"
#include "gtp/protocol/session.h"

namespace hayago::gtp {

using search::Color;
using search::Loc;
using search::Player;
using search::SearchLimits;
using search::SearchParams;

namespace {

constexpr double kNoLimit = 1e40;  // search factor of analysis

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

void Session::activate(const SearchParams& params) {
  if (engine().params() == params) return;
  engine_->set_params(params);
}

SearchLimits Session::prepare_genmove(const GenmoveRequest& request) {
  move_start_ = std::chrono::steady_clock::now();
  const Player player = request.player;
  SearchParams params = params_.genmove();
  engine().set_player_to_move(player);
  dynamic_pda_ =
      search::updated_dynamic_pda(dynamic_pda_, settings().dynamic_pda_cap, state(), record_);
  if (!settings().fixed_pda) {
    const Player side = params.playout_doubling_advantage_pla == Color::kEmpty
                            ? player
                            : params.playout_doubling_advantage_pla;
    params.playout_doubling_advantage = side == Color::kWhite ? dynamic_pda_ : -dynamic_pda_;
  }
  params.avoid_repeated_pattern_utility = search::repeated_pattern_utility(
      settings().avoid_repeated_pattern_utility, request.lines.has_value(), state(), player);
  activate(params);
  engine_->set_avoid_lists(request.lines ? request.lines->avoid : search::AvoidLists{});
  engine_->set_always_include_ownership(request.lines && request.lines->wants_ownership());
  SearchLimits limits;
  limits.search_factor = search::winning_search_factor(
      settings().search_factor, params.win_loss_utility_factor, player, record_);
  limits.time_control = clock(player);
  last_search_factor_ = limits.search_factor;
  return limits;
}

void Session::print_analysis(const AnalyzeArgs& args) {
  search::SearchReport report;
  if (args.max_moves == 0) return;
  if (!engine_->report(report_options(args, settings().pv_length), report)) return;
  const std::string line = format_analysis(
      report, args, analyze_view(settings().perspective, engine_->params()), state().board());
  if (!line.empty()) output_.line(line);
}

void Session::start(const SearchLimits& limits, const std::optional<AnalyzeArgs>& lines,
                    std::function<void()> on_done) {
  ++search_number_;
  evaluators_.main->reset_stats();  // summaries tell those of one search
  const double period = lines ? lines->period_seconds() : 0;
  std::function<void()> on_report;
  if (period > 0) on_report = [this, args = *lines] { print_analysis(args); };
  engine_->start(limits, period, period, std::move(on_report), std::move(on_done));
}

Reply Session::genmove(const GenmoveRequest& request) {
  const auto start_time = std::chrono::steady_clock::now();
  const SearchLimits limits = prepare_genmove(request);
  if (request.lines) output_.begin_stream(command_id_);
  {
    const std::lock_guard lock(blocking_mutex_);
    start(limits, request.lines, {});
    blocking_ = true;
  }
  const std::string problem = wait_for_search();
  {
    const std::lock_guard lock(blocking_mutex_);
    blocking_ = false;
  }
  if (!problem.empty()) return fail_genmove(request, problem);
  const Reply reply = finish_genmove(request);
  seconds_used_ += seconds_since(start_time);
  if (request.plays) ponder();
  return reply;
}

void Session::interrupt_blocking_search() {
  const std::lock_guard lock(blocking_mutex_);
  if (blocking_) engine_->stop();
}

Session::Decision Session::decide(const GenmoveRequest& request) {
  const Player player = request.player;
  Decision decision;
  decision.move = engine_->choose_move();
  search::RootReport root;
  if (decision.move == search::kNullLoc || !state().is_legal_tolerant(decision.move, player)) {
    decision.error = "the search found no legal move";
    return decision;
  }
  if (engine_->root_averages(root)) record_.add(root.win_loss, root.lead);
  delay_move(decision.move);
  report_search(request, decision.move);
  decision.resigns = search::should_resign(settings().resign, state(), player, record_);
  search::AreaMap safe_area{};
  engine_->root_safe_area(safe_area);
  search::SideSearch side;
  side.params = engine_->params();
  side.evaluator = evaluators_.main.get();
  side.human_evaluator = evaluators_.human.get();
  side.seed = fmt::format("{}", random_());
  side.initial_turn_number = start_turn_;
  side.affordable_visits = affordable_visits(player);
  decision.move =
      search::adjust_passing(settings().passing, side, state(), player, decision.move, safe_area);
  return decision;
}

// At the pace of the search that has just ended.
std::int64_t Session::affordable_visits(Player player) const {
  const auto& clock = clocks_[player_index(player)];
  if (clock.effectively_unlimited()) return std::numeric_limits<std::int64_t>::max();
  const search::SearchStats stats = engine_->stats();
  const double seconds = search::seconds_beside_search(clock, engine_->params().lag_buffer,
                                                       seconds_since(move_start_));
  if (stats.seconds <= 0) return 0;
  constexpr double kMost = 1e15;
  return static_cast<std::int64_t>(
      std::min(kMost, seconds * static_cast<double>(stats.playouts) / stats.seconds));
}

void Session::delay_move(Loc move) {
  search::RootReport root;
  search::SearchReport report;
  if (settings().delay.scale <= 0 || !engine_->report({}, report)) return;
  const search::NetOutputPtr net = report.root.human_raw ? report.root.human_raw : report.root.raw;
  if (!net) return;
  const search::Board& b = board();
  const std::size_t index =
      move == search::kPassLoc ? net->policy.size() - 1
                               : static_cast<std::size_t>(b.y_of(move) * net->width + b.x_of(move));
  const double policy = std::max(0.0, double{net->policy[index]});
  const double seconds = search::move_delay(settings().delay, policy, random_);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

void Session::report_search(const GenmoveRequest& request, Loc move) {
  if (settings().chat_to_stderr) report_chat();
  if (!request.debug && !settings().log_search_info) return;
  search::BranchReport root, chosen;
  if (!engine_->branch({}, settings().pv_length, root)) return;
  const bool with_chosen =
      settings().log_chosen_move && engine_->branch({move}, settings().pv_length, chosen);
  const std::string text = search_summary(
      root, analyze_view(settings().perspective, engine_->params()), engine_->params(), state(),
      move, {engine_->stats(), evaluators_.main->stats()}, with_chosen ? &chosen : nullptr);
  if (request.debug) {
    log_.write_and_stderr(std::string(trim(text)));
  } else {
    log_.write(text);
  }
}

void Session::report_chat() {
  search::SearchReport report;
  search::ReportOptions options;
  options.pv_length = settings().pv_length;
  options.duplicate_for_symmetries = false;
  if (!engine_->report(options, report)) return;
  const AnalyzeView view = analyze_view(settings().perspective, engine_->params());
  log_.write_and_stderr(chat_line(report, view, engine_->params(), board()));
}

std::string Session::decision_text(const Decision& decision) const {
  return decision.resigns ? "resign" : search::loc_to_string(decision.move, board());
}

Reply Session::finish_genmove(const GenmoveRequest& request) {
  if (request.lines) print_analysis(*request.lines);
  const Decision decision = decide(request);
  if (!decision.error.empty()) return fail_genmove(request, decision.error);
  const std::string text = decision_text(decision);
  if (request.plays && !decision.resigns) {
    if (own_games_) {
      const int turn = start_turn_ + static_cast<int>(state().moves().size());
      own_games_->collect(state(), decision.move, turn);
    }
    play(decision.move, request.player);
  }
  if (!request.lines) return Reply::ok(text);
  output_.line("play " + text);
  output_.end_stream();
  return Reply::streamed();
}

Reply Session::fail_genmove(const GenmoveRequest& request, const std::string& problem) {
  if (!request.lines) return Reply::error(problem);
  notice("No move: " + problem);  // the response has begun as a success
  output_.end_stream();
  return Reply::streamed();
}

std::string Session::wait_for_search() {
  try {
    engine_->wait();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

Reply Session::start_cancellable(const GenmoveRequest& request) {
  const SearchLimits limits = prepare_genmove(request);
  if (request.lines) output_.begin_stream(command_id_);
  background_ = Background{command_id_, request.lines.value_or(AnalyzeArgs{}), request};
  const unsigned long long number = search_number_ + 1;
  start(limits, request.lines, [this, number] { queue_.push_search_done(number); });
  return Reply::streamed();
}

Reply Session::start_analysis(const AnalyzeArgs& args) {
  engine().set_player_to_move(args.player);
  activate(params_.analysis());
  engine_->set_avoid_lists(args.avoid);
  engine_->set_always_include_ownership(args.wants_ownership());
  output_.begin_stream(command_id_);
  background_ = Background{command_id_, args, std::nullopt};
  SearchLimits limits;
  limits.search_factor = kNoLimit;
  start(limits, args, {});
  return Reply::streamed();
}

void Session::end_background(bool finished_by_itself) {
  if (!background_) return;
  if (finished_by_itself && !background_->request) return;  // analysis waits for an input line
  engine_->stop_and_wait();
  const std::string problem = wait_for_search();
  const Background background = std::move(*background_);
  background_.reset();
  if (!background.request) {
    output_.end_stream();
    if (!problem.empty()) notice("Analysis failed: " + problem);
    return;
  }
  if (!problem.empty()) {
    output_.reply(background.id, fail_genmove(*background.request, problem));
  } else if (finished_by_itself) {
    output_.reply(background.id, finish_genmove(*background.request));
  } else if (background.request->lines) {
    print_analysis(background.lines);
    output_.line("play cancelled");
    output_.end_stream();
  } else {
    output_.reply(background.id, Reply::ok("cancelled"));
  }
}

void Session::ponder() {
  if (!settings().pondering || state().moves().empty()) return;
  stop_pondering();
  SearchLimits limits;
  limits.search_factor = last_search_factor_;
  limits.pondering = true;
  pondering_ = true;
  start(limits, std::nullopt, {});
}

void Session::stop_pondering() {
  if (!pondering_) return;
  engine_->stop_and_wait();
  pondering_ = false;
}

}  // namespace hayago::gtp
