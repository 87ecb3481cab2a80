// The executors that need no kernels: the hash of the position, and the comparison of two others.
#include <catch2/catch.hpp>

#include <cmath>
#include <memory>

#include "nn/exec/executor.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"

namespace hayago::test {

TEST_CASE("fake outputs are a function of the input alone", "[nn][exec]") {
  for (const int version : {3, 5, 6, 7, 8, 12, 17}) {
    const auto executor = nn::make_fake_executor(version);
    const nn::NetInfo& net = executor->info();
    const TestInput a = random_input(net, 9, 9, 9, 9, 1), b = random_input(net, 9, 9, 9, 9, 2);
    const TestOutput first = run_one(*executor, 9, 9, a);
    CHECK(first.same_bits(run_one(*nn::make_fake_executor(version), 9, 9, a)));
    CHECK_FALSE(first.same_bits(run_one(*executor, 9, 9, b)));
    const auto batch = run_batch(*executor->make_context(9, 9, 3), net, 81, {b, a, b});
    CHECK(batch[1].same_bits(first));
    CHECK(batch[0].same_bits(batch[2]));

    TestInput nudged = a;
    nudged.global.back() += 0.25f;
    CHECK_FALSE(first.same_bits(run_one(*executor, 9, 9, nudged)));
  }
}

TEST_CASE("fake outputs are plausible", "[nn][exec]") {
  const auto executor = nn::make_fake_executor(14);
  for (unsigned seed = 0; seed < 50; ++seed) {
    const TestOutput out =
        run_one(*executor, 19, 19, random_input(executor->info(), 19, 19, 19, 19, seed));
    for (const float x : out.policy) CHECK(std::abs(x) <= 4);
    for (const float x : out.pass) CHECK(std::abs(x) <= 9);
    for (const float x : out.value) CHECK(std::abs(x) <= 16);
    for (const float x : out.score) CHECK(std::abs(x) <= 6);
    for (const float x : out.ownership) CHECK(std::abs(x) <= 1.5);
  }
}

// Guards the claim "the same on every machine": the bits of one evaluation, written down once.
TEST_CASE("fake outputs have the recorded bits", "[nn][exec]") {
  const auto executor = nn::make_fake_executor(8);
  TestInput input;
  input.spatial.assign(25 * 22, 0.0f);
  for (std::size_t p = 0; p < 25; ++p) input.spatial[p * 22] = 1;
  input.global.assign(19, 0.5f);
  const TestOutput out = run_one(*executor, 5, 5, input);
  unsigned long long hash = 14695981039346656037ull;  // FNV-1a
  for (const float x : out.flat()) {
    unsigned bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    hash = (hash ^ bits) * 1099511628211ull;
  }
  CHECK(hash == 0x65b5b42db331316dull);
}

namespace {

struct Report {
  int calls = 0;
  double policy = -1, value = -1, score = -1, ownership = -1;
  static void record(void* user, double policy, double value, double score, double ownership) {
    auto& report = *static_cast<Report*>(user);
    report = {report.calls + 1, policy, value, score, ownership};
  }
};

// Copies the fake executor's outputs with known errors.
class SpoiltExecutor final : public nn::Executor {
 public:
  const nn::NetInfo& info() const override { return inner_->info(); }
  std::string description() const override { return "spoilt"; }
  bool runs_inline() const override { return true; }
  int max_batch() const override { return 8; }
  std::unique_ptr<nn::ExecContext> make_context(int h, int w, int batch) const override {
    return std::make_unique<Context>(inner_->make_context(h, w, batch), h * w);
  }

 private:
  struct Context final : nn::ExecContext {
    Context(std::unique_ptr<nn::ExecContext> context, int count)
        : inner(std::move(context)), points(count) {}
    void run(std::span<const nn::PositionInput> in, std::span<const nn::RawOutput> out) override {
      inner->run(in, out);
      const nn::RawOutput& last = out.back();
      last.policy[points - 1] += 0.5f;
      last.value[2] -= 0.25f;
      last.score[1] = std::numeric_limits<float>::quiet_NaN();
      if (last.ownership != nullptr) last.ownership[3] += 2.0f;
    }
    std::unique_ptr<nn::ExecContext> inner;
    int points;
  };
  std::unique_ptr<nn::Executor> inner_ = nn::make_fake_executor(8);
};

}  // namespace

TEST_CASE("the check executor reports the worst differences", "[nn][exec]") {
  const std::shared_ptr<const nn::Executor> fake = nn::make_fake_executor(8);
  Report report;
  const auto check =
      nn::make_check_executor(fake, std::make_shared<SpoiltExecutor>(), &Report::record, &report);
  CHECK(check->max_batch() == 8);
  std::vector<TestInput> inputs;
  for (unsigned i = 0; i < 3; ++i) inputs.push_back(random_input(fake->info(), 5, 5, 5, 5, i));
  const auto context = check->make_context(5, 5, 4);
  const auto results = run_batch(*context, fake->info(), 25, inputs);
  CHECK(report.calls == 1);
  // The numbers have few enough bits for the differences to be exact.
  CHECK(report.policy == 0.5);
  CHECK(report.value == 0.25);
  CHECK(report.score == std::numeric_limits<double>::infinity());
  CHECK(report.ownership == 2.0);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(results[i].same_bits(run_one(*fake, 5, 5, inputs[i])));  // those of `checked`
  }
}

TEST_CASE("the check executor finds two equal networks equal", "[nn][exec]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const nn::ModelDesc model = nn::synth_model(options);
  nn::CpuOptions ref;
  ref.isa = "ref";
  Report report;
  const std::shared_ptr<const nn::Executor> best = nn::make_cpu_executor(model);
  const auto check =
      nn::make_check_executor(best, nn::make_cpu_executor(model, ref), &Report::record, &report);
  run_one(*check, 7, 7, random_input(best->info(), 7, 7, 7, 7, 1));
  CHECK(report.calls == 1);
  // Rounding only, see exec_cpu_test.cc.
  for (const double worst_of : {report.policy, report.value, report.score, report.ownership}) {
    CHECK(worst_of < 2.5e-4);
  }
  CHECK_THROWS_AS(
      nn::make_check_executor(best, nn::make_fake_executor(17), &Report::record, &report),
      std::invalid_argument);
}

}  // namespace hayago::test
