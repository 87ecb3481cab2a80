// The state of a GTP engine between commands (spec/07 section 3) and the operations that commands
// are made of. One controlling thread; only interrupt_blocking_search() may come from others.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gtp/log/log.h"
#include "gtp/patterns/own_games.h"
#include "gtp/protocol/analyze_args.h"
#include "gtp/protocol/analyze_format.h"
#include "gtp/protocol/line_queue.h"
#include "gtp/protocol/models.h"
#include "gtp/protocol/output.h"
#include "gtp/protocol/param_store.h"
#include "gtp/protocol/reply.h"
#include "search/engine.h"
#include "search/memory/eval_cache.h"
#include "search/play/record.h"
#include "search/play/side_search.h"
#include "search/time_control.h"

namespace hayago::gtp {

// A genmove-type command.
struct GenmoveRequest {
  search::Player player = search::Color::kBlack;
  bool plays = true;                 // false: kata-search…
  bool debug = false;                // summary on stderr
  std::optional<AnalyzeArgs> lines;  // set: an analyze form, streams lines
};

class Session {
 public:
  // Search and playing parameters are in `params`, the rest of the configuration too. Without a
  // source of evaluators the session makes its own.
  Session(ParamStore params, GtpModels models, std::string version, Log& log, Output& output,
          LineQueue& queue, EvaluatorSource evaluator_source = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // --- Parts
  ParamStore& params() { return params_; }
  const GtpSettings& settings() const { return params_.settings(); }
  const GtpModels& models() const { return models_; }
  const std::string& version() const { return version_; }
  Output& output() { return output_; }
  const std::string& command_id() const { return command_id_; }
  void set_command_id(std::string id) { command_id_ = std::move(id); }
  // A message for people: log and stderr.
  void notice(const std::string& line) { log_.write_and_stderr(line); }
  Log& log() { return log_; }
  // Stops pondering first.
  search::Engine& engine();
  search::Evaluator& evaluator() { return *evaluators_.main; }
  search::Evaluator* human_evaluator() { return evaluators_.human.get(); }

  // --- Position
  const search::GameState& state() const { return engine_->state(); }
  const search::Board& board() const { return engine_->state().board(); }
  const search::Rules& rules() const { return rules_; }  // with komi
  search::Player next_player() const { return state().next_player(); }
  // New game from a set-up position; `turn` = initial turn number.
  void new_game(const search::Board& board, search::Player next, int turn = 0);
  // Nothing happens for the current size.
  void resize(int x_size, int y_size);
  // Of the last search that has ended.
  search::SearchStats search_stats() const { return engine_->stats(); }
  // False if illegal even tolerantly.
  bool play(search::Loc move, search::Player player);
  bool undo();  // false: nothing to undo
  // Rules without komi; replays the game.
  void set_rules(search::Rules rules);
  void set_komi(float komi);
  // "" or why the network cannot play by these rules.
  std::string check_rules(const search::Rules& rules) const;
  // Parameters changed: takes over what reaches beyond the next search.
  void params_changed();

  // --- Time
  search::TimeControl& clock(search::Player player) { return clocks_[player_index(player)]; }
  double seconds_used() const { return seconds_used_; }

  // --- Searching
  // Runs a genmove-type command to its end; streams if request.lines is set.
  Reply genmove(const GenmoveRequest& request);
  // The same in the background: the response comes at the end or at the next input line.
  Reply start_cancellable(const GenmoveRequest& request);
  // Analysis until the next input line.
  Reply start_analysis(const AnalyzeArgs& args);
  // Ends analysis or cancellable search and completes its response. Called for every input line.
  void end_background(bool finished_by_itself);
  bool is_current_search(unsigned long long search) const { return search == search_number_; }
  // Thinks on the opponent's time if the configuration says so.
  void ponder();
  void stop_pondering();
  // From any thread: a running genmove-type command ends its search and answers now.
  void interrupt_blocking_search();
  void clear_cache();
  // For final_score and the like: genmove parameters beside the game.
  search::SideSearch side_search();
  search::PlayRecord& record() { return record_; }
  std::uint64_t random_seed() { return random_(); }

 private:
  static std::size_t player_index(search::Player player) {
    return player == search::Color::kBlack ? 0 : 1;
  }
  void make_engine(int x_size, int y_size);
  void load_patterns(int x_size, int y_size);
  search::GameState start_state() const;
  void rebuild_position();
  bool wants_pass_alive_under_suicide() const;

  void activate(const search::SearchParams& params);
  search::SearchLimits prepare_genmove(const GenmoveRequest& request);
  void start(const search::SearchLimits& limits, const std::optional<AnalyzeArgs>& lines,
             std::function<void()> on_done);
  void print_analysis(const AnalyzeArgs& args);
  struct Decision {
    search::Loc move = search::kNullLoc;
    bool resigns = false;
    std::string error;
  };
  Decision decide(const GenmoveRequest& request);
  void delay_move(search::Loc move);
  std::int64_t affordable_visits(search::Player player) const;
  void report_search(const GenmoveRequest& request, search::Loc move);
  void report_chat();
  std::string decision_text(const Decision& decision) const;
  Reply finish_genmove(const GenmoveRequest& request);
  Reply fail_genmove(const GenmoveRequest& request, const std::string& problem);
  std::string wait_for_search();  // "" or what went wrong in it

  ParamStore params_;
  GtpModels models_;
  std::string version_;
  Log& log_;
  Output& output_;
  LineQueue& queue_;
  std::string command_id_;

  // What lasts from game to game.
  std::unique_ptr<OwnGames> own_games_;
  std::shared_ptr<const search::PatternTable> record_patterns_;
  const std::shared_ptr<search::EvalCache> eval_cache_ = std::make_shared<search::EvalCache>();

  EvaluatorSource evaluator_source_;
  Evaluators evaluators_;
  std::unique_ptr<search::Engine> engine_;

  search::Rules rules_;
  search::Board start_board_;
  search::Player start_player_ = search::Color::kBlack;
  int start_turn_ = 0;
  std::vector<search::Move> moves_;
  search::PlayRecord record_;
  double dynamic_pda_ = 0;  // for White
  std::array<search::TimeControl, 2> clocks_;
  double seconds_used_ = 0;
  double last_search_factor_ = 1;
  std::chrono::steady_clock::time_point move_start_;
  std::mt19937_64 random_;

  // What runs in the background: analysis (no request) or a cancellable genmove.
  struct Background {
    std::string id;
    AnalyzeArgs lines;
    std::optional<GenmoveRequest> request;
  };
  std::optional<Background> background_;
  bool pondering_ = false;
  unsigned long long search_number_ = 0;
  std::mutex blocking_mutex_;
  bool blocking_ = false;
};

}  // namespace hayago::gtp
