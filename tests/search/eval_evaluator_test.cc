// The evaluator around an executor: equal results however they are computed, cache behaviour,
// symmetries, queue, errors. Runs on the fake executor (outputs are a hash of the inputs).
#include "search/eval/evaluator.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "search/features/metadata.h"
#include "tests/search/eval_positions.h"

using namespace hayago::search;
using hayago::nn::NetOutput;
using hayago::test::position;
namespace nn = hayago::nn;

namespace {

EvaluatorConfig plain_config(int size = 9) {
  EvaluatorConfig c;
  c.nn_x = c.nn_y = size;
  c.randomize = false;
  c.cache_size_power_of_two = 12;
  return c;
}

EvaluatorConfig uncached(EvaluatorConfig c = plain_config()) {
  c.cache_size_power_of_two = -1;
  return c;
}

std::shared_ptr<const nn::Executor> fake(int version = 8) {
  return nn::make_fake_executor(version);
}

Evaluator::Request request_for(const GameState& state, bool ownership = false) {
  Evaluator::Request r;
  r.state = &state;
  r.want_ownership = ownership;
  return r;
}

NetOutputPtr evaluate(Evaluator& evaluator, const Evaluator::Request& request) {
  const auto thread = evaluator.make_thread(1);
  return evaluator.evaluate(*thread, request);
}

bool equal(const NetOutput& a, const NetOutput& b) {
  return a.white_win == b.white_win && a.white_loss == b.white_loss &&
         a.white_no_result == b.white_no_result && a.white_score_mean == b.white_score_mean &&
         a.white_score_mean_sq == b.white_score_mean_sq && a.white_lead == b.white_lead &&
         a.policy == b.policy && a.ownership == b.ownership;
}

std::vector<GameState> some_positions() {
  std::vector<GameState> states;
  for (int i = 0; i < 40; ++i) {
    GameState state(Board(9, 9), Color::kBlack, Rules{});
    std::uint64_t r = static_cast<std::uint64_t>(i);
    while (static_cast<int>(state.moves().size()) < 5 + i % 20) {
      r = mix64(r);
      const Loc l = state.board().loc(static_cast<int>(r % 9), static_cast<int>(r / 9 % 9));
      if (state.is_legal(l, state.next_player())) state.make_move(l, state.next_player());
    }
    states.push_back(state);
  }
  return states;
}

// Delegates to the fake executor; can be told to fail or to return NaN.
struct Fault {
  std::atomic<bool> nan{false}, fail{false};
};

class FaultyContext final : public nn::ExecContext {
 public:
  FaultyContext(std::unique_ptr<nn::ExecContext> inner, Fault* fault)
      : inner_(std::move(inner)), fault_(fault) {}
  void run(std::span<const nn::PositionInput> in, std::span<const nn::RawOutput> out) override {
    if (fault_->fail) throw std::runtime_error("device lost");
    inner_->run(in, out);
    for (std::size_t i = 0; i < in.size(); ++i) {  // the fake executor knows no metadata
      if (in[i].meta == nullptr) continue;
      for (int c = 0; c < nn::kMetaValues; ++c) {
        out[i].value[0] += in[i].meta[c] / static_cast<float>(c + 1);
      }
    }
    if (!fault_->nan) return;
    for (const auto& o : out) o.value[0] = std::numeric_limits<float>::quiet_NaN();
  }

 private:
  std::unique_ptr<nn::ExecContext> inner_;
  Fault* fault_;
};

class FaultyExecutor final : public nn::Executor {
 public:
  explicit FaultyExecutor(Fault* fault, int c_meta = 0)
      : inner_(nn::make_fake_executor(15)), info_(inner_->info()), fault_(fault) {
    info_.c_meta = c_meta;
  }
  const nn::NetInfo& info() const override { return info_; }
  std::string description() const override { return "faulty"; }
  bool runs_inline() const override { return true; }
  int max_batch() const override { return 16; }
  std::unique_ptr<nn::ExecContext> make_context(int h, int w, int n) const override {
    return std::make_unique<FaultyContext>(inner_->make_context(h, w, n), fault_);
  }

 private:
  std::unique_ptr<nn::Executor> inner_;
  nn::NetInfo info_;
  Fault* fault_;
};

// Like a machine with devices: collects batches, and wants several contexts.
class DeviceExecutor final : public nn::Executor {
 public:
  const nn::NetInfo& info() const override { return inner_->info(); }
  std::string description() const override { return "devices"; }
  bool runs_inline() const override { return false; }
  int max_batch() const override { return 16; }
  int pipeline_depth() const override { return 2; }
  int wanted_contexts() const override { return 6; }
  std::unique_ptr<nn::ExecContext> make_context(int h, int w, int n) const override {
    ++contexts;
    largest_batch = std::max(largest_batch, n);
    return inner_->make_context(h, w, n);
  }
  mutable int contexts = 0, largest_batch = 0;

 private:
  std::unique_ptr<nn::Executor> inner_ = nn::make_fake_executor(15);
};

// Every position by every thread, each starting somewhere else; counts differing results.
int differences_with_threads(Evaluator& evaluator, const std::vector<GameState>& states,
                             const std::vector<NetOutputPtr>& expected, int num_threads) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < num_threads; ++t) {
    threads.emplace_back([&, t] {
      const auto thread = evaluator.make_thread(static_cast<std::uint64_t>(t));
      for (std::size_t i = 0; i < states.size(); ++i) {
        const std::size_t j = (i + static_cast<std::size_t>(t) * 5) % states.size();
        const auto out = evaluator.evaluate(*thread, request_for(states[j], true));
        wrong += !equal(*out, *expected[j]);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return wrong;
}

}  // namespace

TEST_CASE("results do not depend on threads, batches or the cache", "[eval]") {
  const std::vector<GameState> states = some_positions();
  Evaluator alone(fake(), uncached());
  std::vector<NetOutputPtr> expected;
  for (const GameState& state : states) {
    expected.push_back(evaluate(alone, request_for(state, true)));
  }
  CHECK(alone.stats().rows == states.size());
  CHECK(alone.stats().cache_lookups == 0);

  CHECK(differences_with_threads(alone, states, expected, 8) == 0);
  Evaluator cached(fake(), plain_config());
  CHECK(differences_with_threads(cached, states, expected, 8) == 0);
  CHECK(cached.stats().cache_hits > 0);

  EvaluatorConfig queued_config = uncached();
  queued_config.inline_execution = false;
  queued_config.max_batch = 4;
  queued_config.server_threads = 2;
  Evaluator queued(fake(), queued_config);
  CHECK(differences_with_threads(queued, states, expected, 8) == 0);
  CHECK(queued.stats().rows == 8 * states.size());
  CHECK(queued.stats().batches <= queued.stats().rows);
}

TEST_CASE("all contexts that an executor wants are driven", "[eval]") {
  const std::vector<GameState> states = some_positions();
  Evaluator alone(fake(), uncached());
  std::vector<NetOutputPtr> expected;
  for (const GameState& state : states) {
    expected.push_back(evaluate(alone, request_for(state, true)));
  }
  for (const int asked : {1, 9}) {
    const auto devices = std::make_shared<DeviceExecutor>();
    EvaluatorConfig config = uncached();
    config.server_threads = asked;
    config.max_batch = 5;
    Evaluator evaluator(devices, config);
    CHECK(devices->contexts == std::max(6, asked));
    CHECK(devices->largest_batch == 5);
    CHECK(differences_with_threads(evaluator, states, expected, 8) == 0);
  }
}

TEST_CASE("transpositions share the evaluation of the first path", "[eval]") {
  Evaluator evaluator(fake(), plain_config());
  const GameState a = position(9, "C3 G7 D4 F6"), b = position(9, "D4 F6 C3 G7");
  const auto first = evaluate(evaluator, request_for(a));
  CHECK(evaluate(evaluator, request_for(b)) == first);
  CHECK(evaluator.stats().rows == 1);
  CHECK(evaluator.cache_bytes() > first->bytes());

  // Without the cache the recent moves make a difference, so the test above can fail.
  Evaluator without(fake(), uncached());
  CHECK_FALSE(equal(*evaluate(without, request_for(a)), *evaluate(without, request_for(b))));
  CHECK(without.cache_bytes() == 0);

  evaluator.clear_cache();
  CHECK(evaluator.cache_bytes() == 0);
  CHECK(evaluate(evaluator, request_for(b)) != first);
}

TEST_CASE("late ownership keeps every other field of the cached result", "[eval]") {
  Evaluator evaluator(fake(), plain_config());
  const GameState a = position(9, "C3 G7 D4 F6"), b = position(9, "D4 F6 C3 G7");
  const auto plain = evaluate(evaluator, request_for(a));
  REQUIRE(plain->ownership.empty());
  const auto with = evaluate(evaluator, request_for(b, true));
  REQUIRE(with->ownership.size() == 81);
  CHECK(with->policy == plain->policy);
  CHECK(with->white_win == plain->white_win);
  Evaluator without(fake(), uncached());
  CHECK(with->ownership == evaluate(without, request_for(b, true))->ownership);
  CHECK(evaluate(evaluator, request_for(a, true)) == with);
  CHECK(evaluate(evaluator, request_for(a)) == with);
}

TEST_CASE("leaves share results with roots, and late ownership changes nothing else", "[eval]") {
  Evaluator evaluator(fake(), plain_config());
  const GameState a = position(9, "C3 G7 D4 F6"), b = position(9, "D4 F6 C3 G7");
  const auto thread = evaluator.make_thread(1);
  const EvaluationRef leaf = evaluator.evaluate_leaf(*thread, request_for(a));
  CHECK_FALSE(leaf->full());
  CHECK(evaluator.evaluate_leaf(*thread, request_for(b)) == leaf);
  const EvaluationRef owned = evaluator.evaluate_leaf(*thread, request_for(b, true));
  CHECK(owned->white_win == leaf->white_win);
  CHECK(owned->ranked_prior(3) == leaf->ranked_prior(3));
  CHECK(owned->has_ownership());
  CHECK(evaluator.stats().rows == 2);
  // A root gets the values of the first path, too.
  const auto root = evaluate(evaluator, request_for(b, true));
  CHECK(evaluator.stats().rows == 2);
  CHECK(root->white_win == leaf->white_win);
  CHECK(root->policy[static_cast<std::size_t>(leaf->ranked_pos(0))] == leaf->ranked_prior(0));
  evaluator.clear_cache();
  CHECK(evaluator.account().bytes() == leaf->bytes() + owned->bytes());
}

TEST_CASE("skip_cache does not read but writes", "[eval]") {
  Evaluator evaluator(fake(), plain_config());
  const GameState state = position(9, "C3 G7");
  auto request = request_for(state);
  const auto first = evaluate(evaluator, request);
  request.skip_cache = true;
  const auto second = evaluate(evaluator, request);
  CHECK(second != first);
  CHECK(evaluator.stats().rows == 2);
  CHECK(evaluate(evaluator, request_for(state)) == second);
}

TEST_CASE("a symmetry is applied to the inputs and undone on the outputs", "[eval]") {
  Evaluator evaluator(fake(), uncached());
  const GameState state = position(9, "C3 G6 D5 F8 H2");
  for (int s = 0; s < nn::kNumSymmetries; ++s) {
    CAPTURE(s);
    // The same game seen through the symmetry, evaluated as it is.
    const Board empty(9, 9);
    GameState image(empty.transformed(s), Color::kBlack, state.rules());
    for (const Move& m : state.moves()) {
      image.make_move(empty.transformed_loc(m.loc, s), m.player);
    }
    auto request = request_for(state, true);
    request.params.symmetry = s;
    const auto direct = evaluate(evaluator, request);
    request = request_for(image, true);
    request.params.symmetry = 0;
    const auto mirrored = evaluate(evaluator, request);
    CHECK(direct->white_win == mirrored->white_win);
    CHECK(direct->policy.back() == Approx(mirrored->policy.back()));
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 9; ++x) {
        const Loc to = empty.transformed_loc(empty.loc(x, y), s);
        const auto i = static_cast<std::size_t>(y * 9 + x);
        const auto j = static_cast<std::size_t>(empty.y_of(to) * 9 + empty.x_of(to));
        // The sum of the softmax runs in another order.
        CHECK(direct->policy[i] == Approx(mirrored->policy[j]).epsilon(1e-5));
        CHECK(direct->ownership[i] == mirrored->ownership[j]);
      }
    }
  }
}

TEST_CASE("which symmetry is used", "[eval]") {
  const GameState state = position(9, "C3 G6 D5 F8 H2");
  Evaluator plain(fake(), uncached());
  std::vector<float> wins;
  for (int s = 0; s < 8; ++s) {
    auto request = request_for(state);
    request.params.symmetry = s;
    wins.push_back(evaluate(plain, request)->white_win);
  }
  CHECK(std::set<float>(wins.begin(), wins.end()).size() == 8);
  CHECK(evaluate(plain, request_for(state))->white_win == wins[0]);

  EvaluatorConfig forced = uncached();
  forced.forced_symmetry = 5;
  forced.randomize = true;
  Evaluator five(fake(), forced);
  CHECK(evaluate(five, request_for(state))->white_win == wins[5]);

  EvaluatorConfig random = uncached();
  random.randomize = true;
  random.rand_seed = "a";
  Evaluator any(fake(), random);
  const auto draw = [&](Evaluator& evaluator, std::uint64_t seed) {
    std::vector<float> seen;
    const auto thread = evaluator.make_thread(seed);
    for (int i = 0; i < 100; ++i) {
      seen.push_back(evaluator.evaluate(*thread, request_for(state))->white_win);
    }
    return seen;
  };
  const auto first = draw(any, 1);
  // A hundred draws miss one of eight with probability 1e-5; the seed is fixed.
  CHECK(std::set<float>(first.begin(), first.end()) == std::set<float>(wins.begin(), wins.end()));
  CHECK(draw(any, 1) == first);
  CHECK(draw(any, 2) != first);
  random.rand_seed = "b";
  Evaluator other(fake(), random);
  CHECK(draw(other, 1) != first);
}

TEST_CASE("averaging over eight symmetries is the mean of eight evaluations", "[eval]") {
  const GameState state = position(9, "C3 G6 D5 F8 H2");
  Evaluator evaluator(fake(), plain_config());
  double win = 0, pass = 0;
  for (int s = 0; s < 8; ++s) {
    auto request = request_for(state);
    request.params.symmetry = s;
    request.skip_cache = true;
    const auto out = evaluate(evaluator, request);
    win += double{out->white_win} / 8;
    pass += double{out->policy.back()} / 8;
  }
  auto request = request_for(state, true);
  request.symmetries_to_average = 8;
  const auto rows = evaluator.stats().rows;
  const auto mean = evaluate(evaluator, request);
  CHECK(evaluator.stats().rows == rows + 8);
  CHECK(mean->white_win == Approx(win));
  CHECK(mean->policy.back() == Approx(pass));
  CHECK(mean->ownership.size() == 81);
  // The average is what later readers of the cache get.
  CHECK(evaluate(evaluator, request_for(state)) == mean);

  request.symmetries_to_average = 2;
  CHECK(evaluator.stats().rows == rows + 8);
  evaluate(evaluator, request);
  CHECK(evaluator.stats().rows == rows + 10);
}

TEST_CASE("a small board in a large buffer is evaluated at its own points", "[eval]") {
  Evaluator evaluator(fake(), uncached(plain_config(19)));
  const GameState state = position(9, "C3 G6");
  const auto out = evaluate(evaluator, request_for(state, true));
  CHECK(out->width == 19);
  REQUIRE(out->policy.size() == 362);
  for (int y = 0; y < 19; ++y) {
    for (int x = 0; x < 19; ++x) {
      const float p = out->policy[static_cast<std::size_t>(y * 19 + x)];
      const bool legal =
          x < 9 && y < 9 && state.is_legal(state.board().loc(x, y), state.next_player());
      CHECK((p >= 0) == legal);
    }
  }
}

TEST_CASE("boards that do not fit are refused", "[eval]") {
  Evaluator evaluator(fake(), plain_config(9));
  const GameState large = position(10, ""), small = position(7, "");
  CHECK_THROWS_WITH(evaluate(evaluator, request_for(large)), Catch::Contains("10x10"));
  CHECK_NOTHROW(evaluate(evaluator, request_for(small)));
  EvaluatorConfig exact = plain_config(9);
  exact.require_exact_board = true;
  Evaluator strict(fake(), exact);
  CHECK_THROWS_WITH(evaluate(strict, request_for(small)), Catch::Contains("exactly 9x9"));
}

TEST_CASE("an evaluator survives broken outputs and failing executors", "[eval]") {
  for (const bool queued : {false, true}) {
    CAPTURE(queued);
    Fault fault;
    EvaluatorConfig config = plain_config();
    config.inline_execution = !queued;
    Evaluator evaluator(std::make_shared<FaultyExecutor>(&fault), config);
    const GameState state = position(9, "C3 G6");
    fault.nan = true;
    CHECK_THROWS_AS(evaluate(evaluator, request_for(state)), nn::NonFiniteOutput);
    fault.nan = false;
    fault.fail = true;
    CHECK_THROWS_WITH(evaluate(evaluator, request_for(state)), "device lost");
    fault.fail = false;
    CHECK(std::isfinite(evaluate(evaluator, request_for(state))->white_win));
  }
}

TEST_CASE("a network with metadata needs a profile and gets no optimism", "[eval]") {
  Fault fault;
  Evaluator evaluator(std::make_shared<FaultyExecutor>(&fault, nn::kMetaValues), uncached());
  const GameState state = position(9, "C3 G6");
  CHECK_THROWS_AS(evaluate(evaluator, request_for(state)), MissingProfile);
  const auto five = parse_human_profile("rank_5k"), nine = parse_human_profile("rank_9d");
  REQUIRE((five && nine));
  auto request = request_for(state);
  request.params.human_profile = &*five;
  request.params.policy_optimism = 0.5f;
  const auto weak = evaluate(evaluator, request);
  CHECK(weak->policy_optimism_used == 0);
  request.params.human_profile = &*nine;
  CHECK_FALSE(equal(*weak, *evaluate(evaluator, request)));

  // Without metadata the profile is ignored.
  Evaluator plain(fake(15), plain_config());
  const auto without = evaluate(plain, request_for(state));
  auto with_profile = request_for(state);
  with_profile.params.human_profile = &*five;
  CHECK(evaluate(plain, with_profile) == without);
}

TEST_CASE("the byte limit reaches the cache", "[eval]") {
  EvaluatorConfig config = plain_config();
  config.max_cache_bytes = 10'000;
  Evaluator evaluator(fake(), config);
  for (const GameState& state : some_positions()) {
    evaluate(evaluator, request_for(state, true));
    CHECK(evaluator.cache_bytes() <= 10'000);
  }
  CHECK(evaluator.cache_bytes() > 5'000);
}

TEST_CASE("evaluators start quickly whatever the cache size", "[eval]") {
  EvaluatorConfig config = plain_config(19);
  config.cache_size_power_of_two = 23;
  config.mutex_pool_size_power_of_two = 17;
  const auto executor = fake();
  const auto start = std::chrono::steady_clock::now();
  const Evaluator evaluator(executor, config);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CHECK(seconds.count() < 0.040);  // measured below 1 ms; the bound is for busy machines
}
