#include "gtp/protocol/output.h"

#include <algorithm>

namespace hayago::gtp {

Output::Output(std::ostream& stream, std::function<void(const std::string&)> on_text)
    : stream_(stream), on_text_(std::move(on_text)) {}

void Output::write(const std::string& text, const std::string& line_ends) {
  const std::lock_guard lock(mutex_);
  stream_ << text << line_ends << std::flush;
  if (on_text_ && !text.empty()) on_text_(text);
}

void Output::reply(const std::string& id, const Reply& reply) {
  if (reply.kind == Reply::Kind::kStreamed) return;
  const char* mark = reply.kind == Reply::Kind::kError ? "?" : "=";
  std::string text = reply.text;
  if (reply.kind == Reply::Kind::kError) {
    // Messages of lower layers may have several lines; an empty one would end the response.
    std::replace(text.begin(), text.end(), '\n', ' ');
  }
  write(mark + id + " " + text, "\n\n");
}

void Output::begin_stream(const std::string& id) { write("=" + id, "\n"); }
void Output::line(const std::string& text) { write(text, "\n"); }
void Output::end_stream() { write("", "\n"); }

}  // namespace hayago::gtp
