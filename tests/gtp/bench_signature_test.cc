#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "gtp/cmd/bench.h"

namespace hayago::test {

TEST_CASE("the search signature is the one in bench/signature.txt", "[gtp][bench]") {
  // After a change that is meant to alter searches: put the new signature into the file, in the
  // same commit.
  std::ifstream file(std::string(HAYAGO_SOURCE_DIR) + "/bench/signature.txt");
  std::string expected;
  REQUIRE(file >> expected);
  CHECK(gtp::search_signature() == expected);
}

}  // namespace hayago::test
