#include "gtp/json/session.h"

#include <exception>

#include "gtp/cli/identity.h"
#include "gtp/json/response.h"
#include "gtp/sgf/header.h"

namespace hayago::gtp {

using nlohmann::json;

AnalysisSession::AnalysisSession(const QueryContext& context, const SessionOptions& options,
                                 LineWriter& out, Log& log)
    : context_(context),
      options_(options),
      out_(out),
      log_(log),
      scheduler_({options.threads, options.evaluator, options.human_evaluator, options.rand_seed,
                  options.patterns, eval_cache_,
                  [this](const json& response) { respond(response); },
                  [this](const std::string& line) { log_.write(line); }}) {}

void AnalysisSession::run(LineReader& in, bool quit_without_waiting) {
  while (const auto line = in.next(out_.failed())) handle_line(*line);
  if (!quit_without_waiting && !out_.failed()) scheduler_.wait_until_done();
  scheduler_.stop_now();
}

void AnalysisSession::handle_line(std::string_view line) {
  line = trim_blanks(line);
  if (line.empty()) return;
  if (options_.log_requests) log_.write("Request: " + std::string(line));
  try {
    ParsedRequest parsed = parse_request(line, context_);
    for (const json& warning : parsed.warnings) respond(warning);
    if (!parsed.error.is_null()) respond(parsed.error);
    if (const auto* query = std::get_if<std::shared_ptr<const AnalysisQuery>>(&parsed.request)) {
      scheduler_.add(*query);
    } else if (auto* action = std::get_if<AnalysisAction>(&parsed.request)) {
      perform(std::move(*action));
    }
  } catch (const std::exception& error) {
    // Out of memory for this line; the others go on.
    respond(error_response(std::string("The request could not be handled: ") + error.what()));
  }
}

void AnalysisSession::perform(AnalysisAction action) {
  switch (action.kind) {
    case ActionKind::kQueryVersion:
      action.request["version"] = std::string(kCompatibleVersion);
      action.request["engine"] = "hayago " + std::string(kVersion);
      action.request["git_hash"] = "hayago-" + std::string(kVersion);
      break;
    case ActionKind::kQueryModels:
      action.request["models"] = models();
      break;
    case ActionKind::kClearCache:
      eval_cache_->clear();
      options_.evaluator->clear_cache();
      if (options_.human_evaluator != nullptr) options_.human_evaluator->clear_cache();
      break;
    case ActionKind::kTerminate:
      scheduler_.terminate(action.terminate_id, action.turns);
      break;
    case ActionKind::kTerminateAll:
      scheduler_.terminate(std::nullopt, action.turns);
      break;
  }
  respond(action.request);
}

json AnalysisSession::models() const {
  const auto describe = [&](const search::Evaluator& evaluator, const std::string& path) {
    return json{{"name", path},
                {"internalName", evaluator.info().name},
                {"version", evaluator.info().version},
                {"usesHumanSLProfile", evaluator.info().c_meta > 0},
                {"maxBatchSize", evaluator.config().max_batch},
                {"usingFP16", options_.fp16_mode}};
  };
  json out = json::array({describe(*options_.evaluator, options_.model_path)});
  if (options_.human_evaluator != nullptr) {
    out.push_back(describe(*options_.human_evaluator, options_.human_model_path));
  }
  return out;
}

void AnalysisSession::respond(const json& response) {
  std::string line = to_line(response);
  log_response(response, line);
  out_.write(std::move(line));
}

void AnalysisSession::log_response(const json& response, const std::string& line) {
  if (options_.log_errors && response.contains("error")) log_.write("Error: " + line);
  if (options_.log_errors && response.contains("warning")) log_.write("Warning: " + line);
  if (options_.log_responses) log_.write("Response: " + line);
  if (!options_.log_searches || !response.contains("rootInfo")) return;
  if (response.at("isDuringSearch").get<bool>()) return;
  const json& root = response.at("rootInfo");
  const json& moves = response.at("moveInfos");
  log_.write("Search of query " + to_line(response.at("id")) + " turn " +
             to_line(response.at("turnNumber")) + ": visits " + to_line(root.at("visits")) +
             ", winrate " + to_line(root.at("winrate")) + ", scoreLead " +
             to_line(root.at("scoreLead")) + ", pv " +
             (moves.empty() ? "none" : to_line(moves.front().at("pv"))));
}

}  // namespace hayago::gtp
