// Compares program output with a recorded transcript that contains markers (golden/README.md,
// section protocols).
#pragma once
#include <string>
#include <vector>

namespace hayago::test {

struct TranscriptDifference {
  std::string where;  // expected and actual line; empty = no difference
  bool operator!() const { return where.empty(); }
};

struct TranscriptOptions {
  // false: structure level (any engine with any network), true: also numbers and moves.
  bool values = false;
  // Tolerances of golden/README.md for the same network in binary32 arithmetic on another
  // implementation, relative or absolute: search values, scores, raw network values.
  double tolerance = 1e-3, score_tolerance = 1e-2;
};

// The first difference of two texts. Lines that begin with '?' are compared up to the id: wording
// is each program's own.
TranscriptDifference compare_transcript(const std::string& expected, const std::string& actual,
                                        const TranscriptOptions& options);

}  // namespace hayago::test
