#include "gtp/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hayago::gtp {

std::string progress_text(const std::string& stage, std::size_t done, std::size_t total,
                          double seconds, const std::string& unit) {
  constexpr std::size_t kWidth = 20;
  const std::size_t filled = total == 0 ? kWidth : kWidth * done / total;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
  std::string out = fmt::format("{}  [{}{}] {:3}%  {}/{}  {:.1f} {}/s", stage,
                                std::string(filled, '#'), std::string(kWidth - filled, '.'),
                                total == 0 ? 100 : 100 * done / total, done, total, rate, unit);
  if (rate > 0 && done < total) {
    const auto left = static_cast<long>(static_cast<double>(total - done) / rate + 0.5);
    out += fmt::format("  ETA {}m{:02}s", left / 60, left % 60);
  }
  return out;
}

Progress::Progress(std::ostream& out, bool is_terminal, std::string stage, std::size_t total,
                   std::string unit)
    : out_(out),
      is_terminal_(is_terminal),
      stage_(std::move(stage)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()) {}

void Progress::step() {
  const std::lock_guard lock(mutex_);
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::string text = progress_text(stage_, done_, total_, seconds, unit_);
  if (is_terminal_) {
    // Often enough to look alive, seldom enough to cost nothing.
    if (painted_ && done_ < total_ && now - last_paint_ < std::chrono::milliseconds(100)) return;
    last_paint_ = now;
    painted_ = true;
    out_ << '\r' << text << "\x1b[K" << std::flush;
    return;
  }
  const std::size_t tenths = total_ == 0 ? 10 : 10 * done_ / total_;
  if (tenths <= tenths_shown_) return;
  tenths_shown_ = tenths;
  out_ << text << std::endl;
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  if (is_terminal_ && painted_) out_ << "\r\x1b[K" << std::flush;
  painted_ = false;
}

}  // namespace hayago::gtp
