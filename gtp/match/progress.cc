#include "gtp/match/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace hayago::gtp {
namespace {

constexpr std::chrono::milliseconds kRepaint{200};
constexpr std::chrono::seconds kQuiet{10};

int tenths(int done, int total) { return total > 0 ? 10 * done / total : 10; }

}  // namespace

MatchProgress::MatchProgress(std::ostream& out, bool is_terminal, const MatchOptions& options,
                             const MatchSummary& done)
    : out_(out),
      is_terminal_(is_terminal),
      options_(options),
      done_before_(done.games),
      summary_(done),
      tenths_shown_(tenths(done.games, options.games)) {
  if (options_.progress == ProgressOutput::kJson) {
    event("start", {{"done", done.games}, {"total", options_.games}});
  }
}

std::string MatchProgress::text(double seconds) const {
  constexpr int kWidth = 20;
  const int total = std::max(1, options_.games), done = std::min(summary_.games, total);
  const auto filled = static_cast<std::size_t>(kWidth * done / total);
  std::string line =
      fmt::format("match  [{}{}] {:3}%  {}/{}", std::string(filled, '#'),
                  std::string(kWidth - filled, '.'), 100 * done / total, summary_.games, total);
  const int played = summary_.games - done_before_;
  if (played > 0 && seconds > 0) {
    line += fmt::format("  {:.1f} games/min", 60 * played / seconds);
    if (done < total) {
      const auto left = static_cast<long>(seconds / played * (total - done) + 0.5);
      line += fmt::format("  ETA {}m{:02}s", left / 60, left % 60);
    }
  } else if (seconds > 0) {
    line += fmt::format("  {:.1f} moves/s", static_cast<double>(moves_) / seconds);
  }
  const Score& all = summary_.all;
  line += fmt::format("  {} +{} ={} -{}  {}", options_.players[0].name, all.wins, all.draws,
                      all.losses, elo_text(summary_.elo));
  if (options_.sprt) line += "  " + sprt_text(summary_, *options_.sprt);
  return line;
}

void MatchProgress::show(bool force) {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  switch (options_.progress) {
    case ProgressOutput::kNone:
      return;
    case ProgressOutput::kJson:
      if (now - last_ < kQuiet) return;
      event("progress", {{"done", summary_.games}, {"total", options_.games}, {"moves", moves_}});
      break;
    case ProgressOutput::kText:
      if (is_terminal_) {
        if (!force && painted_ && now - last_ < kRepaint) return;
        out_ << '\r' << text(seconds) << "\x1b[K" << std::flush;
        painted_ = true;
      } else {
        const int reached = tenths(summary_.games, options_.games);
        if (reached <= tenths_shown_ && now - last_ < kQuiet) return;
        tenths_shown_ = std::max(tenths_shown_, reached);
        out_ << text(seconds) << std::endl;
      }
      break;
  }
  last_ = now;
}

void MatchProgress::event(const char* kind, nlohmann::ordered_json values) {
  nlohmann::ordered_json line{{"event", kind}};
  line.update(values);
  out_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << std::endl;
}

void MatchProgress::move_played() {
  const std::lock_guard lock(mutex_);
  ++moves_;
  show(false);
}

void MatchProgress::game_done(const MatchGame& game, const MatchSummary& summary) {
  const std::lock_guard lock(mutex_);
  summary_ = summary;
  if (options_.progress == ProgressOutput::kJson) {
    nlohmann::ordered_json values = to_json(game);
    values.erase("sgf");
    values["summary"] = summary_json(summary, options_);
    event("game", std::move(values));
  }
  show(true);
}

void MatchProgress::finish(const MatchSummary& summary, bool complete) {
  const std::lock_guard lock(mutex_);
  if (painted_) out_ << "\r\x1b[K" << std::flush;
  if (options_.progress != ProgressOutput::kJson) return;
  nlohmann::ordered_json values = summary_json(summary, options_);
  values["complete"] = complete;
  event("end", std::move(values));
}

}  // namespace hayago::gtp
