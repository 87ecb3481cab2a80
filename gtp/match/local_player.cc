#include "gtp/match/local_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "gtp/config/load_params.h"
#include "gtp/protocol/session.h"
#include "search/play/scoring.h"

namespace hayago::gtp {

using search::Move;
using search::Player;

struct LocalSource::Shared {
  Shared(Config config_, const PlayerOptions& player, EvaluatorPool& pool_)
      : config(std::move(config_)), log(config, false, false), pool(pool_) {
    log.keep_off_stderr();
    models = pool.models(player.model, player.human_model, config);
  }
  ParamStore params(const Config& given) const {
    return ParamStore(given, models.has_human(), models.some_uses_profiles());
  }
  Evaluators evaluators(int x, int y) { return pool.evaluators(models, config, x, y, threads); }

  Config config;
  Log log;
  EvaluatorPool& pool;
  GtpModels models;
  std::string name, seed;
  int x_size = 19, y_size = 19;
  int threads = 1;  // of all games together
  bool seed_given = false;
  std::vector<std::string> warnings;
};

namespace {

// Defaults of a match, below what files and overrides say. One thread per search: games that run
// side by side use the cores better. The result cache is common to all games and need not hold
// more than a few of them. The lag buffer covers what the clock sees beyond the search: the last
// playout, the choice of the move, and other programs on the same cores.
constexpr const char* kDefaults =
    "numSearchThreads = 1\nlogAllGTPCommunication = false\nlogSearchInfo = false\n"
    "nnCacheSizePowerOfTwo = 17\nlagBuffer = 0.1\n";
constexpr int kDefaultVisits = 100;

Config player_config(const MatchOptions& options, const PlayerOptions& player) {
  Config config;
  for (const std::string& path : player.configs) config.load_file(path);
  Config defaults;
  defaults.load_text(kDefaults, "defaults of a match");
  for (const std::string& key : defaults.keys()) {
    if (!config.contains(key)) config.set(key, *defaults.find(key));
  }
  if (options.visits > 0) config.set("maxVisits", std::to_string(options.visits));
  for (const std::string& text : player.overrides) config.apply_overrides(text);
  const bool has_limits =
      config.contains("maxVisits") || config.contains("maxPlayouts") || config.contains("maxTime");
  if (!has_limits && !options.time) config.set("maxVisits", std::to_string(kDefaultVisits));
  config.set("defaultBoardXSize", std::to_string(options.x_size));
  config.set("defaultBoardYSize", std::to_string(options.y_size));
  return config;
}

// Keys that neither the evaluators nor the session have read.
std::vector<std::string> warnings_of(const Config& config, const ParamStore& params) {
  const std::vector<std::string> unused = config.unused_keys();
  for (const std::string& key : config.keys()) {
    if (std::find(unused.begin(), unused.end(), key) == unused.end()) {
      params.config().mark_used(key);
    }
  }
  return params.config().unused_key_warnings();
}

class LocalPlayer : public Contestant {
 public:
  explicit LocalPlayer(std::shared_ptr<LocalSource::Shared> shared) : shared_(std::move(shared)) {}

  void start(const GameStart& game) override {
    Config config = shared_->config;
    if (!shared_->seed_given) {
      config.set("searchRandSeed",
                 fmt::format("{} {} {}", shared_->seed, game.number, shared_->name));
    }
    session_.reset();
    session_ = std::make_unique<Session>(
        shared_->params(config), shared_->models, "", shared_->log, output_, queue_,
        [shared = shared_](int x, int y) { return shared->evaluators(x, y); });
    session_->set_rules(game.rules);
    session_->set_komi(game.rules.komi);
    const int turn = game.opening.board.stones_on_board();
    session_->new_game(game.opening.board, game.opening.first, turn);
    for (const Move& move : game.opening.moves) play(move);
  }

  Answer genmove(Player color, const RefereeClock* clock) override {
    session_->clock(color) = clock ? clock->left() : search::TimeControl::unlimited();
    const std::size_t opinions = session_->record().win_loss.size();
    GenmoveRequest request;
    request.player = color;
    const auto start = std::chrono::steady_clock::now();
    const Reply reply = session_->genmove(request);
    Answer answer;
    answer.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (reply.kind != Reply::Kind::kOk) {
      throw std::runtime_error(fmt::format("{} has no move: {}", shared_->name, reply.text));
    }
    answer.text = reply.text;
    answer.resigns = reply.text == "resign";
    if (!answer.resigns) {
      answer.move = *search::parse_loc(reply.text, session_->board());
    }
    answer.visits = session_->search_stats().playouts;
    const search::PlayRecord& record = session_->record();
    if (record.win_loss.size() > opinions) {
      answer.white_win_loss = record.win_loss.back();
      answer.white_lead = record.lead.back();
    }
    return answer;
  }

  void play(Move move) override {
    if (session_->play(move.loc, move.player)) return;
    throw std::logic_error(fmt::format("{} refuses the move {} {}", shared_->name,
                                       search::player_letter(move.player),
                                       search::loc_to_string(move.loc, session_->board())));
  }

  std::optional<double> score(const search::GameState& state) override {
    return search::final_score(session_->side_search(), state);
  }

 private:
  std::shared_ptr<LocalSource::Shared> shared_;
  std::ostringstream nowhere_;  // sessions of a match stream nothing
  Output output_{nowhere_};
  LineQueue queue_;
  std::unique_ptr<Session> session_;
};

}  // namespace

LocalSource::LocalSource(const MatchOptions& options, const PlayerOptions& player,
                         EvaluatorPool& pool)
    : shared_(std::make_shared<Shared>(player_config(options, player), player, pool)) {
  Shared& s = *shared_;
  s.name = player.name;
  s.seed = options.seed;
  s.x_size = options.x_size;
  s.y_size = options.y_size;
  s.seed_given = s.config.contains("searchRandSeed");
  load_evaluator_config(s.config,
                        {});  // a shared evaluator reads the keys of its first player only
  const ParamStore params = s.params(s.config);
  s.threads = options.parallel * params.genmove().num_search_threads;
  if (params.settings().forced_komi) {
    s.config.fail("ignoreGTPAndForceKomi", "a match has its own komi (flag --komi)");
  }
  // A session before the first game: mistakes show at the start.
  std::ostringstream nowhere;
  Output output(nowhere);
  LineQueue queue;
  Session session(params, s.models, "", s.log, output, queue,
                  [&s](int x, int y) { return s.evaluators(x, y); });
  if (const std::string problem = session.check_rules(options.rules); !problem.empty()) {
    throw ConfigError(fmt::format("player {}: {}", player.name, problem));
  }
  // And a move without time, so that the first one on a clock does not pay for the start.
  session.clock(search::Color::kBlack) = search::TimeControl::absolute(0.01);
  GenmoveRequest trial;
  trial.plays = false;
  if (const Reply reply = session.genmove(trial); reply.kind != Reply::Kind::kOk) {
    throw ConfigError(fmt::format("player {}: {}", player.name, reply.text));
  }
  s.warnings = warnings_of(s.config, session.params());
}

LocalSource::~LocalSource() = default;

std::unique_ptr<Contestant> LocalSource::make() { return std::make_unique<LocalPlayer>(shared_); }

std::shared_ptr<search::Evaluator> LocalSource::evaluator() {
  return shared_->evaluators(shared_->x_size, shared_->y_size).main;
}

const std::vector<std::string>& LocalSource::warnings() const { return shared_->warnings; }

}  // namespace hayago::gtp
