// `hayago bench`: searches fixed positions with the fake executor and prints a signature. A change
// of the search changes it (bench/signature.txt holds the expected one); another machine, compiler
// or instruction set does not. Why that holds although logarithms and exponentials of the C library
// differ in their last bit between machines: the signature is made of visit counts only, and those
// only change where two selection values agree to about 15 digits.
#include "gtp/cmd/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "gtp/cmd/commands.h"
#include "nn/exec/executor.h"
#include "search/engine.h"

namespace hayago::gtp {
namespace {

using namespace hayago::search;

struct BenchPosition {
  int width, height;
  const char* rules;
  double komi;
  int moves;
  int model_version;  // 8: no short-term errors; 15: all outputs
};

constexpr int kVisits = 300;
constexpr BenchPosition kPositions[] = {
    {19, 19, "tromp-taylor", 7.5, 0, 15},  {19, 19, "japanese", 6.5, 60, 8},
    {19, 19, "chinese", 7.5, 150, 15},     {19, 19, "aga", 0.5, 320, 8},
    {13, 13, "new-zealand", 7, 45, 15},    {13, 13, "japanese", 5.5, 140, 15},
    {9, 9, "tromp-taylor", 7, 0, 8},       {9, 9, "stone-scoring", 6, 55, 15},
    {9, 9, "ancient-territory", 5, 30, 8}, {7, 11, "chinese", 8.5, 12, 15},
    {7, 11, "japanese", -3, 60, 8},
};

// Random legal moves; the standard library's distributions differ between implementations.
GameState random_position(const BenchPosition& p, std::uint64_t seed) {
  Rules rules = *parse_rules(p.rules).value;
  rules.komi = static_cast<float>(p.komi);
  GameState state(Board(p.width, p.height), Color::kBlack, rules);
  for (int i = 0; i < p.moves && !state.is_finished(); ++i) {
    const Player player = state.next_player();
    std::vector<Loc> legal;
    for (int y = 0; y < p.height; ++y) {
      for (int x = 0; x < p.width; ++x) {
        const Loc l = state.board().loc(x, y);
        if (state.is_legal(l, player)) legal.push_back(l);
      }
    }
    seed = mix64(seed);
    const Loc move = legal.empty() ? kPassLoc : legal[seed % legal.size()];
    state.make_move(move, player);
  }
  return state;
}

std::uint64_t signature_of(const SearchReport& report) {
  std::vector<std::pair<Loc, std::int64_t>> visits;
  for (const MoveReport& m : report.moves) visits.emplace_back(m.move, m.edge_visits);
  std::sort(visits.begin(), visits.end());
  std::uint64_t h = static_cast<std::uint64_t>(report.root.visits);
  for (const auto& [move, count] : visits) {
    h = mix64(h ^ static_cast<std::uint64_t>(move));
    h = mix64(h ^ static_cast<std::uint64_t>(count));
  }
  return h;
}

}  // namespace

std::string search_signature(const std::function<void(const SignatureLine&)>& on_line) {
  std::uint64_t total = 0;
  std::uint64_t number = 0;
  for (const BenchPosition& p : kPositions) {
    EvaluatorConfig config;
    config.randomize = false;
    config.cache_size_power_of_two = 12;
    Evaluator evaluator(nn::make_fake_executor(p.model_version), config);
    SearchParams params;
    params.max_visits = kVisits;
    Engine engine(params, &evaluator, nullptr, "bench");
    engine.set_position(random_position(p, ++number));
    engine.search({});
    SearchReport report;
    ReportOptions options;
    options.pv_length = 0;
    options.duplicate_for_symmetries = false;
    engine.report(options, report);
    const std::uint64_t signature = signature_of(report);
    total = mix64(total ^ signature);
    if (on_line) {
      on_line({fmt::format("{}x{} {}, {} moves", p.width, p.height, p.rules, p.moves),
               report.root.visits, signature});
    }
  }
  return fmt::format("{:016x}", total);
}

int run_bench(const Args& args) {
  if (args.size() == 1 && (args.front() == "-help" || args.front() == "--help")) {
    fmt::print(
        "Usage: hayago bench\n\nRuns fixed searches with a fake network and prints a signature "
        "of their visit\ncounts. It is the same on every machine; bench/signature.txt holds the "
        "expected one.\n");
    return 0;
  }
  if (!args.empty()) {
    fmt::print(stderr, "hayago bench takes no arguments, but got '{}'\n", args.front());
    return 1;
  }
  const auto start = std::chrono::steady_clock::now();
  std::int64_t visits = 0;
  const std::string signature = search_signature([&visits](const SignatureLine& line) {
    visits += line.visits;
    fmt::print("{:016x}  {:5} visits  {}\n", line.signature, line.visits, line.position);
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{} visits, {:.0f} per second with the fake executor\nsignature {}\n", visits,
             static_cast<double>(visits) / seconds.count(), signature);
  return 0;
}

}  // namespace hayago::gtp
