// The program's log (spec/09 section 4.4), on spdlog. Thread-safe.
#pragma once
#include <memory>
#include <string>

#include "gtp/config/config.h"

namespace hayago::gtp {

class Log {
 public:
  // Reads logFile, logDir, logDirDated, logToStdout, logToStderr, logTimeStamp, logConfigContents.
  // A file that cannot be opened is a warning on stderr, not an error. Throws ConfigError.
  Log(const Config& config, bool to_stdout_default, bool to_stderr_default);
  ~Log();
  void write(const std::string& line);
  // To stderr exactly once, and to the log files.
  void write_and_stderr(const std::string& line);
  // From now on write_and_stderr is like write: many engines in one program have one stderr.
  void keep_off_stderr();
  bool to_stderr() const;
  bool to_stdout() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayago::gtp
