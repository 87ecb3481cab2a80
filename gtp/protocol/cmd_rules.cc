// Rules (spec/07 section 8).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"

namespace hayago::gtp {
namespace {

using search::Rules;

// The rules could be read: says so, checks the network, changes them.
Reply change_rules(Session& session, const Rules& rules) {
  session.notice(fmt::format("Changed rules to {}", search::rules_nice_name(rules)));
  const std::string problem = session.check_rules(rules);
  if (!problem.empty()) return Reply::error(problem);
  session.set_rules(rules);
  return Reply::ok();
}

std::string to_upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

Reply cmd_get_rules(Session& session, const Words& args) {
  // An error by intention, a success by its mark: clients know it that way.
  if (!args.empty()) {
    return Reply::ok(fmt::format("kata-get-rules expects no arguments; got '{}'", join(args, " ")));
  }
  return Reply::ok(search::rules_json(session.rules(), false));
}

Reply cmd_set_rules(Session& session, const Words& args) {
  const std::string text = join(args, " ");
  const auto rules = search::parse_rules(text, false);
  if (!rules) return Reply::error(fmt::format("unknown rules '{}': {}", text, rules.error));
  return change_rules(session, *rules.value);
}

Reply cmd_set_rule(Session& session, const Words& args) {
  const bool is_bool =
      args[0] == "suicide" || args[0] == "hasButton" || args[0] == "friendlyPassOk";
  const std::string value = is_bool ? to_lower(args[1]) : to_upper(args[1]);
  const auto rules = search::with_rule(session.rules(), args[0], value);
  if (!rules) return Reply::error(rules.error);
  return change_rules(session, *rules.value);
}

Reply cmd_kgs_rules(Session& session, const Words& args) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames{
      {{"chinese", "chinese-kgs"},
       {"aga", "aga"},
       {"new_zealand", "new_zealand"},
       {"japanese", "japanese"}}};
  const std::string name = to_lower(args[0]);
  for (const auto& [kgs_name, rules_name] : kNames) {
    if (name == kgs_name) return change_rules(session, *search::parse_rules(rules_name).value);
  }
  return Reply::error(
      fmt::format("unknown rules '{}'; known: chinese, aga, new_zealand, japanese", name));
}

}  // namespace hayago::gtp
