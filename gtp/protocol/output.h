// GTP responses on a stream (spec/07 section 1.2). Thread-safe: search threads write analysis
// lines.
#pragma once
#include <functional>
#include <mutex>
#include <ostream>
#include <string>

#include "gtp/protocol/reply.h"

namespace hayago::gtp {

class Output {
 public:
  // on_text receives every text written, without its final line ends (for the log).
  explicit Output(std::ostream& stream, std::function<void(const std::string&)> on_text = {});

  // A whole response. Blank lines within `text` are the caller's business.
  void reply(const std::string& id, const Reply& reply);
  // The parts of a streamed response: header line, text lines, final blank line.
  void begin_stream(const std::string& id);
  void line(const std::string& text);
  void end_stream();

  // Held while something is written: taking it makes sure no line is cut.
  std::timed_mutex& mutex() { return mutex_; }

 private:
  void write(const std::string& text, const std::string& line_ends);
  std::ostream& stream_;
  std::function<void(const std::string&)> on_text_;
  std::timed_mutex mutex_;
};

}  // namespace hayago::gtp
