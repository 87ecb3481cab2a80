// What programs see of the process itself (e2e/README.md): stderr lines, exit status, files and
// folders, the text of the benchmark.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
namespace fs = std::filesystem;

#define NEED_PROGRAM()                   \
  const auto program = hayago_program(); \
  if (!program) HAYAGO_SKIP("this build has no program")

// What clients grant a program that is asked to end, with room for a loaded machine.
constexpr double kPrompt = 3;  // seconds

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Some programs read stderr and stdout as one stream and take lines by their first word; others
// alert their user on the word exception.
void check_stderr_rules(const std::string& text) {
  for (const std::string& line : lines_of(text)) {
    INFO("stderr: " << line);
    for (const char* prefix : {"=", "?", "info", "play", "Tuning"})
      CHECK(!line.starts_with(prefix));
    CHECK(line.find(" -> ") == std::string::npos);
    CHECK(line.find_first_of("\r\x1b") == std::string::npos);
    CHECK(line.find("xception") == std::string::npos);
    CHECK(line.find("what()") == std::string::npos);
  }
}

Completed run(const std::vector<std::string>& args, const std::string& input = "",
              const TempDir* home = nullptr) {
  const TempDir own_home;
  return run_process(*hayago_program(), args, input, kClientSeconds,
                     empty_home(home != nullptr ? *home : own_home));
}

std::vector<std::string> with(std::vector<std::string> args, const std::vector<std::string>& more) {
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

const std::vector<std::string> kGtp{"gtp", "-model", "/dev/null"};
const std::vector<std::string> kAnalysis{"analysis", "-model", "/dev/null"};
const char* const kQuery =
    R"({"id":"1","moves":[],"rules":"chinese","boardXSize":9,"boardYSize":9,"maxVisits":5})"
    "\n";

}  // namespace

TEST_CASE("clients: stderr of gtp can be read together with stdout", "[clients][stderr]") {
  NEED_PROGRAM();
  const TempDir dir;
  const std::string game =
      dir.write("game.sgf", "(;SZ[9]KM[375]RU[nobody knows]AB[cc][gg];W[ee];B[dd])");
  const Completed done =
      run(with(kGtp, {"-override-config",
                      "maxVisits=5,ogsChatToStderr=true,playoutDoublingAdvantage=0.5,maxVisit=3,"
                      "logSearchInfo=true"}),
          "boardsize 9\ngenmove_debug b\nkata-search_debug w\nkata-set-rules japanese\n"
          "kata-set-rule ko SIMPLE\nkgs-rules chinese\nloadsgf " +
              game + "\nkata-genmove_analyze b 1\nboardsize 7 9\nkata-analyze 1\nquit\n");
  CHECK(done.status == 0);
  check_stderr_rules(done.err);
  CHECK(lines_of(done.err).size() > 20);
  // The banner is the first line: bridges choose the parser of their chat by the word in it.
  CHECK(lines_of(done.err).front() == "hayago 0.1.0 (KataGo v1.17.2 compatible)");
  CHECK(done.err.find("\nGTP ready, beginning main protocol loop\n") != std::string::npos);
  CHECK(done.err.find("maxVisits") != std::string::npos);  // the misspelt key
}

TEST_CASE("clients: the chat line has the numbers that bridges look for", "[clients][stderr]") {
  NEED_PROGRAM();
  const auto chat_lines = [&](const std::string& overrides) {
    const Completed done =
        run(with(kGtp, {"-override-config", "maxVisits=9,ogsChatToStderr=true" + overrides}),
            "boardsize 9\ngenmove b\nlz-genmove_analyze w\nkata-search b\n");
    std::vector<std::string> chat;
    for (const std::string& line : lines_of(done.err)) {
      if (line.starts_with("MALKOVICH:")) chat.push_back(line);
    }
    return chat;
  };
  const std::string start =
      R"(MALKOVICH:Visits \d+ Winrate \d+\.\d\d% ScoreLead -?\d+\.\d ScoreStdev -?\d+\.\d )";
  const std::string pv = R"(PV ([A-J][1-9]|pass)( ([A-J][1-9]|pass))*)";
  const auto plain = chat_lines("");
  REQUIRE(plain.size() == 3);
  for (const std::string& line : plain) {
    INFO(line);
    CHECK(std::regex_match(line, std::regex(start + pv)));
  }
  const auto handicapped = chat_lines(",playoutDoublingAdvantage=1.5");
  REQUIRE(handicapped.size() == 3);
  for (const std::string& line : handicapped) {
    INFO(line);
    CHECK(std::regex_match(line, std::regex(start + R"(\(PDA 1\.50\) )" + pv)));
  }
}

TEST_CASE("clients: stderr of the other subcommands", "[clients][stderr]") {
  NEED_PROGRAM();
  const std::string garbage = "bad\n{\"id\":\"2\"}\n";
  for (const char* log : {"logToStderr=false", "logToStderr=true"}) {
    const Completed analysis = run(with(kAnalysis, {"-override-config", log}), kQuery + garbage);
    CHECK(analysis.status == 0);
    check_stderr_rules(analysis.err);
    CHECK(analysis.err.find("Started, ready to begin handling requests\n") != std::string::npos);
    CHECK(analysis.err.find("KataGo v1.17.2") != std::string::npos);
  }
  CHECK(run(with(kAnalysis, {"-override-config", "logToStderr=false"})).err ==
        "hayago 0.1.0 (KataGo v1.17.2 compatible)\nStarted, ready to begin handling requests\n");
  const TempDir dir;
  const Completed net = run({"synth-net", "b2c16", "-o", dir.path() + "/net.bin.gz"});
  CHECK(net.status == 0);
  check_stderr_rules(net.err);
}

TEST_CASE("clients: exit status", "[clients][exit]") {
  NEED_PROGRAM();
  const TempDir dir;
  const std::string bad_config = dir.write("bad.cfg", "maxVisits\n");
  struct Case {
    std::vector<std::string> args;
    int status;
  };
  const std::vector<Case> cases{
      {{}, 0},
      {{"-h"}, 0},
      {{"--help"}, 0},
      {{"help"}, 0},
      {{"version"}, 0},
      {{"--version"}, 0},
      {{"-version"}, 0},
      {{"-V"}, 0},
      {{"gtp", "--help"}, 0},
      {{"gtp", "--version"}, 0},
      {{"analysis", "-help"}, 0},
      {{"benchmark", "--help"}, 0},
      {{"gtp", "--model", "/dev/null"}, 0},
      {{"gtp", "-model=/dev/null"}, 0},
      {{"gtp", "--model=/dev/null"}, 0},
      {{"analysis", "--model=/dev/null", "--quit-without-waiting"}, 0},
      {with(kGtp, {"--override-config", "maxVisits=5"}), 0},
      {with(kGtp, {"-override-config=maxVisits=5", "-override-config", "maxTime=1, komi=5"}), 0},
      {{"frobnicate"}, 2},
      {{"gtp", "-frobnicate"}, 2},
      {{"analysis", "stray"}, 2},
      {{"gtp", "-model"}, 2},
      {{"benchmark", "-visits", "many"}, 2},
      {{"gtp", "-model", "/nonexistent.bin.gz"}, 1},
      {{"gtp"}, 0},  // with the network in the program
      {{"analysis"}, 0},
      {with(kGtp, {"-config", "/nonexistent.cfg"}), 1},
      {with(kGtp, {"-config", bad_config}), 1},
      {with(kGtp, {"-override-config", "maxVisits=x"}), 1},
      {with(kAnalysis, {"-override-config", "maxVisits=0"}), 1},
      {{"gtp", "-model", bad_config}, 1},
  };
  for (const Case& test : cases) {
    std::string words;
    for (const std::string& word : test.args) words += " " + word;
    INFO("hayago" << words);
    const Completed done = run(test.args);
    INFO(done.err);
    CHECK(done.status == test.status);
    // Help goes to stdout, problems to stderr; a fatal error is one line that begins alike.
    if (test.status != 0) {
      CHECK(done.out.empty());
      CHECK(!done.err.empty());
    }
    const auto lines = lines_of(done.err);
    const bool fatal = !lines.empty() && lines.back().starts_with("Uncaught exception: ");
    CHECK(fatal == (test.status == 1));
  }
  const Completed health = run({"version"});
  CHECK(health.out.starts_with("KataGo v1.17.2"));
  CHECK(health.err.empty());
}

TEST_CASE("clients: the engine ends soon after quit and the end of input", "[clients][exit]") {
  NEED_PROGRAM();
  for (const char* last : {"quit\n", ""}) {
    for (const char* running : {"", "kata-analyze 1\n", "kata-search_cancellable b\n", "name\n"}) {
      INFO("running '" << running << "', ended by '" << last << "'");
      GtpClient gtp(*program, "maxVisits=1000000000,ponderingEnabled=true");
      CHECK(gtp.ask("play b d4") == "= ");
      gtp.process().write(running);
      gtp.is_silent(0.05);
      gtp.process().write(last);
      gtp.process().close_stdin();
      CHECK(gtp.process().wait(kPrompt) == 0);
    }
  }
}

TEST_CASE("clients: ending signals leave whole lines", "[clients][exit]") {
  NEED_PROGRAM();
  const std::string endless =
      R"(,"moves":[],"rules":"chinese","boardXSize":19,"boardYSize":19,"maxVisits":1000000000,)"
      R"("reportDuringSearchEvery":0.001,"includeMovesOwnership":true,"includePolicy":true})";
  for (const int number : {SIGTERM, SIGINT}) {
    for (int repeat = 0; repeat < 5; ++repeat) {
      const TempDir dir;
      Process process(
          *program, with(kAnalysis, {"-analysis-threads", "3", "-override-config", "logDir=logs"}),
          empty_home(dir));
      for (const char* id : {"a", "b", "c"}) {
        process.write_line(R"({"id":")" + std::string(id) + "\"" + endless);
      }
      REQUIRE(process.read_line(kClientSeconds));
      process.signal(number);
      CHECK(process.wait(kPrompt) == 128 + number);
      const auto rest = process.read_all(kClientSeconds);
      REQUIRE(rest);
      CHECK((rest->empty() || rest->back() == '\n'));
      CHECK(!fs::is_empty(dir.path() + "/logs"));
    }
  }
}

TEST_CASE("clients: the benchmark's text", "[clients][benchmark]") {
  NEED_PROGRAM();
  const TempDir dir;
  const std::string config = dir.write(
      "my.cfg", "numSearchThreads = 6\nlogSearchInfo = false\nlogAllGTPCommunication = false\n");
  const Completed fixed = run({"benchmark", "-model", "/dev/null", "-config", config, "-v", "4",
                               "-t", "1,2", "-n", "2", "-boardsize", "9", "-time", "10",
                               "-half-batch-size", "-override-config", "logToStderr=false"});
  INFO(fixed.out << fixed.err);
  REQUIRE(fixed.status == 0);
  const auto contains_line = [](const std::string& text, const std::string& pattern) {
    const std::regex expected(pattern);
    for (const std::string& line : lines_of(text)) {
      if (std::regex_match(line, expected)) return true;
    }
    return false;
  };
  const std::string result =
      R"(numSearchThreads = [ \d]\d: 2 / 2 positions, visits/s = \d+\.\d\d nnEvals/s = \d+\.\d\d )"
      R"(nnBatches/s = \d+\.\d\d avgBatchSize = \d+\.\d\d \(\d+\.\d secs\))";
  CHECK(contains_line(fixed.out, "Testing using 4 visits\\."));
  CHECK(contains_line(fixed.out, "You are currently using the .+ version of KataGo\\..*"));
  CHECK(contains_line(fixed.out, "Your GTP config is currently set to use numSearchThreads = 6"));
  CHECK(contains_line(fixed.out, result + R"( \(EloDiff baseline\))"));
  CHECK(contains_line(fixed.out, result + R"( \(EloDiff [-+]\d+\))"));
  CHECK(contains_line(fixed.out, R"(numSearchThreads =  1: \(baseline\)( \(recommended\))?)"));
  CHECK(contains_line(fixed.out, R"(numSearchThreads =  2: +[-+]\d+ Elo( \(recommended\))?)"));
  CHECK(fixed.out.find("(recommended)") != std::string::npos);
  CHECK(fixed.out.find_first_of("\r\x1b") == std::string::npos);  // a pipe is not repainted
  CHECK(fixed.out.find("nan") == std::string::npos);
  check_stderr_rules(fixed.err);

  const Completed tuned = run({"benchmark", "-model", "/dev/null", "-visits", "3", "-numpositions",
                               "1", "-boardsize", "7"});
  INFO(tuned.out << tuned.err);
  CHECK(tuned.status == 0);
  CHECK(contains_line(tuned.out, "Possible numbers of threads to test: 1, 2, 3, .*"));
  CHECK(contains_line(tuned.out, "Ordered summary of results: "));
}

TEST_CASE("clients: a config file is found where boards put it", "[clients][files]") {
  NEED_PROGRAM();
  const TempDir dir;
  const auto visits = [&](const std::vector<std::string>& more, const std::string& variable = "") {
    ProcessOptions options = empty_home(dir);
    options.environment["XDG_CONFIG_HOME"] = dir.path() + "/xdg";
    options.environment["HAYAGO_CONFIG"] = variable;
    return run_process(*program, with(kGtp, more), "kata-get-param maxVisits\n", kClientSeconds,
                       options)
        .out;
  };
  const auto config = [&](const std::string& name, int max_visits) {
    return dir.write(name,
                     "logAllGTPCommunication = false\nlogSearchInfo = false\n"
                     "rules = chinese\nnumSearchThreads = 1\nmaxVisits = " +
                         std::to_string(max_visits) + "\n");
  };
  CHECK(visits({}) == "= 1125899906842624\n\n");
  config(".katago/default_gtp.cfg", 11);
  CHECK(visits({}) == "= 11\n\n");
  config(".hayago/default_gtp.cfg", 12);
  CHECK(visits({}) == "= 12\n\n");
  config("xdg/hayago/default_gtp.cfg", 13);
  CHECK(visits({}) == "= 13\n\n");
  const std::string from_variable = config("variable.cfg", 14);
  CHECK(visits({}, from_variable) == "= 14\n\n");
  const std::string first = config("first.cfg", 15);
  CHECK(visits({"-config", first}, from_variable) == "= 15\n\n");
  const std::string second = dir.write("sub/second.cfg", "@include third.cfg # by folder\n");
  dir.write("sub/third.cfg", "maxVisits = 16\n");
  CHECK(visits({"-config", first, "-config", second}) == "= 16\n\n");
  CHECK(visits({"-config", first, "-override-config", "maxVisits=17, maxTime=5", "-override-config",
                "maxVisits=18"}) == "= 18\n\n");
}

TEST_CASE("clients: logs go where the configuration says", "[clients][files]") {
  NEED_PROGRAM();
  const auto log_files = [](const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), folder).string());
    }
    return names;
  };
  const TempDir dir;
  CHECK(run(with(kGtp, {"-override-config", "logDir=made/here"}), "name\n", &dir).status == 0);
  const auto plain = log_files(dir.path() + "/made/here");
  REQUIRE(plain.size() == 1);
  CHECK(std::regex_match(plain[0], std::regex(R"(\d{8}-\d{6}-[0-9A-F]{8}\.log)")));
  CHECK(run(with(kAnalysis, {"-override-config", "logDirDated=dated"}), "", &dir).status == 0);
  const auto dated = log_files(dir.path() + "/dated");
  REQUIRE(dated.size() == 1);
  CHECK(std::regex_match(dated[0], std::regex(R"(\d{8}-\d{6}/[0-9A-F]{8}\.log)")));
  for (int i = 0; i < 2; ++i) {
    CHECK(run(with(kGtp, {"-override-config", "logFile=one.log"}), "", &dir).status == 0);
  }
  std::ifstream log(dir.path() + "/one.log");
  const std::string text((std::istreambuf_iterator<char>(log)), {});
  CHECK(text.find("GTP ready") != text.rfind("GTP ready"));  // appended
  CHECK(std::regex_search(text, std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}: )")));

  // Folders that cannot be made, as beside an executable in a read-only place.
  dir.write("file", "in the way");
  for (const auto& base : {kGtp, kAnalysis}) {
    for (const char* key : {"logDir=file/logs", "logDirDated=file/logs", "logFile=file/x.log",
                            "logDir=/proc/nowhere"}) {
      INFO(key);
      const Completed done = run(with(base, {"-override-config", key}), "", &dir);
      CHECK(done.status == 0);
      CHECK(done.err.find("WARNING: ") != std::string::npos);
      CHECK(done.err.find(std::string(key).substr(std::string(key).find('=') + 1)) !=
            std::string::npos);
      check_stderr_rules(done.err);
    }
  }
}

TEST_CASE("clients: nothing is written outside the named folders", "[clients][files]") {
  NEED_PROGRAM();
  const TempDir dir;
  for (const auto& base : {kGtp, kAnalysis}) {
    const Completed done =
        run(with(base, {"-override-config", "homeDataDir=" + dir.path() + "/own,maxVisits=5"}), "",
            &dir);
    CHECK(done.status == 0);
    CHECK(done.err.find("'homeDataDir'") == std::string::npos);  // known, so without a warning
  }
  // There is nothing to keep between runs: no tuning, no plans.
  CHECK(fs::is_empty(dir.path()));
}
