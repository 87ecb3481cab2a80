#include "gtp/distill/work_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "gtp/cli/output_file.h"
#include "gtp/config/config.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlanned = "planned-steps";

// Names the first setting that differs.
void require_same(const std::string& folder, const nlohmann::ordered_json& there,
                  const nlohmann::ordered_json& asked) {
  for (const auto& [flag, value] : asked.items()) {
    if (there.contains(flag) && there[flag] == value) continue;
    throw ConfigError(fmt::format(
        "{} was begun with --{} {}, not {}: go on with the same flags, or name another "
        "folder with --work",
        folder, flag, there.value(flag, nlohmann::ordered_json()).dump(), value.dump()));
  }
}

}  // namespace

WorkFolder::WorkFolder(const std::string& path, const nlohmann::ordered_json& settings,
                       bool must_exist)
    : path_(path), settings_(settings) {
  if (std::ifstream in(settings_file()); in) {
    try {
      const auto there = nlohmann::ordered_json::parse(in);
      require_same(path_, there, settings);
      settings_ = there;
    } catch (const nlohmann::json::exception& error) {
      throw ConfigError(fmt::format("{}: {}", settings_file(), error.what()));
    }
    return;
  }
  if (must_exist) throw ConfigError(fmt::format("--resume: there is nothing in {}", path_));
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw ConfigError(fmt::format("{}: {}", path_, error.message()));
  save_settings();
}

bool WorkFolder::has_checkpoint() const { return fs::exists(checkpoint()); }

std::optional<std::int64_t> WorkFolder::planned_steps() const {
  const auto found = settings_.find(kPlanned);
  if (found == settings_.end()) return std::nullopt;
  return found->get<std::int64_t>();
}

void WorkFolder::plan_steps(std::int64_t steps) {
  settings_[kPlanned] = steps;
  save_settings();
}

void WorkFolder::save_settings() const {
  write_output_file(settings_file(), settings_.dump(2) + "\n");
}

std::vector<TrainingReport> WorkFolder::reports(std::int64_t up_to_step) const {
  std::vector<TrainingReport> reports;
  std::ifstream in(reports_file());
  for (std::string line; std::getline(in, line);) {
    try {
      const TrainingReport report = report_from_json(nlohmann::ordered_json::parse(line));
      if (report.step <= up_to_step) reports.push_back(report);
    } catch (const nlohmann::json::exception& error) {
      throw ConfigError(fmt::format("{}: {}", reports_file(), error.what()));
    }
  }
  return reports;
}

void WorkFolder::save_reports(const std::vector<TrainingReport>& reports) const {
  write_output_file(reports_file(), json_lines(reports));
}

}  // namespace hayago::gtp
