#include "search/engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "search/context/context.h"
#include "search/context/raw_request.h"
#include "search/root/branch.h"
#include "search/root/choice.h"
#include "search/root/limits.h"
#include "search/root/prepare.h"
#include "search/root/report.h"
#include "search/root/root_policy.h"
#include "search/root/search_run.h"
#include "search/tree/reaper.h"
#include "search/tree/tree.h"
#include "search/tree/worker_pool.h"
#include "search/update/adjust.h"

namespace hayago::search {
namespace {

std::uint64_t hash_text(const std::string& text) {
  std::uint64_t h = text.size();
  for (const char c : text) h = mix64(h ^ static_cast<unsigned char>(c));
  return h;
}

}  // namespace

struct Engine::Impl {
  Impl(const SearchParams& params_in, Evaluator* main, Evaluator* human, std::string rand_seed,
       std::function<void(const std::string&)> on_log);

  // --- position and tree
  void apply_pass_alive_mode();
  void drop_tree();
  void follow_move(const Node* child, const SearchParams& p);
  const Node* child_of_root(Loc move) const;

  // --- one search, on worker 0
  struct Job {
    SearchLimits limits;
    double first_seconds = 0, period_seconds = 0;
    std::function<void()> on_report, on_done;
  };
  void drive(const Job& job);
  void begin(const Job& job);
  void make_threads(int count);
  void run_and_count(const Job& job);
  void report_periodically(const Job& job);
  void wait_until_idle();
  bool has_results() const { return context_valid && tree->root() != nullptr; }

  SearchParams params;
  Evaluator* const net;
  Evaluator* const human_net;
  const std::uint64_t seed;
  const std::function<void(const std::string&)> log;

  GameState state;
  int initial_turn_number = 0;
  AvoidLists avoid;
  SearchMemory memory{nullptr, std::make_shared<EvalCache>()};
  bool include_ownership = false, prevent_cleanup_phase = true;
  Player searched_for = Color::kEmpty;  // of the last search
  Player mirroring = Color::kEmpty;     // as seen by the last search
  double carried_over_seconds = 0;
  std::uint64_t searches = 0;
  std::mt19937_64 choice_random;
  SearchStats stats;

  // Guards what begin() builds against reports from other threads.
  mutable std::mutex structure_mutex;
  SearchContext context;
  bool context_valid = false;  // context and root belong to `state`
  std::unique_ptr<Tree> tree;
  std::unique_ptr<EvalThread> raw_eval, raw_human_eval;

  std::mutex job_mutex;
  std::condition_variable job_changed;
  bool searching = false;  // a job exists, up to the return of its on_done
  bool running = false;    // its playouts have not ended
  std::exception_ptr job_error;
  std::atomic<bool> stop_flag{false};

  Reaper reaper;
  std::vector<std::unique_ptr<PlayoutThread>> threads;
  WorkerPool timer;    // one worker for periodic reports
  WorkerPool workers;  // last: its threads end first
};

Engine::Impl::Impl(const SearchParams& params_in, Evaluator* main, Evaluator* human,
                   std::string rand_seed, std::function<void(const std::string&)> on_log)
    : params(params_in),
      net(main),
      human_net(human),
      seed(hash_text(rand_seed)),
      log(std::move(on_log)),
      choice_random(mix64(seed ^ 1)) {
  drop_tree();
  apply_pass_alive_mode();
}

void Engine::Impl::apply_pass_alive_mode() {
  const Enabled mode = params.always_compute_pass_alive_under_suicide_rules;
  state.set_pass_alive_under_suicide(
      mode == Enabled::kTrue ||
      (mode == Enabled::kAuto && net->prefers_pass_alive_under_suicide()));
}

void Engine::Impl::drop_tree() {
  const std::scoped_lock lock(structure_mutex);
  context_valid = false;
  carried_over_seconds = 0;
  if (tree != nullptr && tree->root() == nullptr && tree->nodes() == 0) return;
  reaper.free_tree(std::move(tree));
  tree = std::make_unique<Tree>(params.node_table_shards_power_of_two, net->account());
}

const Node* Engine::Impl::child_of_root(Loc move) const {
  const Node* found = nullptr;
  if (tree->root() == nullptr) return nullptr;
  tree->root()->for_each_edge([&](Edge& edge) {
    if (edge.move == move && edge.child->output() != nullptr) found = edge.child;
  });
  return found;
}

void Engine::Impl::follow_move(const Node* child, const SearchParams& p) {
  const std::scoped_lock lock(structure_mutex);
  context_valid = false;
  const double share = static_cast<double>(child->stats.visits()) /
                       static_cast<double>(std::max<std::int64_t>(1, tree->root()->stats.visits()));
  carried_over_seconds *= std::min(1.0, share) * p.tree_reuse_carry_over_time_factor;
  tree->move_root(*child, state.is_finished());
  reaper.free_nodes(*tree, tree->sweep(p.subtree_value_bias_free_prop));
}

Engine::Engine(const SearchParams& params, Evaluator* main, Evaluator* human, std::string rand_seed,
               std::function<void(const std::string&)> on_log)
    : impl_(std::make_unique<Impl>(params, main, human, std::move(rand_seed), std::move(on_log))) {}

Engine::~Engine() { stop_and_wait(); }

// --- position

const GameState& Engine::state() const { return impl_->state; }

void Engine::set_position(const GameState& state, int initial_turn_number) {
  stop_and_wait();
  impl_->drop_tree();
  impl_->state = state;
  impl_->initial_turn_number = initial_turn_number;
  impl_->avoid = {};
  impl_->apply_pass_alive_mode();
}

bool Engine::make_move(Loc move, Player player, bool prevent_phase) {
  stop_and_wait();
  Impl& m = *impl_;
  if (!m.state.is_legal_tolerant(move, player)) return false;
  set_player_to_move(player);
  const float bonus = m.state.white_handicap_bonus();
  const Node* child = m.child_of_root(move);
  m.state.make_move(move, player, prevent_phase);
  m.avoid = {};
  const Player next = m.state.next_player();
  const bool other_end = (m.params.conservative_pass && m.state.pass_would_end_game(next)) ||
                         (prevent_phase && m.state.pass_would_end_phase(next));
  if (child == nullptr || child->has_folded_visits || m.state.white_handicap_bonus() != bonus ||
      other_end || child->next_player != next) {
    m.drop_tree();
  } else {
    m.follow_move(child, m.params);
  }
  return true;
}

void Engine::set_player_to_move(Player player) {
  if (player == impl_->state.next_player()) return;
  stop_and_wait();
  impl_->drop_tree();
  impl_->state.restart_with_player(player);
  impl_->avoid = {};
}

void Engine::set_komi(float komi) {
  if (komi == impl_->state.rules().komi) return;
  stop_and_wait();
  impl_->drop_tree();
  impl_->state.set_komi(komi);
}

void Engine::clear_tree() {
  stop_and_wait();
  impl_->drop_tree();
}

// --- parameters

const SearchParams& Engine::params() const { return impl_->params; }

void Engine::set_params(const SearchParams& params) {
  if (params == impl_->params) return;
  stop_and_wait();
  impl_->params = params;
  impl_->drop_tree();
  impl_->apply_pass_alive_mode();
}

void Engine::set_params_keep_tree(const SearchParams& params) {
  stop_and_wait();
  impl_->params = params;
}

void Engine::set_avoid_lists(const AvoidLists& lists) {
  if (lists.black == impl_->avoid.black && lists.white == impl_->avoid.white) return;
  stop_and_wait();
  impl_->drop_tree();
  impl_->avoid = lists;
}

void Engine::set_always_include_ownership(bool include) {
  if (include == impl_->include_ownership) return;
  stop_and_wait();
  if (include) impl_->drop_tree();  // its nodes have none
  impl_->include_ownership = include;
}

void Engine::set_prevent_cleanup_phase(bool prevent) {
  stop_and_wait();
  const std::scoped_lock lock(impl_->structure_mutex);
  impl_->prevent_cleanup_phase = prevent;
  impl_->context.prevent_cleanup_phase = prevent;
}

void Engine::set_patterns(std::shared_ptr<const PatternTable> patterns) {
  if (patterns == impl_->memory.patterns) return;
  stop_and_wait();
  impl_->drop_tree();
  impl_->memory.patterns = std::move(patterns);
}

void Engine::set_eval_cache(std::shared_ptr<EvalCache> cache) {
  stop_and_wait();
  impl_->memory.eval_cache = std::move(cache);
}

// --- searching

void Engine::Impl::make_threads(int count) {
  while (threads.size() < static_cast<std::size_t>(count)) {
    auto thread = std::make_unique<PlayoutThread>();
    const std::uint64_t thread_seed = mix64(seed + threads.size());
    thread->eval = net->make_thread(thread_seed);
    if (human_net != nullptr) thread->human_eval = human_net->make_thread(mix64(thread_seed));
    threads.push_back(std::move(thread));
  }
  const std::uint64_t search_seed = mix64(seed ^ state.board().position_hash().h0) +
                                    mix64(state.moves().size() + 1000 * searches);
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i]->select.random.seed(mix64(search_seed + i));
  }
}

void Engine::Impl::begin(const Job& job) {
  const Player previous = searched_for;
  if (!job.limits.pondering) {
    searched_for = state.next_player();
  } else if (searched_for == Color::kEmpty) {
    searched_for = opponent(state.next_player());
  }
  if (previous != searched_for &&
      holds_for_one_player(params, human_net != nullptr, memory.patterns != nullptr)) {
    drop_tree();
  }
  const Player was_mirroring =
      std::exchange(mirroring, detect_mirror(state, params.anti_mirror).mirrorer);
  if (mirroring != was_mirroring) drop_tree();
  ++searches;
  make_threads(1);

  const std::scoped_lock lock(structure_mutex);
  context_valid = false;
  tree->drop_retired_outputs();
  SearchContext& c = context;
  c.params = params;
  c.net = net;
  c.human_profile = parse_human_profile(params.human_sl_profile);
  const bool human_usable =
      human_net != nullptr && (human_net->info().c_meta == 0 || c.human_profile);
  c.human_net = human_usable ? human_net : nullptr;
  c.root_state = state;
  c.searched_for = searched_for;
  c.turn_number = std::max(0, initial_turn_number + static_cast<int>(state.moves().size()));
  c.avoid = avoid;
  c.include_ownership = include_ownership;
  c.prevent_cleanup_phase = prevent_cleanup_phase;
  prepare_context(c);
  reaper.free_nodes(*tree, prepare_search(c, *tree, *threads[0], memory));
  context_valid = true;
}

void Engine::Impl::run_and_count(const Job& job) {
  const EffectiveLimits limits = effective_limits(params, job.limits, state);
  SearchClock clock(context, job.limits, limits, carried_over_seconds);
  begin(job);
  const int width = useful_width(params, limits, tree->root()->stats.visits());
  const int count = threads_for(width);
  make_threads(count);
  SearchRun run(context, *tree, reaper, workers, threads, stop_flag);
  const auto count_up = [&] {
    const std::scoped_lock lock(structure_mutex);
    stats = {.playouts = run.playouts(),
             .seconds = clock.seconds(),
             .tree_nodes = tree->nodes(),
             .tree_bytes = tree->bytes(),
             // The account holds the tree, too.
             .evaluation_bytes = net->account_bytes() - tree->bytes(),
             .prunings = run.prunings(),
             .threads = count,
             .times = run.times()};
    carried_over_seconds += clock.seconds();
  };
  try {
    run.run(clock, limits, width, count);
  } catch (...) {
    count_up();
    throw;
  }
  count_up();
  remember_search(context, *tree);
  if (run.ended_by_memory() && log) {
    log("Search ended: maxTreeMemoryMB = " + std::to_string(params.max_tree_memory_mb) +
        " is too small for the root and its children");
  }
}

void Engine::Impl::drive(const Job& job) {
  try {
    run_and_count(job);
  } catch (const std::exception& error) {
    if (log) log(std::string("Search ended by an error: ") + error.what());
    const std::scoped_lock lock(job_mutex);
    job_error = std::current_exception();
  }
  {
    const std::scoped_lock lock(job_mutex);
    running = false;
  }
  job_changed.notify_all();
  if (job.on_report) timer.wait(0);
  if (job.on_done) job.on_done();
  {
    const std::scoped_lock lock(job_mutex);
    searching = false;
  }
  job_changed.notify_all();
}

void Engine::Impl::report_periodically(const Job& job) {
  using Seconds = std::chrono::duration<double>;
  auto next = std::chrono::steady_clock::now() + Seconds(job.first_seconds);
  std::unique_lock lock(job_mutex);
  while (!job_changed.wait_until(lock, next, [this] { return !running; })) {
    lock.unlock();
    bool has_value = false;
    {
      const std::scoped_lock structure(structure_mutex);
      has_value = has_results() && tree->root()->output() != nullptr;
    }
    if (has_value) job.on_report();
    next = std::chrono::steady_clock::now() + Seconds(job.period_seconds);
    lock.lock();
  }
}

void Engine::Impl::wait_until_idle() {
  std::unique_lock lock(job_mutex);
  job_changed.wait(lock, [this] { return !searching; });
}

void Engine::search(const SearchLimits& limits) {
  start(limits);
  wait();
}

void Engine::wait() {
  impl_->wait_until_idle();
  const std::scoped_lock lock(impl_->job_mutex);
  if (impl_->job_error != nullptr) std::rethrow_exception(impl_->job_error);
}

void Engine::start(const SearchLimits& limits, double first_seconds, double period_seconds,
                   std::function<void()> on_report, std::function<void()> on_done) {
  stop_and_wait();
  Impl& m = *impl_;
  Impl::Job job{limits, first_seconds, period_seconds, {}, std::move(on_done)};
  // Beyond that a deadline does not fit the clock; nobody waits that long anyway.
  constexpr double kNever = 1e7;
  if (period_seconds > 0 && first_seconds < kNever) {
    job.on_report = std::move(on_report);
    job.period_seconds = std::min(period_seconds, kNever);
  }
  m.stop_flag.store(false);
  {
    const std::scoped_lock lock(m.job_mutex);
    m.job_error = nullptr;
    m.searching = m.running = true;
  }
  if (job.on_report) m.timer.run(0, [&m, job] { m.report_periodically(job); });
  m.workers.run(0, [&m, job = std::move(job)] { m.drive(job); });
}

void Engine::stop() { impl_->stop_flag.store(true); }

void Engine::stop_and_wait() {
  stop();
  impl_->wait_until_idle();
  // Idle in the pool's sense too, so that the next job can be given out.
  impl_->workers.wait(0);
}

bool Engine::is_searching() const {
  const std::scoped_lock lock(impl_->job_mutex);
  return impl_->searching;
}

// --- results

Loc Engine::choose_move() {
  Impl& m = *impl_;
  const std::scoped_lock lock(m.structure_mutex);
  if (!m.has_results()) return kNullLoc;
  ChoiceOptions options;
  options.direct_policy = true;
  PlayValues values;
  if (!play_values(m.context, *m.tree->root(), true, options, values)) return kNullLoc;
  const double temperature =
      interpolate_by_turn(m.context, m.context.params.chosen_move_temperature_early,
                          m.context.params.chosen_move_temperature);
  return values.moves[choose_index(m.context.params, values.values, temperature, m.choice_random)];
}

bool Engine::report(const ReportOptions& options, SearchReport& out) const {
  const std::scoped_lock lock(impl_->structure_mutex);
  return impl_->has_results() && make_report(impl_->context, *impl_->tree->root(), options, out);
}

bool Engine::branch(const std::vector<Loc>& moves, int pv_length, BranchReport& out) const {
  const std::scoped_lock lock(impl_->structure_mutex);
  return impl_->has_results() &&
         make_branch(impl_->context, *impl_->tree->root(), moves, pv_length, out);
}

bool Engine::root_averages(RootReport& out) const {
  const std::scoped_lock lock(impl_->structure_mutex);
  if (!impl_->has_results() || impl_->tree->root()->output() == nullptr) return false;
  plain_root_values(impl_->context, *impl_->tree->root(), out);
  return true;
}

SearchStats Engine::stats() const {
  const std::scoped_lock lock(impl_->structure_mutex);
  return impl_->stats;
}

void Engine::root_safe_area(AreaMap& out) const {
  AreaOptions options;
  options.suicide_legal = impl_->state.area_suicide_flag();
  calculate_area(impl_->state.board(), options, out);
}

NetOutputPtr Engine::evaluate_raw(int symmetry, double policy_optimism, bool use_human) {
  Impl& m = *impl_;
  Evaluator* net = use_human ? m.human_net : m.net;
  if (net == nullptr) return nullptr;
  std::unique_ptr<EvalThread>& thread = use_human ? m.raw_human_eval : m.raw_eval;
  if (thread == nullptr) thread = net->make_thread(m.seed);
  const std::optional<HumanProfile> profile = parse_human_profile(m.params.human_sl_profile);
  Evaluator::Request request = raw_request(m.params, m.state, symmetry, policy_optimism);
  if (profile) request.params.human_profile = &*profile;
  return net->evaluate(*thread, request);
}

Evaluator* Engine::evaluator() const { return impl_->net; }
Evaluator* Engine::human_evaluator() const { return impl_->human_net; }

}  // namespace hayago::search
