// `hayago distill` as a program, and a move of its result.
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/well_formed.h"

namespace {

using namespace hayago::test;
namespace fs = std::filesystem;

constexpr double kSeconds = 300;  // a hang, not a slow machine

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Distiller {
  std::string program;
  TempDir folder;
  std::string teacher = file("teacher.bin.gz");

  explicit Distiller(const std::string& path) : program(path) {
    run_process(program, {"synth-net", "b2c16", "--seed", "3", "-o", teacher}, "", kSeconds);
  }
  std::string file(const std::string& name) const { return folder.path() + "/" + name; }
  std::vector<std::string> args(const std::string& out, const std::string& steps) const {
    return {"distill", "-teacher",        teacher, "-o",          out,    "--arch",
            "b2c16",   "--sizes",         "7",     "--positions", "1500", "--held-out",
            "0.15",    "--judge",         "200",   "--batch",     "32",   "--steps",
            steps,     "--learning-rate", "0.004", "--warm-up",   "20",   "--ema",
            "0.98",    "--threads",       "2",     "--seed",      "9",    "--report-every",
            "40",      "--checkpoint",    "0.01"};
  }
  Completed run(std::vector<std::string> all, const std::vector<std::string>& further) const {
    all.insert(all.end(), further.begin(), further.end());
    return run_process(program, all, "", kSeconds);
  }
};

TEST_CASE("distill: a student learns, is written and plays", "[distill][e2e][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Distiller distiller(*program);
  const std::string out = distiller.file("student.bin.gz"), log = distiller.file("log.jsonl"),
                    page = distiller.file("page.html");
  const Completed made =
      distiller.run(distiller.args(out, "240"), {"--log", log, "--report", page});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(made.out.find("parameters") != std::string::npos);
  CHECK(made.out.find("times as fast") != std::string::npos);
  CHECK(why_not_well_formed(file_text(page)) == "");
  std::vector<nlohmann::json> reports;
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    reports.push_back(nlohmann::json::parse(line));
  }
  REQUIRE(reports.size() == 6);
  const auto &first = reports.front()["heldOut"], &last = reports.back()["heldOut"];
  CHECK(last["total"].get<double>() < first["total"].get<double>());
  CHECK(last["policyKL"].get<double>() < first["policyKL"].get<double>());
  CHECK(last["policyKL"].get<double>() >= 0);
  CHECK(last["agreement"].get<double>() > 0);
  const Completed game =
      run_process(*program, {"gtp", "-model", out, "-override-config", "maxVisits=20"},
                  "boardsize 7\ngenmove b\nquit\n", kSeconds);
  INFO(game.out << game.err);
  CHECK(game.status == 0);
  CHECK(game.out.find("?") == std::string::npos);
  // A run that has ended only writes its result again.
  const std::string student = file_text(out);
  fs::remove(out);
  CHECK(distiller.run(distiller.args(out, "240"), {"--resume"}).status == 0);
  CHECK(file_text(out) == student);
}

TEST_CASE("distill: interrupted and resumed it writes the same student", "[distill][e2e][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Distiller distiller(*program);
  const std::string kSteps = "600";  // long enough to come in between
  const std::string whole = distiller.file("whole.bin.gz"), cut = distiller.file("cut.bin.gz");
  const Completed made = distiller.run(distiller.args(whole, kSteps), {});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  for (const char* moment : {"going", "step 40/600"}) {
    Process process(*program, distiller.args(cut, kSteps));
    if (std::string(moment) == "going") {
      // While positions are made: the first group of games is in the files.
      for (int i = 0; i < 3000 && !fs::exists(distiller.file("cut.distill/positions.json")); ++i) {
        ::usleep(10'000);
      }
    } else {
      for (auto line = process.read_line(kSeconds); line && line->find(moment) != 0;) {
        line = process.read_line(kSeconds);
      }
    }
    process.signal(SIGTERM);  // SIGINT is ignored where nobody is at the terminal
    CHECK(process.wait(kSeconds) == 128 + SIGTERM);
    CHECK(process.stderr_text().find("the same command goes on") != std::string::npos);
    CHECK_FALSE(fs::exists(cut));
  }
  CHECK(fs::exists(distiller.file("cut.distill/checkpoint.safetensors")));
  const Completed resumed = distiller.run(distiller.args(cut, kSteps), {"--resume"});
  INFO(resumed.out << resumed.err);
  REQUIRE(resumed.status == 0);
  CHECK(resumed.out.find("going on behind step") != std::string::npos);
  CHECK(file_text(cut) == file_text(whole));
}

TEST_CASE("distill: a network that has learnt can go on learning", "[distill][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Distiller distiller(*program);
  const std::string out = distiller.file("further.bin.gz"), log = distiller.file("log.jsonl");
  // The teacher itself: nothing is left to learn, and random weights would be far off.
  const Completed made = distiller.run({"distill",
                                        "-teacher",
                                        distiller.teacher,
                                        "--start",
                                        distiller.teacher,
                                        "-o",
                                        out,
                                        "--sizes",
                                        "7",
                                        "--positions",
                                        "200",
                                        "--held-out",
                                        "0.3",
                                        "--steps",
                                        "2",
                                        "--batch",
                                        "8",
                                        "--learning-rate",
                                        "0.00001",
                                        "--log",
                                        log},
                                       {});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  std::istringstream lines(file_text(log));
  std::string last;
  for (std::string line; std::getline(lines, line);) last = line;
  const auto report = nlohmann::json::parse(last);
  INFO(last);
  CHECK(report.at("heldOut").at("agreement").get<double>() > 0.98);
  const std::string described =
      run_process(*program, {"inspect", "-model", out, "--json"}, "", kSeconds).out;
  const std::string before =
      run_process(*program, {"inspect", "-model", distiller.teacher, "--json"}, "", kSeconds).out;
  CHECK(nlohmann::json::parse(described).at("name") == nlohmann::json::parse(before).at("name"));
}

TEST_CASE("distill: mistakes of the command line are named before the work", "[distill][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Distiller distiller(*program);
  const std::string out = distiller.file("s.bin.gz"), nowhere = distiller.folder.path() + "/no/x";
  const auto refused = [&](const std::string& output, const std::vector<std::string>& further,
                           const std::string& part) {
    std::vector<std::string> all = {"distill", "-o", output};
    if (further.empty() || further[0] != "-teacher") {
      all.insert(all.end(), {"-teacher", distiller.teacher});
    }
    const Completed result = distiller.run(all, further);
    INFO(result.out << result.err);
    CHECK(result.status > 0);
    CHECK(result.err.find(part) != std::string::npos);
    CHECK_FALSE(fs::exists(distiller.file("s.distill")));
  };
  refused(distiller.file("s.onnx"), {}, "must end in");
  refused(nowhere + ".bin.gz", {}, "cannot be written");
  refused(out, {"--log", nowhere}, "cannot be written");
  refused(out, {"--report", nowhere}, "cannot be written");
  refused(out, {"--arch", "b99c1"}, "no such architecture");
  refused(out, {"--arch", "b7c96h3tf"}, "cannot be trained");
  refused(out, {"-teacher", nowhere}, "no/x");
  refused(out, {"--start", nowhere}, "no/x");
  refused(out, {"--start", distiller.teacher, "--arch", "b4c64"}, "--arch");
  refused(out, {"--sizes", "3"}, "--sizes: '3'");
  refused(out, {"--rules", "martian"}, "--rules: 'martian'");
  refused(out, {"--steps", "5", "--hours", "1"}, "choose one");
  refused(out, {"--name", "two words"}, "no spaces");
  refused(out, {"--resume"}, "there is nothing in");
}

}  // namespace
