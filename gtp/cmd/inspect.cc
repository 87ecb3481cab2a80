// `hayago inspect`: what a network file holds, layer by layer.
#include "gtp/inspect/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "search/board/board.h"

namespace hayago::gtp {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const Json& list, const char* between) {
  std::string text;
  for (const Json& item : list) {
    if (!text.empty()) text += between;
    text += item.is_string() ? item.get<std::string>() : item.dump();
  }
  return text;
}

std::string blocks_text(const Json& a) {
  std::string kinds;
  for (const auto& [kind, count] : a["blocks"].items()) {
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count.get<int>(), kind);
  }
  return fmt::format("{} in the trunk; {}", a["trunk_blocks"].get<int>(), kinds);
}

void print_line(const char* what, const std::string& text) {
  std::cout << fmt::format("{:<15}{}\n", what, text);
}

void print_head(const Json& net) {
  const Json &a = net["architecture"], &policy = a["policy_head"], &value = a["value_head"];
  const int metadata = a["inputs"]["metadata"].get<int>();
  print_line("name", net["name"].get<std::string>());
  print_line("file", fmt::format("{}, {} bytes", net["file"].get<std::string>(),
                                 net["file_bytes"].get<std::uint64_t>()));
  print_line("sha256", net["sha256"].get<std::string>());
  print_line("network", fmt::format("version {}, {}", net["version"].get<int>(),
                                    net["kind"].get<std::string>()));
  print_line("inputs", fmt::format("{} planes, {} global{}", a["inputs"]["planes"].get<int>(),
                                   a["inputs"]["global"].get<int>(),
                                   metadata > 0 ? fmt::format(", {} of the player", metadata)
                                                : std::string()));
  print_line("trunk",
             fmt::format("{} channels, first convolution {}, {}, {} at its end",
                         a["channels"].get<int>(), joined(a["first_kernel"], "x"),
                         joined(a["activations"], " and "), a["last_norm"].get<std::string>()));
  print_line("blocks", blocks_text(a));
  if (a.contains("attention")) {
    const Json& t = a["attention"];
    print_line("attention",
               fmt::format("{} heads ({} of keys), {} and {} values each, rope: {}",
                           t["heads"].get<int>(), t["kv_heads"].get<int>(), t["q_dim"].get<int>(),
                           t["v_dim"].get<int>(), t["rope"].get<std::string>()));
  }
  print_line("heads", fmt::format("policy {} channels, {} pooled, {} outputs; value {} channels, "
                                  "{} hidden, {} outputs of the score",
                                  policy["channels"].get<int>(), policy["pooled"].get<int>(),
                                  policy["outputs"].get<int>(), value["channels"].get<int>(),
                                  value["hidden"].get<int>(), value["score_outputs"].get<int>()));
  for (const auto& [key, entry] : net["metadata"].items()) {
    print_line(key.c_str(), entry.is_string() ? entry.get<std::string>() : entry.dump());
  }
}

std::string row(std::size_t name_width, const std::string& name, const std::string& kind,
                const std::string& shape, const Json& sums, const std::string& precision) {
  return fmt::format("{:<{}}  {:<10}  {:<15}{:>12}{:>15.0f}  {:<12}{:>12}\n", name, name_width,
                     kind, shape, sums["parameters"].get<long long>(), sums["macs"].get<double>(),
                     precision, sums["bytes"].get<long long>());
}

void print_layers(const Json& net) {
  std::size_t width = 5;
  for (const Json& layer : net["layers"]) {
    width = std::max(width, layer["name"].get_ref<const std::string&>().size());
  }
  std::cout << fmt::format("\n{:<{}}  {:<10}  {:<15}{:>12}{:>15}  {:<12}{:>12}\n", "layer", width,
                           "kind", "shape", "parameters",
                           fmt::format("MACs {}", joined(net["board"], "x")), "precision", "bytes");
  for (const Json& layer : net["layers"]) {
    std::cout << row(width, layer["name"], layer["kind"], joined(layer["shape"], "x"), layer,
                     layer.value("precision", ""));
  }
  const Json& totals = net["totals"];
  std::cout << '\n';
  for (const auto& [precision, sums] : totals["by_precision"].items()) {
    std::cout << row(width, fmt::format("{} layers", sums["layers"].get<int>()), "", "", sums,
                     precision);
  }
  std::cout << row(width, "all", "", "", totals, "");
}

}  // namespace

int run_inspect(const Args& args) {
  std::string model;
  bool as_json = false;
  int board = 19;
  CLI::App app("Prints what a network file holds: architecture, layers, cost and precision",
               "inspect");
  app.add_option("--model", model, "Network to read");
  app.add_flag("--json", as_json, "One JSON object instead of text");
  app.add_option("--size", board, "Board size that multiply-accumulates (MACs) are counted for")
      ->check(CLI::Range(2, search::kMaxBoard))
      ->capture_default_str();
  if (const auto status = parse_args(app, args)) return *status;
  const Json net = describe_network(find_model(model).path, board);
  if (as_json) {
    std::cout << net.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    print_head(net);
    print_layers(net);
  }
  return 0;
}

}  // namespace hayago::gtp
