// Recorded positions: as bytes, in files, turned.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "nn/model/load.h"
#include "quant/train/data_order.h"
#include "quant/train/record_file.h"
#include "tests/quant/train_support.h"

namespace hayago::test {
namespace {

namespace fs = std::filesystem;
using quant::PositionRecord;
using quant::RecordedMove;

PositionRecord random_record(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  const int points = width * height;
  nn::NetInfo net;
  net.c_spatial = 22;
  const TestInput input = random_input(net, height, width, height, width, seed);
  PositionRecord record;
  record.width = width;
  record.height = height;
  record.rules = "koPOSITIONALscoreAREAtaxNONEsui1";
  record.komi = static_cast<float>(random() % 31) / 2 - 7;
  record.white_to_move = random() % 2 == 0;
  const auto place = [&](int count) {
    return static_cast<std::uint16_t>(random() % static_cast<unsigned>(count));
  };
  for (unsigned i = 0; i < seed % 5; ++i) record.setup.push_back({place(points), false});
  for (unsigned i = 0; i < seed % 60; ++i) record.moves.push_back({place(points + 1), i % 2 == 1});
  record.targets = random_targets(net, input, points, seed);
  return record;
}

void check_close(const PositionRecord& a, const PositionRecord& b) {
  CHECK(a.width == b.width);
  CHECK(a.height == b.height);
  CHECK(a.rules == b.rules);
  CHECK(a.komi == b.komi);
  CHECK(a.setup == b.setup);
  CHECK(a.moves == b.moves);
  CHECK(a.white_to_move == b.white_to_move);
  const quant::TrainingTargets &s = a.targets, &t = b.targets;
  REQUIRE(s.policy.size() == t.policy.size());
  for (std::size_t i = 0; i < s.policy.size(); ++i) {
    // Half a unit of a root: sqrt(p) / 65534 of p; the sum scales it by as much again.
    const double p = s.policy[i];
    if (p < 0) CHECK(t.policy[i] == -1);
    if (p >= 0 && std::abs(t.policy[i] - p) > 2e-5 * std::sqrt(p) + 1e-9) FAIL(p);
  }
  for (int i = 0; i < 3; ++i) CHECK(std::abs(s.value[i] - t.value[i]) <= 2e-5);
  CHECK(s.score_mean == t.score_mean);
  CHECK(s.score_stdev == t.score_stdev);
  CHECK(s.lead == t.lead);
  CHECK(s.variance_time == t.variance_time);
  CHECK(s.winloss_error == t.winloss_error);
  CHECK(s.score_error == t.score_error);
  REQUIRE(s.ownership.size() == t.ownership.size());
  for (std::size_t i = 0; i < s.ownership.size(); ++i) {
    if (std::abs(s.ownership[i] - t.ownership[i]) > 0.5 / 127 + 1e-6) FAIL(s.ownership[i]);
  }
}

TEST_CASE("recorded positions come back as precise as they say", "[quant][train]") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    PositionRecord record = random_record(1 + static_cast<int>(seed) % 19, 7, seed);
    if (seed % 3 == 0) record.targets.ownership.clear();
    check_close(record, quant::decode_record(quant::encode_record(record)));
  }
  CHECK(quant::encode_record(random_record(19, 19, 59)).size() < 1300);
  PositionRecord sharp = random_record(3, 3, 2);
  sharp.targets.policy.assign(10, 1e-8f);
  sharp.targets.policy[4] = 1 - 9e-8f;
  CHECK(quant::decode_record(quant::encode_record(sharp)).targets.policy[0] ==
        Approx(1e-8).epsilon(0.2));
}

TEST_CASE("what cannot be recorded is refused", "[quant][train]") {
  const auto message = [](const std::function<void(PositionRecord&)>& damage) {
    PositionRecord record = random_record(5, 7, 12);
    damage(record);
    try {
      quant::encode_record(record);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using Catch::Contains;
  using Record = PositionRecord;
  CHECK(message([](Record&) {}).empty());
  CHECK_THAT(message([](Record& r) { r.width = 0; }), Contains("board of that size"));
  CHECK_THAT(message([](Record& r) { r.width = 256; }), Contains("board of that size"));
  CHECK_THAT(message([](Record& r) { r.width = 6; }), Contains("policy has 36 numbers"));
  CHECK_THAT(message([](Record& r) { r.rules.assign(256, 'x'); }), Contains("255"));
  CHECK_THAT(message([](Record& r) { r.komi = NAN; }), Contains("komi"));
  CHECK_THAT(message([](Record& r) { r.moves[2].point = 36; }), Contains("off the board"));
  CHECK_THAT(message([](Record& r) { r.setup[0].point = 35; }), Contains("off the board"));
  CHECK_THAT(message([](Record& r) { r.targets.lead = NAN; }), Contains("lead is nan"));
}

TEST_CASE("damaged bytes are refused or mean some position", "[quant][train]") {
  const std::string good = quant::encode_record(random_record(5, 7, 12));
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CHECK_THROWS_AS(quant::decode_record(std::string_view(good).substr(0, cut)),
                    std::invalid_argument);
  }
  CHECK_THROWS_AS(quant::decode_record(good + "x"), std::invalid_argument);
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good;
    for (unsigned n = random() % 3 + 1; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    try {
      quant::encode_record(quant::decode_record(bytes));
    } catch (const std::invalid_argument&) {
    }
  }
}

TEST_CASE("a turned position is the same one seen from elsewhere", "[quant][train]") {
  for (const int width : {5, 7}) {
    const PositionRecord record = random_record(width, 7, 33);
    const auto points = static_cast<std::size_t>(width * 7);
    std::set<std::string> seen;
    for (int symmetry = 0; symmetry < nn::kNumSymmetries; ++symmetry) {
      const PositionRecord turned = quant::turned(record, symmetry);
      seen.insert(quant::encode_record(turned));
      std::vector<float> expected(points);
      nn::apply_symmetry(record.targets.ownership.data(), width, 7, 1, symmetry, expected.data());
      CHECK(turned.targets.ownership == expected);
      nn::apply_symmetry(record.targets.policy.data(), width, 7, 1, symmetry, expected.data());
      CHECK(std::equal(expected.begin(), expected.end(), turned.targets.policy.begin()));
      CHECK(turned.targets.policy.back() == record.targets.policy.back());
      for (std::size_t i = 0; i < record.moves.size(); ++i) {
        const auto from = record.moves[i].point, to = turned.moves[i].point;
        CHECK((from == points) == (to == points));
        if (from < points) CHECK(turned.targets.ownership[to] == record.targets.ownership[from]);
      }
      // Without its transposition, a symmetry is its own inverse.
      const bool square = width == 7;
      const PositionRecord back =
          quant::turned(turned, square ? nn::inverse_symmetry(symmetry) : symmetry);
      CHECK(back.moves == record.moves);
      CHECK(back.setup == record.setup);
      CHECK(back.targets.policy == record.targets.policy);
    }
    CHECK(seen.size() == (width == 7 ? 8 : 4));
  }
}

struct File {
  std::string path =
      (fs::temp_directory_path() / ("hayago_records_" + std::to_string(std::random_device()())))
          .string();
  ~File() { fs::remove(path); }
  void write(unsigned first, unsigned count) const {
    quant::RecordWriter writer(path);
    for (unsigned i = first; i < first + count; ++i) writer.append(random_record(9, 9, i));
    writer.flush();
    CHECK(writer.size() == first + count);
  }
};

TEST_CASE("a file of positions grows, and is read in any order", "[quant][train]") {
  const File a, b;
  a.write(0, 5);
  a.write(5, 20);
  b.write(0, 7);
  const quant::RecordReader reader({a.path, b.path});
  REQUIRE(reader.size() == 32);
  quant::DataOrder order(reader.size(), {});
  for (int i = 0; i < 32; ++i) {
    const std::size_t number = order.next().index;
    const auto seed = static_cast<unsigned>(number < 25 ? number : number - 25);
    check_close(random_record(9, 9, seed), reader.read(number));
  }
  CHECK_THROWS_AS(reader.read(32), std::out_of_range);
}

TEST_CASE("an interrupted writer loses no more than it was writing", "[quant][train]") {
  const File file;
  file.write(0, 6);
  const auto whole = fs::file_size(file.path);
  for (const int cut : {1, 100, 700}) {
    fs::resize_file(file.path, whole - static_cast<std::uintmax_t>(cut));
    const std::size_t left = quant::RecordReader({file.path}).size();
    CHECK((left < 6 && left >= 3));
    file.write(static_cast<unsigned>(left), 6 - static_cast<unsigned>(left));
    CHECK(fs::file_size(file.path) == whole);
    const quant::RecordReader reader({file.path});
    CHECK(reader.size() == 6);
    for (unsigned i = 0; i < 6; ++i) check_close(random_record(9, 9, i), reader.read(i));
  }
}

TEST_CASE("damage in a file of positions is found", "[quant][train]") {
  const File file;
  file.write(0, 4);
  std::fstream(file.path, std::ios::in | std::ios::out | std::ios::binary).seekp(200).put('\x5a');
  const quant::RecordReader reader({file.path});
  CHECK_THROWS_WITH(reader.read(0), Catch::Contains("checksum"));
  CHECK_NOTHROW(reader.read(1));
  CHECK_THROWS_WITH(quant::RecordWriter(file.path), Catch::Contains("position 0 is damaged"));
  std::ofstream(file.path, std::ios::trunc) << "something else";
  CHECK_THROWS_AS(quant::RecordReader({file.path}), nn::ModelError);
  CHECK_THROWS_AS(quant::RecordWriter(file.path), nn::ModelError);
  CHECK_THROWS_AS(quant::RecordWriter("/no/such/folder/file"), nn::ModelError);
}

}  // namespace
}  // namespace hayago::test
