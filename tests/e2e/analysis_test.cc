// The analysis subcommand as a program: plain use, bad input, clients that go away.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using hayago::test::Process;
using hayago::test::TempDir;
using nlohmann::json;

// Everything here takes well under a second; the limit only catches hangs on busy machines.
constexpr double kSeconds = 60;

const char* const kQuery =
    R"({"id":"query1","moves":[["B","Q4"],["W","D4"]],"rules":"chinese","komi":7.5,)"
    R"("boardXSize":19,"boardYSize":19})";

// A small random network, so that nothing here needs shared data.
class Setup {
 public:
  explicit Setup(const std::string& program)
      : program_(program), model_(folder_.path() + "/net.bin.gz") {
    const auto made =
        hayago::test::run_process(program_, {"synth-net", "b2c16", "-o", model_}, "", kSeconds);
    INFO(made.err);
    REQUIRE(made.status == 0);
  }
  const std::string& model() const { return model_; }
  const std::string& path() const { return folder_.path(); }
  std::vector<std::string> args(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> out{"analysis", "-model", model_};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  std::unique_ptr<Process> start(const std::vector<std::string>& more = {}) const {
    return std::make_unique<Process>(program_, args(more));
  }
  hayago::test::Completed run(const std::string& input,
                              const std::vector<std::string>& more = {}) const {
    return hayago::test::run_process(program_, args(more), input, kSeconds);
  }

 private:
  std::string program_;
  TempDir folder_;
  std::string model_;
};

#define SETUP_OR_SKIP(name)                                      \
  const auto program = hayago::test::hayago_program();           \
  if (!program) HAYAGO_SKIP("this build has no hayago program"); \
  const Setup name(*program)

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    REQUIRE(end != std::string::npos);  // every response ends its line
    out.push_back(json::parse(text.substr(start, end - start)));
    start = end + 1;
  }
  return out;
}

std::string small_query(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id +
         R"(","moves":[],"rules":"tromp-taylor","boardXSize":5,"boardYSize":5,"maxVisits":3)" +
         more + "}\n";
}

TEST_CASE("analysis: one query without any configuration", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  const auto process = setup.start();
  REQUIRE(process->write_line(kQuery));
  const auto line = process->read_line(kSeconds);
  REQUIRE(line.has_value());
  const json response = json::parse(*line);
  CHECK(response.at("id") == "query1");
  CHECK(response.at("turnNumber") == 2);
  CHECK(response.at("isDuringSearch") == false);
  CHECK(response.at("rootInfo").at("currentPlayer") == "B");
  CHECK(response.at("rootInfo").at("visits") == 500);
  REQUIRE_FALSE(response.at("moveInfos").empty());
  const json& best = response.at("moveInfos").front();
  CHECK(best.at("order") == 0);
  CHECK(best.at("pv").front() == best.at("move"));
  CHECK(best.at("winrate") >= 0.0);
  CHECK(best.at("winrate") <= 1.0);
  // Keys come in alphabetical order and without blanks.
  CHECK(*line == response.dump());
  process->close_stdin();
  CHECK(process->wait(kSeconds) == 0);
  CHECK(process->stderr_text().find("Started, ready to begin handling requests") !=
        std::string::npos);
}

TEST_CASE("analysis: the same with a real network", "[analysis][e2e][slow]") {
  const auto program = hayago::test::hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  HAYAGO_SHARED_FILE(model, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  Process process(*program, {"analysis", "-model", model});
  REQUIRE(process.write_line(kQuery));
  const auto line = process.read_line(kSeconds);
  REQUIRE(line.has_value());
  const json response = json::parse(*line);
  // Two 4-4 points in opposite corners: an even game for any sensible network.
  CHECK(response.at("rootInfo").at("winrate") > 0.35);
  CHECK(response.at("rootInfo").at("winrate") < 0.65);
}

TEST_CASE("analysis: garbage does not stop later queries", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  std::string input;
  std::size_t lines = 0;
  const auto add = [&](const std::string& line) {
    input += line + "\n";
    ++lines;
  };
  add("garbage");
  add("\xFF\xFE invalid \xC3");
  add("{\"id\":\"\xFF\"}");
  add(std::string("nul \0 inside", 12));
  add("{\"id\":\"deep\",\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
  add(std::string(10'000'000, 'x'));
  add("{\"id\":\"" + std::string(10'000'000, 'y') + "\"}");
  add("[1,2,3]");
  add("{\"id\":5}");
  add("{\"id\":\"k\",\"action\":\"jump\"}");
  input += "\n  \n\r\n\t\n";  // empty lines are ignored
  input += small_query("last");
  const auto done = setup.run(input);
  CHECK(done.status == 0);
  const std::vector<json> responses = json_lines(done.out);
  REQUIRE(responses.size() == lines + 1);
  for (std::size_t i = 0; i < lines; ++i) {
    INFO(i);
    CHECK(responses[i].contains("error"));
  }
  CHECK(responses.back().at("id") == "last");
  CHECK(responses.back().contains("moveInfos"));
}

TEST_CASE("analysis: a last line without a line end counts", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  std::string input = small_query("a");
  input.pop_back();
  const auto done = setup.run(input);
  CHECK(done.status == 0);
  CHECK(json_lines(done.out).size() == 1);
}

TEST_CASE("analysis: end of input finishes everything, or drops it when asked", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  std::string input;
  for (int i = 0; i < 50; ++i) input += small_query(std::to_string(i));
  const auto all = setup.run(input, {"-analysis-threads", "3"});
  CHECK(all.status == 0);
  std::set<std::string> ids;
  for (const json& response : json_lines(all.out)) ids.insert(response.at("id"));
  CHECK(ids.size() == 50);

  const auto process = setup.start({"-quit-without-waiting"});
  REQUIRE(process->write(small_query("endless", R"(,"maxTime":1000000)")));
  REQUIRE(process->write_line(
      R"({"id":"e","moves":[],"rules":"chinese","boardXSize":19,"boardYSize":19,"maxVisits":1000000000})"));
  process->close_stdin();
  CHECK(process->wait(kSeconds) == 0);
}

TEST_CASE("analysis: terminated queries are answered", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  const auto process = setup.start({"-analysis-threads", "1"});
  const std::string endless =
      R"(","moves":[],"rules":"chinese","boardXSize":9,"boardYSize":9,"maxVisits":1000000000})";
  REQUIRE(process->write_line(R"({"id":"run)" + endless));
  REQUIRE(process->write_line(R"({"id":"wait)" + endless));
  REQUIRE(process->write_line(R"({"id":"t","action":"terminate_all"})"));
  std::map<std::string, json> responses;
  for (int i = 0; i < 3; ++i) {
    const auto line = process->read_line(kSeconds);
    REQUIRE(line.has_value());
    const json response = json::parse(*line);
    responses[response.at("id")] = response;
  }
  CHECK(responses.at("wait").at("isDuringSearch") == false);
  CHECK(responses.at("run").at("isDuringSearch") == false);
  CHECK(responses.at("t").at("action") == "terminate_all");
}

TEST_CASE("analysis: a client that goes away", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  {  // It closes stdout and sends on: the process notices and ends by itself.
    const auto shell = std::make_unique<Process>(
        "/bin/sh",
        std::vector<std::string>{
            "-c",
            "(i=0; while [ $i -lt 400 ]; do echo bad; i=$((i+1)); sleep 0.01; done; "
            "sleep 3) | \"$0\" analysis -model \"$1\" 2>err.txt | head -n 1; echo end",
            *program, setup.model()},
        hayago::test::ProcessOptions{setup.path(), {}});
    const auto text = shell->read_all(kSeconds);
    REQUIRE(text.has_value());
    CHECK(text->find("end") != std::string::npos);
    CHECK(shell->wait(kSeconds) == 0);
  }
  {  // It is killed in the middle of a search: SIGTERM ends the engine at once.
    const auto process = setup.start();
    REQUIRE(process->write_line(
        R"({"id":"e","moves":[],"rules":"chinese","boardXSize":19,"boardYSize":19,"maxVisits":1000000000,"reportDuringSearchEvery":0.01})"));
    REQUIRE(process->read_line(kSeconds).has_value());
    process->signal(SIGTERM);
    CHECK(process->wait(kSeconds) == 143);
  }
}

TEST_CASE("analysis: bad start-ups say what is wrong", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  const auto run = [&](const std::vector<std::string>& args) {
    return hayago::test::run_process(*program, args, "", kSeconds);
  };
  const auto no_model = run({"analysis", "-model", "/nonexistent/net.bin.gz"});
  CHECK(no_model.status == 1);
  CHECK(no_model.err.find("Uncaught exception: ") != std::string::npos);
  CHECK(no_model.err.find("/nonexistent/net.bin.gz") != std::string::npos);
  CHECK(run(setup.args({"-unknown-flag"})).status == 2);
  CHECK(run(setup.args({"-analysis-threads", "0"})).status == 2);
  const auto both =
      run(setup.args({"-analysis-threads", "2", "-override-config", "numAnalysisThreads=2"}));
  CHECK(both.status == 1);
  CHECK(both.err.find("numAnalysisThreads") != std::string::npos);
  const auto typo = run(setup.args({"-override-config", "maxVisit=5"}));
  CHECK(typo.status == 0);
  CHECK(typo.err.find("maxVisits") != std::string::npos);  // the suggestion
  CHECK(run({"analysis", "-help"}).status == 0);
}

// Weights of alternating sign and enormous size: the sums overflow to infinities of both signs.
std::string with_overflowing_weights(const std::string& network_text) {
  std::istringstream lines(network_text);
  std::string out, line;
  while (std::getline(lines, line)) {
    // Only convolutions have so many numbers in one line; normalisations must stay valid.
    const auto blanks = std::count(line.begin(), line.end(), ' ');
    if (blanks < 500) {
      out += line + "\n";
      continue;
    }
    for (long i = 0; i <= blanks; ++i) out += i % 2 == 0 ? "1e18 " : "-1e18 ";
    out.back() = '\n';
  }
  return out;
}

TEST_CASE("analysis: a broken network is an error of its query", "[analysis][e2e]") {
  SETUP_OR_SKIP(setup);
  const std::string text_net = setup.path() + "/net.txt";
  const auto made =
      hayago::test::run_process(*program, {"synth-net", "b2c16", "-o", text_net}, "", kSeconds);
  REQUIRE(made.status == 0);
  std::ifstream sound(text_net);
  const std::string text((std::istreambuf_iterator<char>(sound)), {});
  const std::string broken_net = setup.path() + "/broken.txt";
  std::ofstream(broken_net) << with_overflowing_weights(text);
  const auto run = [&](const std::string& model) {
    const auto done = hayago::test::run_process(
        *program, {"analysis", "-model", model},
        small_query("a") + R"({"id":"v","action":"query_version"})" + "\n", kSeconds);
    INFO(done.err);
    CHECK(done.status == 0);
    std::map<std::string, json> responses;
    for (const json& response : json_lines(done.out)) responses[response.at("id")] = response;
    return responses;
  };
  CHECK(run(text_net).at("a").contains("moveInfos"));
  const auto responses = run(broken_net);
  CHECK(responses.at("a").contains("error"));
  CHECK(responses.at("v").contains("version"));
}

}  // namespace
