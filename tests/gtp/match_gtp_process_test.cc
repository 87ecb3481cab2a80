// Engines behind pipes: answers, refusals, silence, death.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>

#include "gtp/match/external_player.h"
#include "gtp/match/gtp_process.h"
#include "tests/support/process.h"

namespace {

using namespace hayago::gtp;

constexpr double kSeconds = 30;

// A shell that answers every command by a line of the script.
std::string engine(const std::string& on_command) {
  return "while read command; do " + on_command + "; done";
}

TEST_CASE("match: responses of an engine are taken apart", "[match]") {
  GtpProcess echo("E", engine("printf '= %s\\r\\nsecond line\\n\\n' \"$command\""));
  CHECK(echo.ask("name", kSeconds) == "name\nsecond line");
  CHECK(echo.ask("other", kSeconds) == "other\nsecond line");
  GtpProcess with_id("E", engine("printf '\\n=12 D4\\n\\n'"));
  CHECK(with_id.ask("genmove b", kSeconds) == "D4");
  GtpProcess silent_ok("E", engine("printf '=\\n\\n'"));
  CHECK(silent_ok.ask("clear_board", kSeconds).empty());
  GtpProcess refusing("E", engine("printf '? not today\\n\\n'"));
  CHECK_THROWS_WITH(refusing.ask("komi 7", kSeconds), "E: 'komi 7' was refused: not today");
}

TEST_CASE("match: engines that break down are named with what they said", "[match]") {
  std::signal(SIGPIPE, SIG_IGN);
  GtpProcess missing("E", "/nonexistent/engine --fast");
  CHECK_THROWS_WITH(missing.ask("name", kSeconds),
                    Catch::Contains("E: the engine has ended (command 'name')") &&
                        Catch::Contains("/nonexistent/engine"));
  GtpProcess slow_to_complain("E", "exec >&-; sleep 0.2; echo no memory >&2");
  CHECK_THROWS_WITH(slow_to_complain.ask("name", kSeconds),
                    Catch::Contains("the engine has ended") && Catch::Contains("no memory"));
  GtpProcess deaf("E", "exec <&- >&-; sleep 0.2; echo no network >&2");
  CHECK_THROWS_WITH(deaf.ask("name", kSeconds),
                    Catch::Contains("the engine has ended") && Catch::Contains("no network"));
  GtpProcess leaves_a_child("E", "sleep 60 & exec >&-; echo gone >&2");
  CHECK_THROWS_WITH(leaves_a_child.ask("name", kSeconds), Catch::Contains("it said: gone"));
  GtpProcess silent("E", "sleep 60");
  CHECK_THROWS_WITH(silent.ask("name", 0.1), Catch::Contains("no answer in time"));
  GtpProcess babbling("E", engine("echo hello; echo"));
  CHECK_THROWS_WITH(babbling.ask("name", kSeconds),
                    Catch::Contains("the answer 'hello' is no GTP response"));
  // Much on stderr must not block an engine that is being waited for.
  GtpProcess noisy("E", engine("seq 100000 >&2; printf '= ok\\n\\n'"));
  CHECK(noisy.ask("name", kSeconds) == "ok");
}

TEST_CASE("match: an engine that does not quit is ended with its children", "[match]") {
  const hayago::test::TempDir folder;
  const auto start = std::chrono::steady_clock::now();
  { const GtpProcess stubborn("E", "trap '' HUP TERM; sleep 300; sleep 300"); }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}

}  // namespace
