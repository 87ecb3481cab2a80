// The comparison of transcripts must see differences, or the golden tests prove nothing.
#include <catch2/catch.hpp>

#include "tests/support/transcript_compare.h"

namespace {

bool same(const std::string& expected, const std::string& actual, bool values = false) {
  hayago::test::TranscriptOptions options;
  options.values = values;
  return !hayago::test::compare_transcript(expected, actual, options);
}

}  // namespace

TEST_CASE("transcripts: literal text and error wording", "[support]") {
  CHECK(same("=1 a\n\n", "=1 a\n\n"));
  CHECK(!same("=1 a\n\n", "=1 b\n\n"));
  CHECK(!same("=1 a\n\n", "=1 a\n"));
  CHECK(!same("=1 a\n\n", "=1 a\n\nmore\n"));
  CHECK(same("?7 their words\n\n", "?7 ours\n\n"));
  CHECK(!same("?7 words\n\n", "?8 words\n\n"));
  CHECK(!same("?7 words\n\n", "=7 words\n\n"));
}

TEST_CASE("transcripts: markers at both levels", "[support]") {
  CHECK(same("= <<m D4>>\n", "= C3\n"));
  CHECK(!same("= <<m D4>>\n", "= C3\n", true));
  CHECK(!same("= <<m D4>>\n", "= resign\n"));
  CHECK(!same("= <<m D4>>\n", "= I3\n"));
  CHECK(same("x <<f 0.5>> y\n", "x 0.7 y\n"));
  CHECK(!same("x <<f 0.5>> y\n", "x 0.7 y\n", true));
  CHECK(same("x <<f 0.5>> y\n", "x 0.5005 y\n", true));
  CHECK(!same("x <<f 0.5>> y\n", "x nan y\n"));
  CHECK(!same("<<n 5>>\n", "5.0\n"));
  CHECK(!same("<<n 5>>\n", "6\n", true));
  CHECK(same("= <<s W+7.0>>\n", "= W+6.5\n", true));
  CHECK(!same("= <<s W+7.0>>\n", "= B+7.0\n", true));
  CHECK(!same("<<fl 1 2 3>>\n", "1 2\n"));
}

TEST_CASE("transcripts: analysis lines", "[support]") {
  const std::string recorded =
      "info move <<m C4>> visits <<n 9>> order 0 pv <<v C4 D5>> rootInfo visits <<n 20>>\n";
  CHECK(same(recorded,
             "info move D5 visits 3 order 0 pv D5 info move C3 visits 1 order 1 pv C3 "
             "rootInfo visits 4\n"));
  CHECK(!same(recorded, "info move D5 visits 3 order 0 pv D5\n"));
  CHECK(!same(recorded, "info move D5 order 0 visits 3 pv D5 rootInfo visits 4\n"));
  const std::string live = "<<live: info move visits order pv | ownership*4>>\n";
  CHECK(same(live, "info move A1 visits 1 order 0 pv A1 ownership 0 -1 1 0.5\n"));
  CHECK(!same(live, "info move A1 visits 1 order 0 pv A1 ownership 0 -1 1\n"));
  CHECK(!same(live, "info move A1 visits 1 order 0 pv A1\n"));
  CHECK(!same(live, "= \n"));
}
