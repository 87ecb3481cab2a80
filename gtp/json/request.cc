// From a line of text to a query, an action or an error.
#include <algorithm>

#include "gtp/config/load_params.h"
#include "gtp/json/query.h"
#include "gtp/json/query_builder.h"

namespace hayago::gtp {

using nlohmann::json;

namespace {

// Echoing and copying recurse, so nesting is limited before anything is built.
int nesting_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

// The library's message without its "[json.exception.x] " prefix.
std::string parser_message(const json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

json unparsable(const std::string& reason, std::string_view line) {
  return error_response(
      reason + " - could not parse input line as json request: " + shortened(line, 10'000));
}

std::optional<ActionKind> parse_action(const std::string& name) {
  if (name == "query_version") return ActionKind::kQueryVersion;
  if (name == "query_models") return ActionKind::kQueryModels;
  if (name == "clear_cache") return ActionKind::kClearCache;
  if (name == "terminate") return ActionKind::kTerminate;
  if (name == "terminate_all") return ActionKind::kTerminateAll;
  return std::nullopt;
}

void read_action(json&& object, ParsedRequest& out) {
  const std::string id = object.at("id").get<std::string>();
  AnalysisAction action;
  const std::string name = object.at("action").get<std::string>();
  const auto kind = parse_action(name);
  if (!kind) {
    out.error = error_response("Unknown action '" + shortened(name, 100) +
                               "', expected query_version, query_models, clear_cache, terminate or "
                               "terminate_all");
    return;
  }
  action.kind = *kind;
  if (*kind == ActionKind::kTerminate) {
    const auto target = object.find("terminateId");
    if (target == object.end() || !target->is_string()) {
      out.error = error_response(
          "Must be the id of the query to terminate, a text" +
              (target == object.end() ? std::string(", but is missing") : but_got(*target)),
          "terminateId", &id);
      return;
    }
    action.terminate_id = target->get<std::string>();
  }
  const bool terminates = *kind == ActionKind::kTerminate || *kind == ActionKind::kTerminateAll;
  if (const auto turns = object.find("turnNumbers"); terminates && turns != object.end()) {
    action.turns = lenient_integers(*turns);
    if (!action.turns) {
      out.error =
          error_response("Must be an array of turn numbers" + but_got(*turns), "turnNumbers", &id);
      return;
    }
  }
  action.request = std::move(object);
  out.request = std::move(action);
}

void read_query(const json& object, const QueryContext& context, ParsedRequest& out) {
  const std::string id = object.at("id").get<std::string>();
  QueryBuilder builder(object, context);
  const Refused refused = builder.build();
  for (const Rejection& warning : builder.warnings()) {
    out.warnings.push_back(warning_response(warning.text, warning.field, id));
  }
  if (refused) {
    out.error = error_response(refused->text, refused->field, &id);
  } else {
    out.request = builder.query();
  }
}

}  // namespace

ParsedRequest parse_request(std::string_view line, const QueryContext& context) {
  ParsedRequest out;
  if (nesting_depth(line) > kMaxJsonDepth) {
    out.error = unparsable("Nested deeper than " + std::to_string(kMaxJsonDepth) + " levels", line);
    return out;
  }
  json object;
  try {
    object = json::parse(line);
  } catch (const json::exception& error) {
    out.error = unparsable(parser_message(error), line);
    return out;
  }
  if (!object.is_object()) {
    out.error = error_response(
        "A request must be a JSON object, not " +
        shortened(object.dump(-1, ' ', false, json::error_handler_t::replace), 1000));
    return out;
  }
  const auto id = object.find("id");
  if (id == object.end() || !id->is_string()) {
    out.error = error_response("Needs a text field \"id\", which responses repeat" +
                               (id == object.end() ? std::string(", but has none") : but_got(*id)));
    return out;
  }
  const auto action = object.find("action");
  if (action != object.end() && action->is_string()) {
    read_action(std::move(object), out);
  } else {
    read_query(object, context, out);
  }
  return out;
}

json error_response(const std::string& text, const std::string& field, const std::string* id) {
  json out{{"error", text}};
  if (!field.empty()) out["field"] = field;
  if (id != nullptr) out["id"] = *id;
  return out;
}

json warning_response(const std::string& text, const std::string& field, const std::string& id) {
  return {{"field", field}, {"id", id}, {"warning", text}};
}

QueryContext load_query_context(const Config& config, bool has_human_model) {
  QueryContext out;
  out.config = config;
  out.defaults = search::analysis_defaults();
  // A search without any limit never ends; nobody who starts the program bare wants that.
  const bool limited =
      config.contains("maxVisits") || config.contains("maxPlayouts") || config.contains("maxTime");
  if (!config.has_files() && !limited) out.defaults.max_visits = 500;
  if (const auto threads = config.find("numSearchThreadsPerAnalysisThread")) {
    if (config.contains("numSearchThreads")) {
      config.fail("numSearchThreadsPerAnalysisThread",
                  "is another name of numSearchThreads; set one");
    }
    out.defaults.num_search_threads =
        config.int_or("numSearchThreadsPerAnalysisThread", 1, 4096, 1);
  }
  out.params = load_search_params(config, out.defaults, has_human_model);
  out.perspective = load_perspective(config);
  out.pv_length = config.int_or("analysisPVLen", 1, 100, 15);
  out.warn_unused_fields = config.bool_or("warnUnusedFields", true);
  out.assume_handicap_from_moves =
      config.bool_or("assumeMultipleStartingBlackMovesAreHandicap", true);
  out.prevent_cleanup = config.bool_or("preventCleanupPhase", true);
  out.has_human_model = has_human_model;
  return out;
}

}  // namespace hayago::gtp
