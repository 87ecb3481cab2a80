// `hayago compare` as a program.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/game_records.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/well_formed.h"

namespace {

using namespace hayago::test;
namespace fs = std::filesystem;

constexpr double kSeconds = 240;  // a hang, not a slow machine

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Comparer {
  std::string program;
  TempDir folder, out;
  std::string net = out.path() + "/net.bin.gz", other = out.path() + "/other.bin.gz";
  std::string page = out.path() + "/report.html", json = out.path() + "/report.json";

  explicit Comparer(const std::string& path) : program(path) {
    run_process(program, {"synth-net", "b4c32", "-o", net}, "", kSeconds);
    run_process(program, {"synth-net", "b2c16", "-o", other, "--seed", "5"}, "", kSeconds);
    for (int i = 0; i < 6; ++i) folder.write("g" + std::to_string(i) + ".sgf", short_record(i));
  }
  Completed run(const std::string& a, const std::string& b,
                std::vector<std::string> further) const {
    std::vector<std::string> args = {
        "compare", a, b, "--data", folder.path(), "--size", "9", "--every", "2", "--threads", "2"};
    args.insert(args.end(), further.begin(), further.end());
    return run_process(program, args, "", kSeconds);
  }
};

TEST_CASE("compare: two networks in text, page and JSON", "[compare][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Comparer comparer(*program);
  const Completed done = comparer.run(comparer.net + "@cpu", comparer.other + "@ref",
                                      {"--html", comparer.page, "--json", comparer.json});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(done.out.find("same best move") != std::string::npos);
  CHECK(done.out.find("(cpu ref ") != std::string::npos);
  CHECK(done.out.find("goal for int8") == std::string::npos);  // two different networks
  CHECK(why_not_well_formed(file_text(comparer.page)) == "");
  const auto report = nlohmann::json::parse(file_text(comparer.json));
  CHECK(report["all"]["positions"] == report["positions"].size());
  CHECK(report["all"]["positions"].get<int>() > 15);
  CHECK(report["games"].size() == 6);
  CHECK(report["all"]["winrateError"]["max"].get<double>() > 0);

  const Completed same = comparer.run(comparer.net, comparer.net, {"--positions", "5"});
  CHECK(same.out.find("100.00 % of 5 positions") != std::string::npos);
  CHECK(same.out.find("goal for int8") != std::string::npos);
}

// The page as an XML parser sees it that is not ours.
TEST_CASE("compare: the page is XML for another parser", "[compare][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  if (!fs::exists("/usr/bin/python3")) HAYAGO_SKIP("needs python3");
  const Comparer comparer(*program);
  REQUIRE(comparer.run(comparer.net, comparer.other, {"--html", comparer.page}).status == 0);
  const Completed parsed =
      run_process("/usr/bin/python3",
                  {"-c",
                   "import sys, xml.dom.minidom as m; print(len(m.parse(sys.argv[1])"
                   ".getElementsByTagName('svg')))",
                   comparer.page},
                  "", kSeconds);
  INFO(parsed.err);
  CHECK(parsed.status == 0);
  CHECK(std::atoi(parsed.out.c_str()) > 10);
}

TEST_CASE("compare: a network knows the games that calibrated it", "[compare][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Comparer comparer(*program);
  const std::string quantized = comparer.out.path() + "/q.safetensors.gz";
  const Completed made =
      run_process(*program,
                  {"quantize", "-model", comparer.net, "--data", comparer.folder.path() + "/g0.sgf",
                   comparer.folder.path() + "/g1.sgf", "--evaluate-data", comparer.folder.path(),
                   "--size", "9", "--every", "2", "--budget", "0", "-o", quantized},
                  "", kSeconds);
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(made.out.find("Judged with") != std::string::npos);
  CHECK(made.out.find("of 4 other games") != std::string::npos);
  const Completed known = comparer.run(comparer.net, quantized, {});
  CHECK(known.out.find("WARNING: 2 of the 6 games were used to calibrate q.safetensors.gz") !=
        std::string::npos);
  CHECK(known.out.find("multiply-accumulates in int8") != std::string::npos);
  // The same file in float has no layers in int8.
  const Completed in_float = comparer.run(comparer.net, quantized + "@fp32", {});
  CHECK(in_float.out.find("q.safetensors.gz@fp32") != std::string::npos);
  CHECK(in_float.out.find("multiply-accumulates in int8") == std::string::npos);
}

TEST_CASE("compare: mistakes are named before the work", "[compare][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Comparer comparer(*program);
  const auto refused = [&](const Completed& result, const std::string& part) {
    INFO(result.out << result.err);
    CHECK(result.status != 0);
    CHECK(result.err.find(part) != std::string::npos);
    CHECK(result.out.find("same best move") == std::string::npos);
  };
  const std::string& net = comparer.net;
  refused(comparer.run(net, net + "@int9", {}), "'int9' after @");
  refused(comparer.run(net, net + "@int8", {}), "hayago quantize");
  refused(comparer.run(net, "nowhere.bin.gz", {}), "nowhere.bin.gz");
  refused(comparer.run(net, net, {"--html", comparer.out.path() + "/none/r.html"}),
          "cannot be written");
  refused(comparer.run(net, net, {"--json", comparer.out.path()}), "is a folder");
  refused(comparer.run(net, net, {"--npz", net}), "no ZIP archive");
  refused(
      run_process(*program, {"compare", net, net, "--data", comparer.folder.path(), "--size", "13"},
                  "", kSeconds),
      "no position to compare with");
  refused(run_process(*program, {"compare", net, net}, "", kSeconds), "--data or --npz");
  // What stood there before is still there.
  const std::string old = comparer.out.write("old.html", "old");
  refused(comparer.run(net, net + "@int9", {"--html", old}), "int9");
  CHECK(file_text(old) == "old");
}

TEST_CASE("compare: a full disk is an error and leaves nothing", "[compare][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  if (!fs::exists("/dev/full")) HAYAGO_SKIP("needs /dev/full");
  const Comparer comparer(*program);
  const Completed page = comparer.run(comparer.net, comparer.net, {"--html", "/dev/full"});
  CHECK(page.status == 1);
  CHECK(page.err.find("/dev/full: could not be written") != std::string::npos);
  const Completed text =
      run_process("/bin/sh",
                  {"-c", "\"$0\" compare \"$1\" \"$1\" --data \"$2\" --size 9 > /dev/full",
                   *program, comparer.net, comparer.folder.path()},
                  "", kSeconds);
  CHECK(text.status == 1);
  CHECK(text.err.find("could not be written to stdout") != std::string::npos);
}

TEST_CASE("compare: losses on real positions", "[compare][e2e][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  HAYAGO_SHARED_FILE(positions, "golden/positions-1024.npz");
  HAYAGO_SHARED_FILE(net, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  const Comparer comparer(*program);
  const Completed done = run_process(
      *program,
      {"compare", net + "@cpu@fp32", comparer.net, "--npz", positions, "--json", comparer.json}, "",
      kSeconds);
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto losses = nlohmann::json::parse(file_text(comparer.json))["losses"];
  CHECK(losses["a"]["positions"] == 1024);
  // The entropy of the visits, computed from the file by other means: 0.90893.
  CHECK(losses["a"]["policyFloor"].get<double>() == Approx(0.908935).margin(1e-5));
  // A trained network knows much more than a random one, which cannot do better than guess.
  CHECK(losses["a"]["policyLoss"].get<double>() < 3);
  CHECK(losses["a"]["policyLoss"].get<double>() > losses["a"]["policyFloor"].get<double>());
  CHECK(losses["a"]["valueLoss"].get<double>() < 0.69);
  CHECK(losses["b"]["policyLoss"].get<double>() > 4);
  CHECK(losses["a"]["sameBestMove"].get<double>() > 0.3);
}

}  // namespace
