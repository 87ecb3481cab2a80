// Replays the recorded conversations of the reference engine (golden/analysis, format in
// golden/README.md) with the real program. Every line must agree in structure; numbers and moves
// must agree too where the search took the same path. Exempt by design: the wording of errors and
// warnings (only the parts that programs parse are compared), and identity (query_version's
// git_hash and engine, the back-end facts of query_models).
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using hayago::test::Process;
using nlohmann::json;

// A case takes about a second; the limit only catches hangs, also on a busy machine.
constexpr double kSeconds = 60;

struct Outcome {
  std::vector<std::string> structure;  // what is wrong
  std::vector<std::string> values;
  int results = 0, same_path = 0;  // final results; those with equal visits everywhere
};

class Comparison {
 public:
  // races_with_terminate: whether a task had begun when the terminate_all sent right behind it was
  // read is up to the scheduler of the machine; both answers are right (spec/08 section 6).
  Comparison(Outcome& outcome, bool races_with_terminate)
      : outcome_(outcome), races_with_terminate_(races_with_terminate) {}

  void line(const json& expected, const json& actual) {
    where_ = expected.value("id", std::string("?"));
    if (expected.contains("turnNumber")) where_ += "/" + expected.at("turnNumber").dump();
    if (expected.contains("@partial") || expected.contains("@repeat")) {
      partial(expected, actual);
    } else if (expected.contains("error")) {
      error(expected, actual);
    } else if (expected.contains("warning")) {
      warning(expected, actual);
    } else if (expected.contains("action")) {
      action(expected, actual);
    } else if (expected.contains("noResults")) {
      if (!(races_with_terminate_ && actual.contains("moveInfos"))) {
        same("noResults line", expected, actual);
      }
    } else if (races_with_terminate_ && actual.contains("noResults")) {
      same("turnNumber", part(expected, "turnNumber"), part(actual, "turnNumber"));
    } else {
      result(expected, actual);
    }
  }

  void wrong(const std::string& what) { outcome_.structure.push_back(where_ + ": " + what); }

 private:
  void same(const std::string& what, const json& expected, const json& actual) {
    if (expected != actual) {
      wrong(what + ": expected " + expected.dump().substr(0, 300) + ", got " +
            actual.dump().substr(0, 300));
    }
  }
  static json keys(const json& object) {
    json out = json::array();
    for (const auto& [key, value] : object.items()) out.push_back(key);
    return out;
  }
  static json part(const json& object, const char* key) { return object.value(key, json()); }

  void partial(const json& expected, const json& actual) {
    for (const char* key : {"id", "turnNumber", "isDuringSearch"}) {
      same(key, part(expected, key), part(actual, key));
    }
    same("keys", expected.at("keys"), keys(actual));
  }

  void error(const json& expected, const json& actual) {
    same("keys", keys(expected), keys(actual));
    same("field", part(expected, "field"), part(actual, "field"));
    same("id", part(expected, "id"), part(actual, "id"));
    const std::string want = expected.at("error"), got = actual.value("error", std::string());
    if (got.empty()) wrong("empty error text");
    const std::size_t tail = want.find(" - could not parse input line as json request: ");
    if (tail != std::string::npos && got.find(want.substr(tail)) == std::string::npos) {
      wrong("error text lacks '" + want.substr(tail) + "': " + got);
    }
    // Texts that clients look for keep their beginning.
    for (const char* start : {"Illegal move ", "Invalid turn number: ", "Invalid priority: ",
                              "Could not parse board location: ", "Could not parse player: ",
                              "Could not parse rules: ", "Must provide an integer from 2 to 19"}) {
      if (want.rfind(start, 0) == 0 && got.rfind(want, 0) != 0) {
        wrong("error text should begin with '" + want + "': " + got);
      }
    }
    if (want.rfind("Could not set settings: ", 0) == 0) {
      same("text", "Could not set settings: ", got.substr(0, 24));
    }
  }

  void warning(const json& expected, const json& actual) {
    same("keys", keys(expected), keys(actual));
    same("field", part(expected, "field"), part(actual, "field"));
    same("id", part(expected, "id"), part(actual, "id"));
    const std::string field = expected.at("field");
    if (field == "overrideSettings" || field == "rules") {
      same("text", expected.at("warning"), part(actual, "warning"));
    }
  }

  void action(json expected, json actual) {
    if (expected.at("action") == "query_version") {
      if (!part(actual, "git_hash").is_string()) wrong("git_hash is not a text");
      expected.erase("git_hash");
      actual.erase("git_hash");
      actual.erase("engine");
    }
    for (json* side : {&expected, &actual}) {
      if (!side->contains("models")) continue;
      for (json& model : side->at("models")) {
        if (!part(model, "maxBatchSize").is_number_integer()) wrong("maxBatchSize is no integer");
        if (!part(model, "usingFP16").is_string()) wrong("usingFP16 is no text");
        model.erase("maxBatchSize");
        model.erase("usingFP16");
      }
    }
    same("action", expected, actual);
  }

  void result(const json& expected, const json& actual) {
    ++outcome_.results;
    same("keys", keys(expected), keys(actual));
    for (const char* key : {"id", "turnNumber", "isDuringSearch"}) {
      same(key, part(expected, key), part(actual, key));
    }
    if (!actual.contains("rootInfo") || !actual.contains("moveInfos")) return;
    const json &root = expected.at("rootInfo"), &our_root = actual.at("rootInfo");
    same("rootInfo keys", keys(root), keys(our_root));
    for (const char* key : {"currentPlayer", "thisHash", "symHash"}) {
      same(key, part(root, key), part(our_root, key));
    }
    const json &moves = expected.at("moveInfos"), &our_moves = actual.at("moveInfos");
    if (moves.empty() != our_moves.empty()) wrong("moveInfos empty or not");
    if (!moves.empty() && !our_moves.empty()) move_structure(moves, our_moves);
    for (const char* key : {"policy", "humanPolicy", "ownership", "ownershipStdev"}) {
      arrays(key, part(expected, key), part(actual, key));
    }
    values(expected, actual);
  }

  // isSymmetryOf is there on some moves only.
  void move_structure(const json& moves, const json& our_moves) {
    std::set<std::string> want;
    for (const auto& [key, value] : moves.front().items()) want.insert(key);
    want.erase("isSymmetryOf");
    for (const json& move : our_moves) {
      std::set<std::string> got;
      for (const auto& [key, value] : move.items()) got.insert(key);
      got.erase("isSymmetryOf");
      if (want != got) wrong("keys of move " + move.dump().substr(0, 300));
      for (const char* key : {"ownership", "ownershipStdev"}) {
        same(key, part(moves.front(), key).size(), part(move, key).size());
      }
    }
  }

  void arrays(const char* key, const json& expected, const json& actual) {
    if (expected.size() != actual.size()) {
      wrong(std::string(key) + " has " + std::to_string(actual.size()) + " entries");
      return;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if ((expected[i] == -1.0) != (actual[i] == -1.0)) {
        wrong(std::string(key) + "[" + std::to_string(i) + "]: legality differs");
        return;
      }
    }
  }

  // Values count only if the searches visited the same moves as often.
  void values(const json& expected, const json& actual) {
    const auto visits = [](const json& response) {
      std::map<std::string, json> out;
      for (const json& move : response.at("moveInfos")) {
        out[move.at("move")] = {move.at("visits"), move.at("edgeVisits")};
      }
      return out;
    };
    if (visits(expected) != visits(actual) ||
        expected.at("rootInfo").at("visits") != actual.at("rootInfo").at("visits")) {
      outcome_.values.push_back(where_ + ": other visits");
      return;
    }
    ++outcome_.same_path;
    std::map<std::string, json> ours;
    for (const json& move : actual.at("moveInfos")) ours[move.at("move")] = move;
    for (const json& move : expected.at("moveInfos")) numbers(move, ours.at(move.at("move")));
    numbers(expected.at("rootInfo"), actual.at("rootInfo"));
    for (const char* key : {"policy", "humanPolicy", "ownership", "ownershipStdev"}) {
      near(key, part(expected, key), part(actual, key), 1e-3);
    }
  }

  void numbers(const json& expected, const json& actual) {
    for (const auto& [key, value] : expected.items()) {
      if (key == "isSymmetryOf") {
        if (part(actual, key.c_str()) != value) outcome_.values.push_back(where_ + ": " + key);
        continue;
      }
      // The tolerances of golden/README.md for float32 engines: 1e-3, scores 1e-2.
      const bool is_score =
          key.find("core") != std::string::npos || key.find("Lead") != std::string::npos;
      near(key, value, part(actual, key.c_str()), is_score ? 1e-2 : 1e-3);
    }
  }

  void near(const std::string& key, const json& expected, const json& actual, double tolerance) {
    if (expected.is_number() && actual.is_number()) {
      const double want = expected, got = actual;
      if (std::fabs(want - got) > tolerance * std::max(1.0, std::fabs(want))) {
        outcome_.values.push_back(where_ + ": " + key + " " + expected.dump() + " got " +
                                  actual.dump());
      }
    } else if (expected.is_array() && actual.is_array() && expected.size() == actual.size()) {
      for (std::size_t i = 0; i < expected.size(); ++i) {
        near(key, expected[i], actual[i], tolerance);
      }
    } else if (expected != actual) {
      outcome_.values.push_back(where_ + ": " + key + " " + expected.dump() + " got " +
                                actual.dump());
    }
  }

  Outcome& outcome_;
  bool races_with_terminate_;
  std::string where_;
};

std::vector<json> read_json_lines(const std::string& path) {
  std::vector<json> out;
  for (const std::string& line : hayago::test::read_lines(path)) {
    if (!line.empty()) out.push_back(json::parse(line));
  }
  return out;
}

std::string config_text(const json& start) {
  std::map<std::string, std::string> keys{{"logToStderr", "false"},
                                          {"numAnalysisThreads", "1"},
                                          {"numSearchThreads", "1"},
                                          {"numEigenThreadsPerModel", "1"},
                                          {"maxVisits", "10"},
                                          {"wideRootNoise", "0"},
                                          {"nnRandomize", "false"},
                                          {"nnForcedSymmetry", "0"},
                                          {"nnRandSeed", "golden"},
                                          {"forDeterministicTesting", "true"},
                                          {"nnCacheSizePowerOfTwo", "16"},
                                          {"nnMutexPoolSizePowerOfTwo", "10"}};
  const json changes = start.value("config", json::object());
  const json removed = start.value("remove", json::array());
  for (const auto& [key, value] : changes.items()) keys[key] = value;
  for (const json& key : removed) keys.erase(key.get<std::string>());
  std::string out;
  for (const auto& [key, value] : keys) out += key + " = " + value + "\n";
  return out;
}

bool during_search(const json& response) { return response.value("isDuringSearch", false); }

// Bytes are recorded as characters below 256.
std::string bytes_of(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out.push_back(utf8[i]);
    } else {
      const auto next = static_cast<unsigned char>(utf8[++i]);
      out.push_back(static_cast<char>(((c & 0x03U) << 6) | (next & 0x3FU)));
    }
  }
  return out;
}

// Sends everything and returns all responses; throws if one does not come.
std::vector<json> converse(Process& process, const std::vector<json>& script, int& status) {
  std::vector<json> responses;
  const auto read_finals = [&](int count) {
    while (count > 0) {
      const auto line = process.read_line(kSeconds);
      if (!line) throw std::runtime_error("no response in time");
      responses.push_back(json::parse(*line));
      if (!during_search(responses.back())) --count;
    }
  };
  for (const json& step : script) {
    const std::string op = step.at("op");
    if (op == "sleep") {
      std::this_thread::sleep_for(std::chrono::duration<double>(step.at("s").get<double>()));
    } else if (op == "close") {
      process.close_stdin();
    } else if (op == "send") {
      if (step.contains("bytes")) {
        process.write(bytes_of(step.at("bytes")));
      } else {
        process.write_line(step.at("text"));
      }
      if (!step.value("nowait", false)) read_finals(step.value("expect", 0));
    }
  }
  process.close_stdin();
  while (const auto line = process.read_line(kSeconds)) responses.push_back(json::parse(*line));
  status = process.wait(kSeconds).value_or(-1);
  return responses;
}

void compare_sequence(const std::vector<json>& expected, const std::vector<json>& actual,
                      Comparison& comparison) {
  std::size_t at = 0;
  for (const json& want : expected) {
    if (at >= actual.size()) {
      comparison.wrong("missing " + want.dump().substr(0, 200));
      return;
    }
    comparison.line(want, actual[at++]);
    if (!want.contains("@repeat")) continue;
    while (at < actual.size() && during_search(actual[at])) comparison.line(want, actual[at++]);
  }
  for (; at < actual.size(); ++at) comparison.wrong("surplus " + actual[at].dump().substr(0, 200));
}

std::map<std::string, std::vector<json>> by_id(const std::vector<json>& lines, bool strict) {
  std::map<std::string, std::vector<json>> out;
  for (const json& line : lines) {
    out[strict ? "" : line.value("id", std::string())].push_back(line);
  }
  return out;
}

Outcome run_case(const std::string& program, const std::string& input, const std::string& model,
                 const std::string& human_model) {
  const hayago::test::TempDir folder;
  std::filesystem::create_symlink(model, folder.path() + "/net.bin.gz");
  std::filesystem::create_symlink(human_model, folder.path() + "/tiny-human-net.txt");
  std::vector<json> script = read_json_lines(input);
  const json start = script.front();
  folder.write("analysis.cfg", config_text(start));
  std::vector<std::string> args{"analysis", "-model", "net.bin.gz", "-config", "analysis.cfg"};
  const json more_args = start.value("args", json::array());
  for (const json& arg : more_args) args.push_back(arg);
  std::string output = input;
  output.replace(output.find(".in.jsonl"), 9, ".out.jsonl");
  std::vector<json> expected = read_json_lines(output);
  const int expected_status = expected.back().at("@exit");
  expected.pop_back();

  Outcome outcome;
  const bool races = input.find("18-terminate-all") != std::string::npos;
  Comparison comparison(outcome, races);
  Process process(program, args, {folder.path(), {}});
  int status = -1;
  std::vector<json> actual;
  try {
    actual = converse(process, script, status);
  } catch (const std::exception& error) {
    outcome.structure.push_back(std::string(error.what()) + "; stderr: " + process.stderr_text());
    return outcome;
  }
  if (status != expected_status) comparison.wrong("exit status " + std::to_string(status));
  const bool strict = start.value("order", "strict") == "strict";
  const auto want = by_id(expected, strict), got = by_id(actual, strict);
  for (const auto& [id, lines] : want) {
    const auto found = got.find(id);
    compare_sequence(lines, found == got.end() ? std::vector<json>{} : found->second, comparison);
  }
  for (const auto& [id, lines] : got) {
    if (!want.contains(id)) comparison.wrong("unexpected id " + id);
  }
  return outcome;
}

TEST_CASE("analysis: the recorded conversations", "[analysis][golden][slow]") {
  const auto program = hayago::test::hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  HAYAGO_SHARED_FILE(model, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  HAYAGO_SHARED_FILE(human_model, "golden/gtp/tiny-human-net.txt");
  HAYAGO_SHARED_FILE(first, "golden/analysis/01-basic.in.jsonl");

  std::set<std::string> inputs;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(first).parent_path())) {
    const std::string name = entry.path().string();
    if (name.ends_with(".in.jsonl")) inputs.insert(name);
  }
  int results = 0, same_path = 0;
  for (const std::string& input : inputs) {
    const std::string name = std::filesystem::path(input).filename().string();
    const Outcome outcome = run_case(*program, input, model, human_model);
    results += outcome.results;
    same_path += outcome.same_path;
    std::cout << (outcome.structure.empty() ? "pass " : "FAIL ") << name << ": " << outcome.results
              << " results, " << outcome.same_path << " with the recorded visits, "
              << outcome.values.size() << " value differences\n";
    for (std::size_t i = 0; i < std::min<std::size_t>(outcome.values.size(), 5); ++i) {
      std::cout << "       " << outcome.values[i] << '\n';
    }
    INFO(name);
    for (const std::string& problem : outcome.structure) {
      UNSCOPED_INFO(problem);
    }
    CHECK(outcome.structure.empty());
    // A value may only differ where the search took another path.
    CHECK(outcome.values.size() == static_cast<std::size_t>(outcome.results - outcome.same_path));
  }
  std::cout << same_path << " of " << results << " results with the recorded visits\n";
  CHECK(inputs.size() == 37);
  // Near-ties decided by the last bits of the network may move a visit; that is rare.
  CHECK(same_path * 100 >= results * 98);
}

}  // namespace
