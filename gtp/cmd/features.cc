// `hayago features`: positions as JSON lines in, the same lines with everything computed from them
// out. A line that cannot be read becomes {"error":...,"line":N}.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/json/position_line.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;

struct FeatureOptions {
  std::vector<int> versions = {7};
  int nn_size = 0;  // 0: the board size
};

// The line's own input fields, then the computed ones.
Json process_line(const std::string& text, const FeatureOptions& options) {
  Json line = Json::parse(text, nullptr, false);
  if (line.is_discarded()) return {{"error", "not valid JSON"}};
  if (options.nn_size > 0 && line.is_object()) {
    for (const char* key : {"nnXLen", "nnYLen"}) {
      if (!line.contains(key)) line[key] = options.nn_size;
    }
  }
  const auto position = read_position_line(line);
  if (!position) return {{"error", position.error}};
  Json out;
  for (const auto& [key, value] : line.items()) {
    if (is_position_input(key)) out[key] = value;
  }
  out.update(computed_fields(*position.value, options.versions));
  return out;
}

}  // namespace

int run_features(const Args& args) {
  FeatureOptions options;
  CLI::App app("Reads positions as JSON lines and adds legality, areas, scores and network inputs",
               "features");
  app.add_option("--versions", options.versions, "Input versions to print, e.g. 3,4,5,6,7")
      ->delimiter(',')
      ->check(CLI::Range(3, 7))
      ->capture_default_str();
  app.add_option("--nn-size", options.nn_size,
                 "Edge of the network's buffer for lines without nnXLen and nnYLen "
                 "(default: the board size)")
      ->check(CLI::Range(1, search::kMaxBoard));
  if (const auto status = parse_args(app, args)) return *status;

  std::string text;
  for (long number = 1; std::getline(std::cin, text); number++) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    Json out = process_line(text, options);
    if (out.contains("error")) out["line"] = number;
    // Replaces bytes that are not UTF-8; they can only come from the input line.
    std::cout << out.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
  }
  return 0;
}

}  // namespace hayago::gtp
