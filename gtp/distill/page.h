// A training as a page.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "gtp/distill/training_report.h"

namespace hayago::gtp {

struct TrainingPage {
  std::string student, teacher;  // names
  std::int64_t steps = 0;        // of the whole training
  // Rows of a table on how it is trained.
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<TrainingReport> reports;
};

// One page without links to anything, in HTML that is well-formed XML, too.
std::string training_page(const TrainingPage& page);

}  // namespace hayago::gtp
