// A board's long evening: analysis at the shortest interval, interrupted at random moments by what
// boards send, every line checked. HAYAGO_SOAK_SECONDS sets how long (default 10).
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <regex>
#include <thread>

#include "tests/support/gtp_client.h"
#include "tests/support/info_line.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using Clock = std::chrono::steady_clock;

double soak_seconds() {
  const char* text = std::getenv("HAYAGO_SOAK_SECONDS");
  return text != nullptr ? std::atof(text) : 10.0;
}

class Board {
 public:
  Board(const std::string& program, unsigned seed)
      : gtp_(program,
             "maxVisits=30,ponderingEnabled=true,allowResignation=true,"
             "resignThreshold=-0.999"),
        random_(seed) {
    REQUIRE(gtp_.ask("boardsize 9") == "= ");
  }

  // One analysis from its start to the response of the line that ends it.
  void analyse() {
    const std::string id = pick(2) == 0 ? std::to_string(++id_) : "";
    InfoShape shape = current_size();
    const std::string command = analysis_command(shape);
    log_ = id + " " + command;
    gtp_.send(id.empty() ? command : id + " " + command);
    expect_line("=" + id);
    if (pick(3) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(pick(40)));
    } else {
      for (int lines = pick(6); lines > 0; --lines) expect_info(shape);
    }
    interrupt(shape);
  }

  void finish() {
    gtp_.send("quit");
    REQUIRE(gtp_.response() == "= ");
    REQUIRE(gtp_.process().wait(kClientSeconds) == 0);
    REQUIRE_FALSE(gtp_.process().read_line(1).has_value());
  }
  long lines() const { return lines_; }
  long analyses() const { return analyses_; }

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool coin() { return pick(2) == 0; }
  std::string color() { return coin() ? "b" : "w"; }
  std::string vertex() {
    if (pick(20) == 0) return "pass";
    return std::string(1, "ABCDEFGHJ"[pick(x_)]) + std::to_string(1 + pick(y_));
  }
  InfoShape current_size() const {
    InfoShape shape;
    shape.x_size = x_;
    shape.y_size = y_;
    return shape;
  }

  std::string analysis_command(InfoShape& shape) {
    ++analyses_;
    if (pick(3) == 0) {
      shape.lz = true;
      return coin() ? "lz-analyze 1" : "lz-analyze " + color() + " interval 1";
    }
    std::string command = "kata-analyze " + (coin() ? color() + " 1" : std::string("1"));
    const auto maybe = [&](bool& wanted, const char* key) {
      wanted = pick(4) == 0;
      if (wanted) command += std::string(" ") + key + " true";
    };
    maybe(shape.ownership, "ownership");
    maybe(shape.moves_ownership, "movesOwnership");
    maybe(shape.pv_visits, "pvVisits");
    maybe(shape.root_info, "rootInfo");
    return command;
  }

  // Nothing but checked lines and the empty one that ends an analysis.
  void expect_end(const InfoShape& shape) {
    for (;;) {
      const std::string line = gtp_.line();
      if (line.empty()) return;
      check_info(line, shape);
    }
  }
  void expect_info(const InfoShape& shape) { check_info(gtp_.line(), shape); }
  void check_info(const std::string& line, const InfoShape& shape) {
    ++lines_;
    const std::string problem = info_line_problem(line, shape);
    if (problem.empty()) return;
    INFO("after '" << log_ << "': " << line);
    REQUIRE(problem == "");
  }
  void expect_line(const std::string& expected) {
    const std::string line = gtp_.line();
    INFO("after '" << log_ << "'");
    REQUIRE(line == expected);
  }

  // Ends the running analysis and reads the response of the line that did it.
  void interrupt(const InfoShape& running) {
    struct Kind {
      const char *command, *response;  // the response without mark and id, a pattern
    };
    static const Kind kKinds[] = {
        {"stop", ""},
        {"protocol_version", "2"},
        {"name", "KataGo-hayago"},
        {"known_command known_command", "true"},
        {"undo", "|cannot undo"},
        {"play", "|illegal move"},
        {"play", "|illegal move"},
        {"play", "|illegal move"},
        {"genmove", "[A-HJ][1-9]|pass|resign"},
        {"clear_board", ""},
        {"boardsize", ""},
        {"komi 6.5", ""},
        {"showboard", "MoveNum: [\\s\\S]*captured: [0-9]+"},
        {"kata-set-param analysisWideRootNoise 0.1", ""},
        {"nosuch", "unknown command"},
        {"", nullptr},
        {"# comment", nullptr},
    };
    const Kind& kind = kKinds[pick(static_cast<int>(std::size(kKinds)))];
    std::string line = kind.command;
    int new_x = x_, new_y = y_;
    if (line == "play") line += " " + color() + " " + vertex();
    if (line == "genmove") line += " " + color();
    if (line == "boardsize") {
      new_x = 4 + pick(6);
      new_y = 4 + pick(6);
      line += " " + std::to_string(new_x) + " " + std::to_string(new_y);
    }
    const std::string id = coin() && kind.response != nullptr ? std::to_string(++id_) : "";
    log_ += ", then '" + id + " " + line + "'";
    gtp_.send(id.empty() ? line : id + " " + line);
    expect_end(running);
    x_ = new_x;
    y_ = new_y;
    if (kind.response == nullptr) return;
    const std::string response = gtp_.response();
    INFO("after '" << log_ << "': " << response);
    const std::regex pattern("[=?]" + id + " (" + kind.response + ")");
    REQUIRE(std::regex_match(response, pattern));
  }

  GtpClient gtp_;
  std::mt19937 random_;
  int x_ = 9, y_ = 9, id_ = 0;
  long lines_ = 0, analyses_ = 0;
  std::string log_;
};

}  // namespace

TEST_CASE("soak: analysis at the shortest interval with interruptions", "[soak][clients][slow]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no program");
  Board board(*program, 5);
  const auto end = Clock::now() + std::chrono::duration<double>(soak_seconds());
  while (Clock::now() < end) board.analyse();
  board.finish();
  CHECK(board.lines() > board.analyses() / 4);
  std::cout << board.analyses() << " analyses, " << board.lines() << " lines\n";
}
