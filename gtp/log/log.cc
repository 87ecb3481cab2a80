#include "gtp/log/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <random>
#include <vector>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

std::string format_now(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

// The file that the three keys ask for; "" for none.
std::string log_file_path(const Config& config) {
  const auto file = config.find("logFile");
  const auto dir = config.find("logDir");
  const auto dated = config.find("logDirDated");
  if (int{file.has_value()} + int{dir.has_value()} + int{dated.has_value()} > 1) {
    throw ConfigError(fmt::format(
        "only one of the keys logFile, logDir and logDirDated may be set in {}", config.source()));
  }
  if (file) return *file;
  const std::string stamp = format_now("%Y%m%d-%H%M%S");
  const std::string unique = fmt::format("{:08X}", std::random_device{}());
  if (dir) return fmt::format("{}/{}-{}.log", *dir, stamp, unique);
  if (dated) return fmt::format("{}/{}/{}.log", *dated, stamp, unique);
  return "";
}

}  // namespace

struct Log::Impl {
  std::unique_ptr<spdlog::logger> all;  // every sink
  bool quiet = false;
  bool stderr_on = false, stdout_on = false, time_stamp = true;
  std::mutex stderr_mutex;

  std::string stamped(const std::string& line) const {
    return time_stamp ? format_now("%Y-%m-%d %H:%M:%S%z: ") + line : line;
  }
};

Log::Log(const Config& config, bool to_stdout_default, bool to_stderr_default)
    : impl_(std::make_unique<Impl>()) {
  impl_->stdout_on = config.bool_or("logToStdout", to_stdout_default);
  impl_->stderr_on = config.bool_or("logToStderr", to_stderr_default);
  impl_->time_stamp = config.bool_or("logTimeStamp", true);
  const bool contents = config.bool_or("logConfigContents", true);
  const std::string path = log_file_path(config);

  std::vector<spdlog::sink_ptr> sinks;
  if (!path.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
    } catch (const spdlog::spdlog_ex& error) {
      std::cerr << "WARNING: could not open the log file, going on without it: " << error.what()
                << std::endl;
    }
  }
  if (impl_->stdout_on) sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
  if (impl_->stderr_on) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  impl_->all = std::make_unique<spdlog::logger>("hayago", sinks.begin(), sinks.end());
  impl_->all->set_pattern("%v");
  impl_->all->flush_on(spdlog::level::info);
  if (contents) write("Configuration (" + config.source() + "):\n" + config.dump());
}

Log::~Log() = default;

void Log::write(const std::string& line) { impl_->all->info("{}", impl_->stamped(line)); }

void Log::write_and_stderr(const std::string& line) {
  write(line);
  if (impl_->stderr_on || impl_->quiet) return;
  const std::lock_guard lock(impl_->stderr_mutex);
  std::cerr << line << std::endl;
}

void Log::keep_off_stderr() { impl_->quiet = true; }

bool Log::to_stderr() const { return impl_->stderr_on; }
bool Log::to_stdout() const { return impl_->stdout_on; }

}  // namespace hayago::gtp
