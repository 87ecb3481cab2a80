// The protocol loop: lines in, responses out (spec/07 sections 1 and 4).
#pragma once
#include <string>

#include "gtp/protocol/line_queue.h"
#include "gtp/protocol/session.h"

namespace hayago::gtp {

// Handles events of the queue until `quit` or the end of the input.
void run_gtp_loop(Session& session, LineQueue& queue);

// One input line. False after `quit`.
bool handle_line(Session& session, const std::string& raw);

}  // namespace hayago::gtp
