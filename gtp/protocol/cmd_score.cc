// Scores and stone status (spec/07 section 14).
#include <algorithm>

#include "gtp/protocol/commands.h"
#include "search/play/scoring.h"

namespace hayago::gtp {

Reply cmd_final_score(Session& session, const Words&) {
  const search::SideSearch side = session.side_search();
  return Reply::ok(search::score_to_string(search::final_score(side, session.state())));
}

Reply cmd_final_status_list(Session& session, const Words& args) {
  const std::string& status = args[0];
  if (status != "alive" && status != "dead" && status != "seki") {
    return Reply::error("final_status_list expects alive, dead or seki, not '" + status + "'");
  }
  const search::SideSearch side = session.side_search();
  if (status == "seki") return Reply::ok();  // stones in seki count as alive
  const search::StoneStatus stones = search::final_status(side, session.state());
  std::string text;
  for (const search::Loc loc : status == "alive" ? stones.alive : stones.dead) {
    text += (text.empty() ? "" : " ") + search::loc_to_string(loc, session.board());
  }
  return Reply::ok(text);
}

}  // namespace hayago::gtp
