// The configurations in gtp/deploy/ say what this program understands, all of it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "gtp/config/config.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;

constexpr double kSeconds = 60;  // only a hang exceeds it

std::set<std::string> deployed_configs() {
  std::set<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(HAYAGO_SOURCE_DIR "/gtp/deploy")) {
    if (entry.path().extension() == ".cfg") paths.insert(entry.path().string());
  }
  return paths;
}

struct Started {
  std::string out, err;
};

// A game's beginning with a small random network.
Started start(const std::string& program, const std::string& config) {
  const TempDir home;
  const std::string model = home.path() + "/net.bin.gz";
  REQUIRE(run_process(program, {"synth-net", "b2c16", "-o", model}, "", kSeconds).status == 0);
  ProcessOptions options;
  options.directory = home.path();
  options.environment = {{"HOME", home.path()}};
  const std::string commands =
      "kata-get-param maxVisits\nkata-get-param numSearchThreads\ngenmove b\nquit\n";
  const Completed run = run_process(program, {"gtp", "-model", model, "-config", config}, commands,
                                    kSeconds, options);
  INFO(run.err);
  CHECK(run.status == 0);
  return {run.out, run.err};
}

}  // namespace

TEST_CASE("every key of the deployed configurations has an effect", "[gtp][config]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const auto configs = deployed_configs();
  REQUIRE_FALSE(configs.empty());
  for (const std::string& path : configs) {
    INFO(path);
    const Started run = start(*program, path);
    INFO(run.err);
    CHECK(run.err.find("unused key") == std::string::npos);
    CHECK(run.err.find("has no effect") == std::string::npos);
    CHECK(run.err.find("WARNING") == std::string::npos);
  }
}

TEST_CASE("an unknown key of such a file would be noticed", "[gtp][config]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const TempDir dir;
  hayago::gtp::Config config;
  config.load_file(*deployed_configs().begin());
  const std::string path = dir.write("typo.cfg", config.dump() + "maxVisit = 3\n");
  CHECK(start(*program, path).err.find("unused key 'maxVisit'") != std::string::npos);
}

TEST_CASE("the Raspberry Pi's configuration searches 100 visits with 4 threads", "[gtp][config]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  const Started run = start(*program, HAYAGO_SOURCE_DIR "/gtp/deploy/rpi.cfg");
  CHECK(run.out.starts_with("= 100\n\n= 4\n\n= "));
}
