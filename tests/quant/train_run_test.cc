// Whole runs of training: interrupted ones, one that learns, and what is saved.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "nn/model/load.h"
#include "quant/train/initialise.h"
#include "quant/train/trainer.h"
#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

namespace fs = std::filesystem;

struct TemporaryFolder {
  fs::path path =
      fs::temp_directory_path() / ("hayago_train_" + std::to_string(std::random_device()()));
  TemporaryFolder() { fs::create_directories(path); }
  ~TemporaryFolder() { fs::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

nn::ModelDesc student(const std::string& arch = "b2c16") {
  nn::SynthOptions options;
  options.arch = arch;
  options.version = 8;
  nn::ModelDesc model = nn::synth_model(options);
  quant::initialise(model, 11);
  return model;
}

quant::TrainerOptions small_options(int threads = 2) {
  quant::TrainerOptions options;
  options.height = options.width = kEdge;
  options.shards = 2;
  options.threads = threads;
  options.schedule = {3e-3, 1e-4, 20, 600};
  options.average_decay = 0.98;
  return options;
}

std::vector<quant::TrainingExample> next_batch(const std::vector<quant::TrainingExample>& all,
                                               quant::DataOrder& order, std::size_t size) {
  std::vector<quant::TrainingExample> batch;
  for (std::size_t i = 0; i < size; ++i) batch.push_back(all[order.next().index]);
  return batch;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool same_weights(const quant::Trainer& a, const quant::Trainer& b) {
  return same_bits(a.values(quant::WhichWeights::kLatest),
                   b.values(quant::WhichWeights::kLatest)) &&
         same_bits(a.values(quant::WhichWeights::kAverage),
                   b.values(quant::WhichWeights::kAverage));
}

void check_resume(quant::OptimizerKind kind) {
  const TemporaryFolder folder;
  const std::string file = folder.file("run.safetensors");
  const TestBatch positions = judged_positions(random_teacher(), 50, 1);
  const auto all = positions.examples();
  quant::TrainerOptions options = small_options();
  options.optimizer.kind = kind;
  quant::Trainer whole(student(), options);
  quant::DataOrder order(all.size(), {4});
  for (int i = 0; i < 12; ++i) {
    if (i == 5) whole.save_checkpoint(file, order.state());
    whole.step(next_batch(all, order, 13));
  }
  options.threads = 1;  // the shards count, not who works at them
  nn::ModelDesc other = student();
  quant::initialise(other, 99);
  quant::Trainer resumed(std::move(other), options);
  quant::DataOrder rest(all.size(), resumed.load_checkpoint(file));
  CHECK(resumed.steps() == 5);
  CHECK_FALSE(same_weights(whole, resumed));
  for (int i = 5; i < 12; ++i) resumed.step(next_batch(all, rest, 13));
  CHECK(same_weights(whole, resumed));
  CHECK(rest.state() == order.state());
  resumed.save_checkpoint(file, rest.state());
  whole.save_checkpoint(folder.file("whole.safetensors"), order.state());
  const auto content = [](const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  CHECK(content(file) == content(folder.file("whole.safetensors")));
  CHECK_FALSE(fs::exists(file + ".part"));
}

TEST_CASE("an interrupted run ends with the bits of one that was not", "[quant][train]") {
  check_resume(quant::OptimizerKind::kAdamW);
  check_resume(quant::OptimizerKind::kSgd);
}

TEST_CASE("how a batch is cut changes no more than rounding", "[quant][train]") {
  const TestBatch positions = judged_positions(random_teacher(), 7, 5);
  const auto all = positions.examples();
  quant::TrainerOptions options = small_options();
  // Where nearly nothing is learnt from a position, AdamW turns rounding into steps; not so here.
  options.optimizer.kind = quant::OptimizerKind::kSgd;
  options.shards = 1;
  quant::Trainer whole(student(), options);
  whole.step(all);
  for (const int shards : {2, 3, 10}) {  // 10: more than positions
    options.shards = shards;
    quant::Trainer cut(student(), options);
    cut.step(all);
    const auto a = whole.values(quant::WhichWeights::kLatest),
               b = cut.values(quant::WhichWeights::kLatest);
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    }
    INFO(shards << " shards");
    // The step is 1.5e-4 times a gradient of norm 1 to 5; sums of 7 positions, rounded.
    CHECK(largest <= 2e-8);
  }
}

TEST_CASE("checkpoints of something else are refused and change nothing", "[quant][train]") {
  const TemporaryFolder folder;
  const std::string file = folder.file("run.safetensors");
  quant::Trainer trainer(student(), small_options());
  trainer.save_checkpoint(file, {});
  using Catch::Contains;
  quant::Trainer larger(student("b4c32"), small_options());
  CHECK_THROWS_WITH(larger.load_checkpoint(file), Contains("run.safetensors"));
  quant::TrainerOptions options = small_options();
  options.optimizer.kind = quant::OptimizerKind::kSgd;
  quant::Trainer descending(student(), options);
  CHECK_THROWS_WITH(descending.load_checkpoint(file), Contains("adamw"));
  CHECK_THROWS_WITH(trainer.load_checkpoint(folder.file("none")), Contains("cannot be read"));
  CHECK_THROWS_AS(trainer.save_checkpoint(folder.file("no/such/folder"), {}), nn::ModelError);
  fs::resize_file(file, fs::file_size(file) - 4);
  CHECK_THROWS_AS(trainer.load_checkpoint(file), nn::ModelError);
  CHECK(same_weights(trainer, quant::Trainer(student(), small_options())));
}

TEST_CASE("a step that cannot be right changes nothing", "[quant][train]") {
  TestBatch positions = judged_positions(random_teacher(), 4, 2);
  quant::Trainer trainer(student(), small_options());
  const quant::Trainer untouched(student(), small_options());
  CHECK_THROWS_AS(trainer.step({}), std::invalid_argument);
  positions.targets[3].lead = NAN;
  CHECK_THROWS_WITH(trainer.step(positions.examples()),
                    Catch::Contains("position 3") && Catch::Contains("lead is nan"));
  positions.targets[3].lead = 1e30f;
  positions.inputs[2].global[0] = INFINITY;
  CHECK_THROWS_AS(trainer.step(positions.examples()), std::runtime_error);
  CHECK(same_weights(trainer, untouched));
  CHECK(trainer.steps() == 0);
}

TEST_CASE("what cannot be trained is refused", "[quant][train]") {
  const auto make = [](const char* arch, int version) {
    nn::SynthOptions options;
    options.arch = arch;
    options.version = version;
    quant::Trainer(nn::synth_model(options), small_options());
  };
  CHECK_THROWS_WITH(make("b2c16", 7), Catch::Contains("before 8"));
  CHECK_THROWS_WITH(make("b2c32h4tf", 17), Catch::Contains("attention"));
  quant::TrainerOptions options = small_options();
  options.shards = 0;
  CHECK_THROWS_AS(quant::Trainer(student(), options), std::invalid_argument);
}

TEST_CASE("a student learns what it has not seen, and keeps it in its file",
          "[quant][train][slow]") {
  const TestBatch seen = judged_positions(random_teacher(), 6000, 21),
                  held_out = judged_positions(random_teacher(), 400, 22);
  const auto all = seen.examples(), unseen = held_out.examples();
  quant::Trainer trainer(student(), small_options());
  constexpr auto kAverage = quant::WhichWeights::kAverage;
  const double before = excess(trainer.evaluate(unseen, kAverage), held_out);
  quant::DataOrder order(all.size(), {});
  constexpr int kSteps = 600;
  constexpr std::size_t kBatch = 32;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kSteps; ++i) trainer.step(next_batch(all, order, kBatch));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const quant::Losses losses = trainer.evaluate(unseen, kAverage);
  const double after = excess(losses, held_out);
  INFO(kSteps * kBatch / seconds.count() << " positions/s; beyond the teacher's entropy, held out: "
                                         << before << " before, " << after << " after");
  CHECK(after < before / 10);

  // The file's network says the same as the trainer's.
  const TemporaryFolder folder;
  nn::save_model(trainer.model(kAverage), folder.file("student.bin.gz"));
  const auto loaded = nn::make_cpu_executor(nn::load_model(folder.file("student.bin.gz")));
  const auto trained = nn::make_cpu_executor(trainer.model(kAverage));
  const auto a = loaded->make_context(kEdge, kEdge, 1), b = trained->make_context(kEdge, kEdge, 1);
  quant::Losses of_file;
  for (std::size_t i = 0; i < 40; ++i) {
    TestOutput from_file = run_batch(*a, loaded->info(), kPoints, {held_out.inputs[i]}).front();
    CHECK(
        from_file.same_bits(run_batch(*b, trained->info(), kPoints, {held_out.inputs[i]}).front()));
    of_file += loss_of(loaded->info(), from_file, held_out.targets[i]);
  }
  const quant::Losses here = trainer.evaluate(std::span(unseen).first(40), kAverage);
  // Fused operations round a little differently.
  CHECK(of_file.mean().total({}) == Approx(here.total({})).epsilon(1e-4));
}

}  // namespace
}  // namespace hayago::test
