#include "gtp/protocol/loop.h"

#include "gtp/protocol/command_line.h"
#include "gtp/protocol/commands.h"

namespace hayago::gtp {

bool handle_line(Session& session, const std::string& raw) {
  const std::string line = clean_line(raw);
  session.end_background(false);  // whatever the line says, and before it is looked at
  if (line.empty()) return true;
  if (session.settings().log_communication) session.log().write("Controller: " + line);
  const CommandLine command = parse_command_line(line);
  if (!command.error.empty()) {
    session.output().reply(command.id, Reply::error(command.error));
    return true;
  }
  session.set_command_id(command.id);
  const Reply reply = run_command(session, command.name, command.args);
  session.output().reply(command.id, reply);
  return reply.kind != Reply::Kind::kQuit;
}

void run_gtp_loop(Session& session, LineQueue& queue) {
  for (;;) {
    const LineQueue::Event event = queue.pop();
    switch (event.kind) {
      case LineQueue::Event::Kind::kLine:
        if (!handle_line(session, event.line)) return;
        break;
      case LineQueue::Event::Kind::kSearchDone:
        if (session.is_current_search(event.search)) session.end_background(true);
        break;
      case LineQueue::Event::Kind::kEnd:
        session.end_background(false);
        session.stop_pondering();
        return;
    }
  }
}

}  // namespace hayago::gtp
