// Parameters (spec/07 section 9).
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"

namespace hayago::gtp {
namespace {

Reply set_params(Session& session, const std::map<std::string, std::string>& values) {
  session.stop_pondering();
  const std::string problem = session.params().set(values);
  if (!problem.empty()) return Reply::error("could not set params: " + problem);
  session.params_changed();
  return Reply::ok();
}

}  // namespace

Reply cmd_list_params(Session&, const Words&) { return Reply::ok(join(ParamStore::names(), " ")); }

Reply cmd_get_param(Session& session, const Words& args) {
  const auto value = session.params().get(args[0]);
  return value ? Reply::ok(*value) : Reply::error(ParamStore::unknown_name(args[0]));
}

Reply cmd_get_params(Session& session, const Words&) {
  return Reply::ok(session.params().get_all_json());
}

Reply cmd_set_param(Session& session, const Words& args) {
  return set_params(session, {{args[0], args.size() > 1 ? args[1] : ""}});
}

Reply cmd_set_params(Session& session, const Words& args) {
  const std::string form = "expected a JSON object such as {\"maxVisits\":100}";
  nlohmann::json parsed;
  try {
    parsed = nlohmann::json::parse(join(args, " "));
  } catch (const nlohmann::json::exception& error) {
    // Without the "[json.exception.x] " that the library puts in front.
    const std::string text = error.what();
    return Reply::error(
        fmt::format("could not set params: {} ({})", form, text.substr(text.find(' ') + 1)));
  }
  if (!parsed.is_object()) {
    return Reply::error(fmt::format("could not set params: {}, not {}", form, parsed.dump()));
  }
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : parsed.items()) {
    values[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return set_params(session, values);
}

}  // namespace hayago::gtp
