// What a fresh machine has: the program with its network and nothing else.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/support/gtp_client.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;

Completed run(const std::vector<std::string>& args, const std::string& script) {
  const TempDir home;
  return run_process(*hayago_program(), args, script, kClientSeconds, empty_home(home));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("builtin: a fresh machine has an engine", "[builtin][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done =
      run({"gtp", "-override-config", "maxVisits=50"},
          "boardsize 9\nclear_board\nplay b e5\nplay w e6\nplay b f6\nplay w d6\nplay b d5\nplay w "
          "c3\nplay b e7\nplay w a1\nkata-search_analyze b\ngenmove b\nquit\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(contains(done.err, "builtin (the small network in the program)"));
  CHECK_FALSE(contains(done.out, "?"));
}

TEST_CASE("builtin: a person plays at once", "[builtin][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done = run({"play", "--size", "9", "--visits", "20"}, "e5\nquit\n");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(contains(done.out, "Network builtin (the small network in the program)."));
  CHECK(contains(done.out, "White (hayago): "));
}

TEST_CASE("builtin: named like a file, and no file of that name is", "[builtin][e2e]") {
  if (!hayago_program()) HAYAGO_SKIP("this build has no program");
  const Completed done = run({"inspect", "-model", "builtin", "--json"}, "");
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(contains(done.out, "distilled-"));
  const Completed other = run({"inspect", "-model", "./builtin"}, "");
  CHECK(other.status != 0);
  CHECK(contains(other.err, "./builtin"));
}
