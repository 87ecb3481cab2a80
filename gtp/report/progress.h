// How far a long job is, on stderr: one repainted line on a terminal, otherwise a plain line every
// tenth of the work, so that logs and programs reading stderr see no control characters.
#pragma once
#include <chrono>
#include <mutex>
#include <ostream>
#include <string>

namespace hayago::gtp {

// "analysing  [####......]  42%  123/290  12.3 pos/s  ETA 0m14s"
std::string progress_text(const std::string& stage, std::size_t done, std::size_t total,
                          double seconds, const std::string& unit);

class Progress {
 public:
  Progress(std::ostream& out, bool is_terminal, std::string stage, std::size_t total,
           std::string unit);
  // One more is done. Thread-safe.
  void step();
  // Ends the repainted line, if any.
  void finish();

 private:
  std::ostream& out_;
  const bool is_terminal_;
  const std::string stage_, unit_;
  const std::size_t total_;
  std::mutex mutex_;
  std::size_t done_ = 0, tenths_shown_ = 0;
  bool painted_ = false;
  std::chrono::steady_clock::time_point start_, last_paint_;
};

}  // namespace hayago::gtp
