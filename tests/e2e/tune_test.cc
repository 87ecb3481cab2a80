// `hayago tune` as a program, and what later runs make of its record.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nn/model/mapped_file.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using Json = nlohmann::ordered_json;

constexpr double kSeconds = 240;  // a hang, not a slow machine

// A program with a cache folder of its own and a small network.
struct Bench {
  std::string program;
  TempDir folder;
  std::string net;

  explicit Bench(const std::string& path) : program(path), net(folder.path() + "/net.bin.gz") {
    const Completed done = run({"synth-net", "b4c32", "-o", net});
    INFO(done.err);
    REQUIRE(done.status == 0);
  }
  Completed run(const std::vector<std::string>& args, const std::string& input = "") const {
    ProcessOptions options;
    options.environment = {{"XDG_CACHE_HOME", folder.path() + "/cache"},
                           {"HOME", folder.path()},
                           {"HAYAGO_BACKEND", "cpu"}};
    return run_process(program, args, input, kSeconds, options);
  }
  Completed tune(std::vector<std::string> further = {}) const {
    std::vector<std::string> args = {"tune", "-model", net, "-size", "5", "-threads", "1"};
    args.insert(args.end(), further.begin(), further.end());
    return run(args);
  }
  // What the engine says of the kernels it runs on.
  std::string running_on(const std::string& overrides = "logToStderr=true") const {
    const Completed done =
        run({"gtp", "-model", net, "-override-config", overrides}, "kata-raw-nn 0\nquit\n");
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.err;
  }
  std::vector<std::string> records() const {
    std::vector<std::string> found;
    const std::string cache = folder.path() + "/cache";
    if (!std::filesystem::exists(cache)) return found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache)) {
      if (entry.is_regular_file()) found.push_back(entry.path().string());
    }
    return found;
  }
};

}  // namespace

TEST_CASE("a tuning is kept, explained and used", "[e2e][tune]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench(*program);
  const Completed before = bench.tune({"-explain"});
  CHECK(before.status == 1);
  CHECK(before.err.find("nothing was measured") != std::string::npos);
  CHECK(bench.tune({"-dry-run"}).status == 0);
  CHECK(bench.records().empty());

  const Completed done = bench.tune();
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  REQUIRE(bench.records().size() == 1);
  const std::string record = bench.records()[0];
  CHECK(done.out.find(record) != std::string::npos);
  const Completed explained = bench.tune({"-explain"});
  CHECK(explained.status == 0);
  CHECK(explained.out.find("fp32 3x3 32-32") != std::string::npos);
  CHECK(explained.out.find(record) != std::string::npos);

  // Whatever was chosen: from now on another candidate.
  Json json = Json::parse(std::string(hayago::nn::MappedFile(record).view()));
  for (Json& layer : json["layers"]) layer["chosen"] = layer["candidates"].size() - 1;
  std::ofstream(record) << json.dump();
  CHECK(bench.running_on().find("(tuned)") != std::string::npos);
  CHECK(bench.running_on("logToStderr=true,cpuTuning=false").find("(tuned)") == std::string::npos);
  // Other settings, other records.
  CHECK(bench.running_on("logToStderr=true,cpuIsa=ref").find("(tuned)") == std::string::npos);
}

TEST_CASE("a damaged tuning record is one warning", "[e2e][tune]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench(*program);
  REQUIRE(bench.tune().status == 0);
  REQUIRE(bench.records().size() == 1);
  std::ofstream(bench.records()[0]) << "{\"processor\": ";
  const std::string said = bench.running_on();
  const std::size_t first = said.find("WARNING: " + bench.records()[0]);
  CHECK(first != std::string::npos);
  CHECK(said.find("(tuned)") == std::string::npos);
  CHECK(bench.tune({"-explain"}).status == 1);
  CHECK(bench.tune().status == 0);  // writes a sound one over it
  CHECK(bench.running_on().find("WARNING: ") == std::string::npos);
}

TEST_CASE("tune says what it cannot do", "[e2e][tune]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench(*program);
  const Completed no_net = bench.run({"tune", "-model", "/does/not/exist.bin.gz"});
  CHECK(no_net.status == 1);
  CHECK(no_net.err.find("/does/not/exist.bin.gz") != std::string::npos);
  CHECK(bench.tune({"-threads", "-3"}).status == 2);
  CHECK(bench.tune({"-override-config", "precision=int8"}).status == 1);
  // A file where the cache folder should be.
  std::ofstream(bench.folder.path() + "/cache") << "x";
  const Completed no_folder = bench.tune();
  CHECK(no_folder.status == 1);
  CHECK(no_folder.err.find("cannot make the folder") != std::string::npos);
}
