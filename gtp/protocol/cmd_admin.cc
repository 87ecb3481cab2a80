// Administrative commands (spec/07 sections 1.3, 6 and 16.1).
#include <nlohmann/json.hpp>

#include "gtp/protocol/commands.h"
#include "gtp/protocol/text.h"

namespace hayago::gtp {

Reply cmd_protocol_version(Session&, const Words&) { return Reply::ok("2"); }

Reply cmd_name(Session& session, const Words&) { return Reply::ok(session.settings().name); }

Reply cmd_version(Session& session, const Words&) { return Reply::ok(session.version()); }

Reply cmd_known_command(Session&, const Words& args) {
  const GtpCommand* command = find_command(args[0]);
  return Reply::ok(command != nullptr && command->listed ? "true" : "false");
}

Reply cmd_list_commands(Session&, const Words&) {
  std::string text;
  for (const GtpCommand& command : gtp_commands()) {
    if (!command.listed) continue;
    if (!text.empty()) text += '\n';
    text += command.name;
  }
  return Reply::ok(text);
}

Reply cmd_quit(Session& session, const Words&) {
  session.stop_pondering();
  return Reply::quit();
}

Reply cmd_stop(Session& session, const Words&) {
  session.stop_pondering();  // analysis has ended with the arrival of the line
  return Reply::ok();
}

Reply cmd_clear_cache(Session& session, const Words&) {
  session.clear_cache();
  return Reply::ok();
}

Reply cmd_cputime(Session& session, const Words&) {
  return Reply::ok(format_g(session.seconds_used()));
}

// Being listed means that the line "# interrupt" ends a search; the command itself does nothing.
Reply cmd_gogui_interrupt(Session&, const Words&) { return Reply::ok(); }

namespace {

nlohmann::json model_json(const std::string& path, const nn::Executor& executor, int max_batch) {
  const nn::NetInfo& info = executor.info();
  return {{"name", path},
          {"internalName", info.name},
          {"version", info.version},
          {"usesHumanSLProfile", info.c_meta > 0},
          {"maxBatchSize", max_batch},
          {"usingFP16", "false"}};
}

}  // namespace

Reply cmd_get_models(Session& session, const Words&) {
  const GtpModels& models = session.models();
  const int max_batch = session.evaluator().config().max_batch;
  nlohmann::json list = nlohmann::json::array();
  list.push_back(model_json(models.main_path, *models.main, max_batch));
  if (models.human) list.push_back(model_json(models.human_path, *models.human, max_batch));
  return Reply::ok(list.dump());
}

}  // namespace hayago::gtp
