// Where a student is, at one moment of its training.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtp/distill/judge.h"

namespace hayago::gtp {

struct TrainingReport {
  std::int64_t step = 0;
  double seconds = 0;               // of training up to here
  double positions_per_second = 0;  // since the report before
  double learning_rate = 0;
  quant::Losses training;  // mean of a position since the report before
  Judgement held_out;
};

// A line for people.
std::string report_line(const TrainingReport& report, std::int64_t steps);

nlohmann::ordered_json report_json(const TrainingReport& report);
// Throws nlohmann::json::exception.
TrainingReport report_from_json(const nlohmann::ordered_json& json);
std::string json_lines(const std::vector<TrainingReport>& reports);

}  // namespace hayago::gtp
