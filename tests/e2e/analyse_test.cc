// `hayago analyse` as a program.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using hayago::test::Completed;
using nlohmann::json;

constexpr double kSeconds = 120;  // a hang, not a slow machine

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("analyse: table, summary, JSON and plot of the sample game", "[analyse][e2e]") {
  const auto program = hayago::test::hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const hayago::test::TempDir folder;
  const std::string model = folder.path() + "/net.bin.gz";
  const auto run = [&](const std::vector<std::string>& args) {
    std::vector<std::string> all{"analyse", "--model", model};
    all.insert(all.end(), args.begin(), args.end());
    return hayago::test::run_process(*program, all, "", kSeconds);
  };
  REQUIRE(hayago::test::run_process(*program, {"synth-net", "b2c16", "-o", model}, "", kSeconds)
              .status == 0);
  const std::string game = HAYAGO_SOURCE_DIR "/tests/data/sample.sgf";

  const Completed done = run({game, "--visits", "3", "--threads", "2", "--to", "30", "--json",
                              folder.path() + "/out.json", "--svg", folder.path() + "/out.svg"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(done.out.find("Aoi Hayashi (Black, 3d) - Go Yamada (White, 3d), 19x19, Chinese rules") ==
        0);
  CHECK(done.out.find("\n   30  W ") != std::string::npos);
  CHECK(done.out.find("\n   31 ") == std::string::npos);
  CHECK(done.out.find("Black (Aoi Hayashi): 15 moves") != std::string::npos);
  CHECK(done.out.find('\x1b') == std::string::npos);  // a pipe gets no colours
  CHECK(done.err.find('\r') == std::string::npos);    // and no repainted lines
  CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 10);
  const json report = json::parse(read_file(folder.path() + "/out.json"));
  CHECK(report.at("moves").size() == 30);
  CHECK(report.at("moves")[0].at("played") == "R16");
  CHECK(read_file(folder.path() + "/out.svg").find("</svg>") != std::string::npos);

  const Completed part = run({game, "-visits", "2", "-from", "181"});
  CHECK(part.status == 0);
  CHECK(part.out.find("  181  B ") != std::string::npos);
  CHECK(part.out.find("pass") != std::string::npos);

  const auto fails = [&](const std::vector<std::string>& args, int status, const char* part_of) {
    const Completed result = run(args);
    INFO(result.err);
    CHECK(result.status == status);
    CHECK(result.err.find(part_of) != std::string::npos);
  };
  fails({"/nonexistent.sgf"}, 1, "/nonexistent.sgf");
  fails({folder.write("bad.sgf", "hello")}, 1, "no game record");
  fails({folder.write("empty.sgf", "(;SZ[9])")}, 1, "no moves");
  fails({folder.write("illegal.sgf", "(;SZ[9];B[aa];W[aa])")}, 1, "move 2 (W A9) is illegal");
  fails({game, "--from", "20", "--to", "10"}, 1, "--from 20");
  fails({game, "--visits", "0"}, 2, "visits");
  fails({}, 2, "FILE");
  fails({game, "--visits", "1", "--to", "1", "--json", "/nonexistent/x.json"}, 1, "cannot write");
}

}  // namespace
