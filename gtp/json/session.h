// One conversation of the analysis protocol: lines in, responses out (spec/08).
#pragma once
#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "gtp/json/line_io.h"
#include "gtp/json/query.h"
#include "gtp/json/scheduler.h"
#include "gtp/log/log.h"
#include "search/memory/eval_cache.h"

namespace hayago::gtp {

struct SessionOptions {
  int threads = 1;
  search::Evaluator* evaluator = nullptr;
  search::Evaluator* human_evaluator = nullptr;
  std::string model_path, human_model_path;  // as given, for query_models
  std::string fp16_mode = "auto";
  std::string rand_seed;
  std::shared_ptr<const search::PatternTable> patterns;  // to avoid; may be null
  bool log_requests = false, log_responses = false, log_errors = true;
  bool log_searches = false;
};

class AnalysisSession {
 public:
  AnalysisSession(const QueryContext& context, const SessionOptions& options, LineWriter& out,
                  Log& log);

  // Reads until the end of input (or until the other end stops reading), then finishes all
  // queries, or drops them with quit_without_waiting.
  void run(LineReader& in, bool quit_without_waiting);
  // Answers one line. Responses of searches come later, from other threads.
  void handle_line(std::string_view line);

 private:
  void perform(AnalysisAction action);
  nlohmann::json models() const;
  void respond(const nlohmann::json& response);
  void log_response(const nlohmann::json& response, const std::string& line);

  QueryContext context_;
  SessionOptions options_;
  LineWriter& out_;
  Log& log_;
  const std::shared_ptr<search::EvalCache> eval_cache_ = std::make_shared<search::EvalCache>();
  Scheduler scheduler_;  // last: its threads use the members above
};

}  // namespace hayago::gtp
