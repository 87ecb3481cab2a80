#include "gtp/distill/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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
  const bool goes_on = fs::exists(settings_file());
  if (must_exist && !goes_on) {
    throw ConfigError(fmt::format("--resume: there is nothing in {}", path_));
  }
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw ConfigError(fmt::format("{}: {}", path_, error.message()));
  if (goes_on) {
    try {
      std::ifstream in(settings_file());
      settings_ = nlohmann::ordered_json::parse(in);
      require_same(path_, settings_, settings);
    } catch (const nlohmann::json::exception& damage) {
      throw ConfigError(fmt::format("{}: {}", settings_file(), damage.what()));
    }
  }
  lock();
  if (!goes_on) save_settings();
}

WorkFolder::~WorkFolder() { ::close(lock_fd_); }

void WorkFolder::lock() {
  lock_fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_fd_ >= 0 && ::flock(lock_fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int why = errno;
  if (lock_fd_ >= 0) ::close(lock_fd_);
  throw ConfigError(fmt::format(
      "{}: {}", path_, why == EWOULDBLOCK ? "another run is at work there" : std::strerror(why)));
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
