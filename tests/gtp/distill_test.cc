// Positions of a teacher's games, reports, settings: the parts of `hayago distill`.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "gtp/config/config.h"
#include "gtp/distill/curves.h"
#include "gtp/distill/options.h"
#include "gtp/distill/page.h"
#include "gtp/distill/positions.h"
#include "gtp/distill/teacher_game.h"
#include "gtp/distill/work_folder.h"
#include "nn/model/load.h"
#include "nn/model/write.h"
#include "tests/support/process.h"
#include "tests/support/well_formed.h"

namespace hayago::test {
namespace {

using namespace gtp;
using Catch::Contains;

GamePlan small_plan() {
  GamePlan plan;
  plan.sizes = parse_sizes("7:3,8-9");
  plan.rules = parse_rule_sets("tromp-taylor:2,japanese");
  plan.held_out = 0.25;
  plan.seed = 5;
  return plan;
}

std::unique_ptr<nn::Executor> small_teacher() {
  nn::SynthOptions options;
  options.arch = "b2c16";
  nn::CpuOptions one_core;
  one_core.cores = 1;
  return nn::make_cpu_executor(nn::synth_model(options), one_core);
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool never() { return false; }
void ignore() {}

std::vector<quant::PositionRecord> all_records(const std::string& path) {
  const quant::RecordReader reader({path});
  std::vector<quant::PositionRecord> records;
  for (std::size_t i = 0; i < reader.size(); ++i) records.push_back(reader.read(i));
  return records;
}

// Both files, one after the other.
std::string made(const std::string& folder, const GamePlan& plan, std::size_t wanted, int threads) {
  PositionStore store(folder);
  make_positions(*small_teacher(), plan, wanted, threads, store, never, ignore);
  CHECK(store.counts().training >= wanted);
  CHECK(store.counts().held_out > 0);
  return content(PositionStore::training_file(folder)) +
         content(PositionStore::held_out_file(folder));
}

TEST_CASE("distill: lists of sizes and rules", "[distill]") {
  const auto sizes = parse_sizes("19:6,7-9:3");
  REQUIRE(sizes.size() == 4);
  CHECK(sizes[0].what == 19);
  CHECK(sizes[0].weight == 6);
  CHECK(sizes[3].what == 9);
  CHECK(sizes[3].weight == 1);
  for (const char* bad : {"", "19,", "4", "99", "nine", "9:0", "9:x", "9:", "9-7", "9:inf"}) {
    INFO(bad);
    CHECK_THROWS_WITH(parse_sizes(bad), Contains("--sizes"));
  }
  const auto rules = parse_rule_sets("japanese:2,koSIMPLEscoreAREAtaxNONEsui0");
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].what.scoring == search::ScoringRule::kTerritory);
  CHECK(rules[1].what.ko == search::KoRule::kSimple);
  CHECK_THROWS_WITH(parse_rule_sets("martian"), Contains("--rules: 'martian'"));
}

TEST_CASE("distill: sizes and held-out games come in the shares asked for", "[distill]") {
  GamePlan plan = small_plan();
  std::map<int, double> positions;  // in proportion to the area
  constexpr int kGroups = 4000;
  double all = 0;
  for (int group = 0; group < kGroups; ++group) {
    const int size = size_of_group(plan, group);
    positions[size] += size * size;
    all += size * size;
  }
  CHECK(positions.size() == 3);
  CHECK(positions[7] / all == Approx(0.75).margin(0.01));
  CHECK(positions[8] / all == Approx(0.125).margin(0.01));
  plan.held_out = 0.03;
  int held_out = 0;
  for (int game = 0; game < 10000; ++game) held_out += is_held_out(plan, game);
  CHECK(std::abs(held_out - 300) <= 1);
}

TEST_CASE("distill: positions follow from the seed, not from the threads", "[distill]") {
  const TempDir a, b, c;
  GamePlan plan = small_plan();
  const std::string one = made(a.path(), plan, 400, 1);
  CHECK(one == made(b.path(), plan, 400, 3));
  plan.seed = 6;
  CHECK(one != made(c.path(), plan, 400, 1));
}

TEST_CASE("distill: after an interruption the files end with the same bytes", "[distill]") {
  const TempDir whole, cut;
  const GamePlan plan = small_plan();
  const auto teacher = small_teacher();
  const std::string expected = made(whole.path(), plan, 500, 2);
  {
    PositionStore store(cut.path());
    int steps = 0;
    make_positions(
        *teacher, plan, 500, 1, store, [&] { return steps >= 100; }, [&] { ++steps; });
    CHECK(store.counts().training >= 100);
    CHECK(store.counts().training < 500);
  }
  // What a program leaves that ends in the middle of writing.
  std::ofstream(PositionStore::training_file(cut.path()), std::ios::binary | std::ios::app)
      << "\x40\0\0\0garbage";
  CHECK(made(cut.path(), plan, 500, 2) == expected);
  // Nothing is left to do.
  CHECK(made(cut.path(), plan, 500, 2) == expected);
  std::filesystem::resize_file(PositionStore::held_out_file(cut.path()), 100);
  CHECK_THROWS_WITH(PositionStore(cut.path()), Contains("positions are missing"));
}

void check_record(const quant::PositionRecord& record) {
  const search::GameState state = state_of(record);  // throws for moves that are not legal
  CHECK(state.board().x_size() == record.width);
  CHECK((state.next_player() == search::Color::kWhite) == record.white_to_move);
  CHECK_FALSE(state.is_finished());
  CHECK(std::floor(2 * record.komi) == 2 * record.komi);
  REQUIRE(record.targets.ownership.size() == static_cast<std::size_t>(state.board().area()));
  for (int point = 0; point < state.board().area(); ++point) {
    const auto loc = state.board().loc(point % record.width, point / record.width);
    const bool in_policy = record.targets.policy[static_cast<std::size_t>(point)] >= 0;
    if (in_policy != state.is_legal(loc, state.next_player())) FAIL("legal moves differ");
  }
}

TEST_CASE("distill: positions are legal, of the sizes and rules asked for", "[distill]") {
  const TempDir folder;
  const GamePlan plan = small_plan();
  made(folder.path(), plan, 2500, 2);
  std::set<int> sizes;
  std::set<std::string> rules, games;
  std::set<float> komis;
  const auto game_of = [](const quant::PositionRecord& record) {
    std::string key = record.rules + std::to_string(record.komi);
    for (std::size_t i = 0; i < 12; ++i) key += " " + std::to_string(record.moves[i].point);
    return key;
  };
  for (const auto& record : all_records(PositionStore::training_file(folder.path()))) {
    check_record(record);
    sizes.insert(record.width);
    rules.insert(record.rules);
    komis.insert(record.komi);
    if (record.moves.size() >= 12) games.insert(game_of(record));
  }
  CHECK(sizes == std::set<int>{7, 8, 9});
  CHECK(rules.size() == 2);
  CHECK(komis.size() > 3);
  int compared = 0;
  for (const auto& record : all_records(PositionStore::held_out_file(folder.path()))) {
    check_record(record);
    if (record.moves.size() < 12) continue;
    ++compared;
    CHECK(games.count(game_of(record)) == 0);
  }
  CHECK(compared > 50);
}

TEST_CASE("distill: an encoded position is what the teacher saw", "[distill]") {
  const TempDir folder;
  made(folder.path(), small_plan(), 300, 2);
  const auto teacher = small_teacher();
  const auto context = teacher->make_context(9, 9, 1);
  const quant::RecordReader reader({PositionStore::held_out_file(folder.path())});
  for (const std::size_t i : {std::size_t{0}, reader.size() / 2, reader.size() - 1}) {
    const quant::PositionRecord record = reader.read(i);
    const EncodedPosition position = encode(record, teacher->info(), 9);
    quant::check_example(position.example(), teacher->info(), 9, 9, i);
    float policy[81], pass[1], value[3], score[6], ownership[81];
    const nn::PositionInput input = position.input();
    const nn::RawOutput output{policy, pass, value, score, ownership};
    context->run({&input, 1}, {&output, 1});
    // Another buffer rounds differently, and so does the record.
    for (int y = 0; y < record.height; ++y) {
      for (int x = 0; x < record.width; ++x) {
        const float stored = position.targets.ownership[static_cast<std::size_t>(y * 9 + x)];
        CHECK(std::tanh(ownership[y * 9 + x]) == Approx(stored).margin(0.006));
      }
    }
  }
}

TEST_CASE("distill: a folder goes on only with the settings that it was begun with", "[distill]") {
  const TempDir folder;
  const std::string path = folder.path() + "/work";
  const nlohmann::ordered_json settings = {{"arch", "b4c64"}, {"batch", 64}};
  CHECK_THROWS_WITH(WorkFolder(path, settings, true), Contains("--resume"));
  TrainingReport report;
  report.step = 5;
  report.held_out.agreement = 0.25;
  report.held_out.losses.lead = 3;
  {
    WorkFolder begun(path, settings, false);
    CHECK_FALSE(begun.planned_steps());
    begun.plan_steps(77);
    begun.save_reports({report, report, report});
    CHECK_THROWS_WITH(WorkFolder(path, settings, false), Contains("another run is at work"));
  }
  const WorkFolder again(path, settings, true);
  CHECK(again.planned_steps() == 77);
  REQUIRE(again.reports(5).size() == 3);
  CHECK(again.reports(4).empty());
  CHECK(report_json(again.reports(5)[1]) == report_json(report));
  const nlohmann::ordered_json other = {{"arch", "b4c64"}, {"batch", 128}};
  CHECK_THROWS_WITH(WorkFolder(path, other, false), Contains("--batch 64, not 128"));
}

TEST_CASE("distill: the page is well-formed, with no report, one and many", "[distill]") {
  TrainingPage page{"a<b", "t&c", 1000, {{"arch", "\"x\""}}, {}};
  CHECK(why_not_well_formed(training_page(page)) == "");
  for (int i = 0; i < 1000; ++i) {
    TrainingReport report;
    report.step = i + 1;
    report.learning_rate = 1e-3;
    report.training.policy = 3.0 / (i + 1);
    report.held_out.losses.policy = 3.5 / (i + 1);
    page.reports.push_back(report);
    if (i == 0) CHECK(why_not_well_formed(training_page(page)) == "");
  }
  const std::string text = training_page(page);
  CHECK(why_not_well_formed(text) == "");
  CHECK(text.size() < 150'000);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("http") == std::string::npos);
}

TEST_CASE("distill: architectures that cannot be trained are refused", "[distill]") {
  CHECK_THROWS_WITH(make_student("b99", "n", 1), Contains("--arch b99") && Contains("b4c64"));
  CHECK_THROWS_WITH(make_student("b2c32h4tf", "n", 1), Contains("cannot be trained"));
  const nn::ModelDesc student = make_student("b2c16", "small", 1);
  CHECK(student.name == "small");
  CHECK(student.version == 8);
}

}  // namespace
}  // namespace hayago::test
