// Many clients at once for a while: every id is answered exactly once, by one analysis process and
// by one GTP process. HAYAGO_SOAK_SECONDS sets how long (default 15); usable with sanitizers.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using hayago::test::Process;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kClients = 20;
// Queries that may be open at a time, so that a slow build (sanitizers) still ends in time.
constexpr int kMaxOpen = 60;
constexpr double kSeconds = 120;  // for one answer, however slow the build

double soak_seconds() {
  const char* text = std::getenv("HAYAGO_SOAK_SECONDS");
  return text != nullptr ? std::atof(text) : 15.0;
}

// What the answers to an id must be.
struct Expectation {
  int finals = 0;       // results or errors
  bool warned = false;  // warnings allowed
};

class RandomClient {
 public:
  explicit RandomClient(unsigned seed) : random_(seed) {}

  // A request with that id and how many final answers it gets.
  std::pair<std::string, Expectation> next(const std::string& id) {
    switch (pick(12)) {
      case 0:
        return {json{{"id", id}, {"action", "query_version"}}.dump(), {1}};
      case 1:
        return {json{{"id", id}, {"action", "terminate"}, {"terminateId", "nobody"}}.dump(), {1}};
      case 2:
        return {json{{"id", id}, {"action", "clear_cache"}}.dump(), {1}};
      case 3:
        return {json{{"id", id}, {"boardXSize", 29}}.dump(), {1}};
      case 4:
        return broken_query(id);
      default:
        return query(id);
    }
  }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

 private:
  json base(const std::string& id) {
    static const char* const kRules[] = {"tromp-taylor", "japanese", "chinese", "aga-button"};
    return {{"id", id},
            {"boardXSize", 2 + pick(8)},
            {"boardYSize", 2 + pick(8)},
            {"rules", kRules[pick(4)]},
            {"moves", json::array()},
            {"maxVisits", 1 + pick(12)},
            {"priority", pick(5)}};
  }

  // The moves may turn out to be illegal: then it is one error instead of the results.
  std::pair<std::string, Expectation> query(const std::string& id) {
    json request = base(id);
    const int x = request.at("boardXSize"), y = request.at("boardYSize");
    const int moves = pick(6);
    std::set<std::string> used;
    for (int i = 0; i < moves; ++i) {
      std::string vertex(1, "ABCDEFGHJ"[pick(x)]);
      vertex += std::to_string(1 + pick(y));
      if (!used.insert(vertex).second) vertex = "pass";
      request["moves"].push_back(json::array({i % 2 == 0 ? "b" : "w", vertex}));
    }
    json turns = json::array();
    for (int turn = 0; turn <= moves; ++turn) {
      if (pick(2) == 0) turns.push_back(turn);
    }
    if (turns.empty()) turns.push_back(moves);
    request["analyzeTurns"] = turns;
    Expectation expectation{static_cast<int>(turns.size())};
    if (pick(4) == 0) request["includeOwnership"] = true;
    if (pick(4) == 0) request["includePolicy"] = true;
    if (pick(6) == 0) request["reportDuringSearchEvery"] = 0.001;
    if (pick(6) == 0) {
      request["misspelt"] = 1;
      expectation.warned = true;
    }
    if (pick(8) == 0) request["overrideSettings"] = {{"numSearchThreads", 2}};
    return {request.dump(), expectation};
  }

  std::pair<std::string, Expectation> broken_query(const std::string& id) {
    json request = base(id);
    static const char* const kFields[] = {"moves",         "rules",        "maxVisits",
                                          "komi",          "analyzeTurns", "overrideSettings",
                                          "initialStones", "allowMoves"};
    request[kFields[pick(8)]] = nullptr;
    return {request.dump(), {1}};
  }

  std::mt19937 random_;
};

class Bookkeeping {
 public:
  void expect(const std::string& id, const Expectation& expectation) {
    const std::lock_guard lock(mutex_);
    open_[id] = expectation;
  }
  std::size_t open() {
    const std::lock_guard lock(mutex_);
    return open_.size();
  }
  // What is wrong with this answer, or "".
  std::string answered(const json& response) {
    const std::lock_guard lock(mutex_);
    const auto at = open_.find(response.value("id", std::string()));
    if (at == open_.end()) return "an answer to nobody: " + response.dump().substr(0, 300);
    if (response.contains("warning")) return at->second.warned ? "" : "unexpected warning";
    if (response.value("isDuringSearch", false)) return "";
    // An error replaces all results of its query.
    at->second.finals -= response.contains("error") ? at->second.finals : 1;
    if (at->second.finals == 0) open_.erase(at);
    ++answers_;
    return "";
  }
  long answers() const { return answers_; }

 private:
  std::mutex mutex_;
  std::map<std::string, Expectation> open_;
  long answers_ = 0;
};

std::string make_network(const std::string& program, const hayago::test::TempDir& folder) {
  const std::string path = folder.path() + "/net.bin.gz";
  const auto made =
      hayago::test::run_process(program, {"synth-net", "b2c16", "-o", path}, "", kSeconds);
  INFO(made.err);
  REQUIRE(made.status == 0);
  return path;
}

TEST_CASE("soak: analysis answers every id exactly once", "[soak][slow]") {
  const auto program = hayago::test::hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const hayago::test::TempDir folder;
  Process process(*program, {"analysis", "-model", make_network(*program, folder),
                             "-analysis-threads", "4", "-override-config", "logToStderr=false"});
  const auto end = Clock::now() + std::chrono::duration<double>(soak_seconds());
  Bookkeeping books;
  std::mutex write_mutex;
  std::atomic<bool> failed{false};
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      RandomClient random(static_cast<unsigned>(client));
      for (int i = 0; Clock::now() < end && !failed; ++i) {
        if (books.open() >= kMaxOpen) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          continue;
        }
        const std::string id = std::to_string(client) + ":" + std::to_string(i);
        const auto [request, expectation] = random.next(id);
        books.expect(id, expectation);
        const std::lock_guard lock(write_mutex);
        if (!process.write_line(request)) failed = true;
      }
    });
  }
  std::string problem;
  const auto read_one = [&] {
    const auto line = process.read_line(kSeconds);
    if (!line) return std::string("no answer in time");
    return books.answered(json::parse(*line));
  };
  while (problem.empty() && (Clock::now() < end || books.open() > 0)) {
    if (books.open() == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    problem = read_one();
  }
  if (!problem.empty()) failed = true;
  for (std::thread& client : clients) client.join();
  while (problem.empty() && books.open() > 0) problem = read_one();
  INFO(problem << " stderr: " << process.stderr_text());
  CHECK(problem.empty());
  CHECK_FALSE(failed);
  CHECK(books.answers() > 0);
  process.close_stdin();
  CHECK(process.wait(kSeconds) == 0);
  CHECK_FALSE(process.read_line(1).has_value());  // nothing was answered twice
}

TEST_CASE("soak: gtp answers every command exactly once", "[soak][slow]") {
  const auto program = hayago::test::hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const hayago::test::TempDir folder;
  Process process(*program, {"gtp", "-model", make_network(*program, folder), "-override-config",
                             "maxVisits=4,numSearchThreads=2"});
  static const char* const kCommands[] = {"name",
                                          "boardsize 7",
                                          "clear_board",
                                          "play b c3",
                                          "play w c3",
                                          "play w d4",
                                          "undo",
                                          "genmove b",
                                          "genmove w",
                                          "komi 5.5",
                                          "komi x",
                                          "kata-set-rules japanese",
                                          "final_score",
                                          "showboard",
                                          "kata-search_analyze b 10",
                                          "no_such_command",
                                          "kata-raw-nn 0",
                                          "list_commands"};
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> pick(0, std::size(kCommands) - 1);
  const auto end = Clock::now() + std::chrono::duration<double>(soak_seconds());
  int sent = 0, read = 0;
  const auto read_one = [&] {
    const auto response = process.read_response(kSeconds);
    REQUIRE(response.has_value());
    const std::string id = std::to_string(++read);
    INFO(*response << "stderr: " << process.stderr_text());
    REQUIRE((response->rfind("=" + id, 0) == 0 || response->rfind("?" + id, 0) == 0));
  };
  while (Clock::now() < end) {
    REQUIRE(process.write_line(std::to_string(++sent) + " " + kCommands[pick(random)]));
    // Several commands are under way at a time, as GUIs do it.
    if (sent - read >= kClients) read_one();
  }
  while (read < sent) read_one();
  process.close_stdin();
  CHECK(process.wait(kSeconds) == 0);
  CHECK_FALSE(process.read_line(1).has_value());
}

}  // namespace
