// Whole evaluations (features, network, post-processing) against the reference engine's raw network
// replies: golden/nn.jsonl.gz, described in golden/README.md, section nn.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernels/conv/conv.h"
#include "kernels/cuda/runtime.h"
#include "kernels/isa.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/outputs/postprocess.h"
#include "search/board/game_state.h"
#include "search/features/features.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

using nlohmann::json;
using namespace hayago::search;

// Two binary32 programs differ by up to 5e-5 in logits of the small nets (spec/02 section 14.1), so
// by a quarter of that in a probability; replies have 6 decimals for probabilities, 7 for ownership
// and 3 for scores. The squared score is compared relative to its size.
constexpr double kProbability = 2e-5, kOwnership = 5e-5, kScore = 2e-3;

std::optional<std::string> net_file(const json& line, const std::filesystem::path& folder) {
  if (line["net"] != "make_net") {
    return shared_file("models/" + line["net"].get<std::string>());
  }
  const auto tool = shared_file("tools/make_net.py");
  if (!tool) return std::nullopt;
  std::string arguments, name = "net";
  for (const auto& word : line["netArgs"]) {
    arguments += " " + word.get<std::string>();
    name += "_" + word.get<std::string>();
  }
  const std::string path = (folder / (name + ".bin.gz")).string();
  if (std::filesystem::exists(path)) return path;
  const std::string command =
      "python3 '" + *tool + "'" + arguments + " -o '" + path + "' > '" + path + ".log' 2>&1";
  if (std::system(command.c_str()) != 0) return std::nullopt;  // no Python here
  return path;
}

struct TempFolder {
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hayago_nets_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

GameState position_of(const json& line, const nn::NetInfo& net) {
  auto rules = parse_rules(line["rules"].dump());
  REQUIRE(rules);
  rules.value->komi = line["komi"].get<float>();
  GameState state(Board(line["boardXSize"], line["boardYSize"]), Color::kBlack, *rules.value);
  state.set_pass_alive_under_suicide(net.prefer_pass_alive);
  for (const auto& move : line["moves"]) {
    const auto player = parse_player(move[0].get<std::string>());
    const auto loc = parse_loc(move[1].get<std::string>(), state.board());
    REQUIRE(player);
    REQUIRE(loc);
    REQUIRE(state.is_legal_tolerant(*loc, *player));
    state.make_move(*loc, *player, /*prevent_phase=*/true);  // GTP's default, spec/07
  }
  return state;
}

struct Buffers {
  std::vector<float> spatial, turned, global, policy, pass, value, score, ownership;
  std::vector<std::uint8_t> legal;
};

nn::NetOutput evaluate(const nn::Executor& executor, nn::ExecContext& context,
                       const GameState& state, int symmetry, float optimism) {
  const nn::NetInfo& net = executor.info();
  const int w = state.board().x_size(), h = state.board().y_size(), points = w * h;
  const auto size = [](int n) { return static_cast<std::size_t>(n); };
  Buffers b;
  b.spatial.resize(size(points * net.c_spatial));
  b.turned = b.spatial;
  b.global.resize(size(net.c_global));
  fill_features(net.input_version, state, NnInputParams{}, w, h, b.spatial.data(), b.global.data());
  nn::apply_symmetry(b.spatial.data(), w, h, net.c_spatial, symmetry, b.turned.data());

  std::vector<float> raw_policy(size(net.policy_channels * points)), raw_ownership(size(points));
  b.policy = raw_policy;
  b.ownership = raw_ownership;
  b.pass.resize(size(net.policy_channels));
  b.value.resize(3);
  b.score.resize(size(net.score_channels));
  const nn::PositionInput in{b.turned.data(), b.global.data(), nullptr};
  const nn::RawOutput out{raw_policy.data(), b.pass.data(), b.value.data(), b.score.data(),
                          raw_ownership.data()};
  context.run({&in, 1}, {&out, 1});
  for (int c = 0; c < net.policy_channels; ++c) {
    nn::undo_symmetry(raw_policy.data() + c * points, w, h, symmetry, b.policy.data() + c * points);
  }
  nn::undo_symmetry(raw_ownership.data(), w, h, symmetry, b.ownership.data());

  const Player player = state.next_player();
  for (int p = 0; p < points; ++p) {
    b.legal.push_back(state.is_legal(state.board().loc(p % w, p / w), player) ? 1 : 0);
  }
  b.legal.push_back(1);
  nn::PositionFacts facts;
  facts.board_width = w;
  facts.board_height = h;
  facts.white_to_move = player == Color::kWhite;
  facts.no_result_possible =
      state.rules().ko == KoRule::kSimple || state.rules().scoring == ScoringRule::kTerritory;
  facts.legal = b.legal;
  facts.policy_optimism = optimism;
  const nn::RawOutput turned_back{b.policy.data(), b.pass.data(), b.value.data(), b.score.data(),
                                  b.ownership.data()};
  return nn::postprocess(net, turned_back, w, h, facts);
}

// Remembers the largest error of each kind and where it was.
class Worst {
 public:
  void add(const char* kind, double got, double expected, const std::string& where) {
    const double error = std::isfinite(got) ? std::abs(got - expected) : 1e30;
    auto& entry = entries_[kind];
    if (error >= entry.error) entry = {error, got, expected, where};
  }
  double of(const char* kind) { return entries_[kind].error; }
  std::string text() const {
    std::string all;
    for (const auto& [kind, e] : entries_) {
      all += kind + ": " + std::to_string(e.error * 1e6) + "e-6, got " + std::to_string(e.got) +
             ", expected " + std::to_string(e.expected) + ", " + e.where + "\n";
    }
    return all;
  }

 private:
  struct Entry {
    double error = -1, got = 0, expected = 0;
    std::string where;
  };
  std::map<std::string, Entry> entries_;
};

void compare(const nn::NetOutput& got, const json& out, const std::string& where, Worst& worst) {
  const auto add = [&](const char* kind, const char* key, double value) {
    worst.add(kind, value, out[key].get<double>(), where + " " + key);
  };
  add("probability", "whiteWin", got.white_win);
  add("probability", "whiteLoss", got.white_loss);
  add("probability", "noResult", got.white_no_result);
  add("score", "whiteLead", got.white_lead);
  add("score", "whiteScoreSelfplay", got.white_score_mean);
  add("score", "varTimeLeft", got.var_time_left);
  add("score", "shorttermWinlossError", got.shortterm_winloss_error);
  add("score", "shorttermScoreError", got.shortterm_score_error);
  // The square of a score s carries 2*s times the error of s.
  const double square = out["whiteScoreSelfplaySq"].get<double>();
  const double scale = 1 + 2 * std::sqrt(square);
  worst.add("score", got.white_score_mean_sq / scale, square / scale,
            where + " whiteScoreSelfplaySq (scaled)");

  const json& policy = out["policy"];
  REQUIRE(policy.size() + 1 == got.policy.size());
  for (std::size_t i = 0; i < policy.size(); ++i) {
    const std::string point = where + " policy " + std::to_string(i);
    worst.add("probability", got.policy[i], policy[i].is_null() ? -1.0 : policy[i].get<double>(),
              point);
  }
  add("probability", "policyPass", got.policy.back());
  const json& ownership = out["whiteOwnership"];
  REQUIRE(ownership.size() == got.ownership.size());
  for (std::size_t i = 0; i < ownership.size(); ++i) {
    worst.add("ownership", got.ownership[i], ownership[i].get<double>(),
              where + " ownership " + std::to_string(i));
  }
}

// Two moves that the reference itself gives probabilities within 1 % of each other count as the
// same: their logits are then nearer than the thousandths by which numbers of 11 bits move them, so
// a tie that no number format decides, and to a search either is as good.
constexpr double kTie = 0.99;

// How an executor's evaluations differ from the recorded ones.
struct Differences {
  Worst worst;
  int compared = 0, without_net = 0;
  int same_best_move = 0;              // ties included
  std::string other_moves{};           // a line for each other best move, ties included
  std::vector<double> winrate_errors;  // 1 = a sure win against a sure loss

  double best_move_agreement() const { return static_cast<double>(same_best_move) / compared; }
  double winrate_error_percentile(double fraction) {
    std::sort(winrate_errors.begin(), winrate_errors.end());
    const double last = static_cast<double>(winrate_errors.size() - 1);
    return winrate_errors[static_cast<std::size_t>(std::ceil(fraction * last))];
  }
};

void compare_decisions(const nn::NetOutput& got, const json& out, const std::string& where,
                       Differences& differences) {
  std::vector<double> policy;
  for (const json& p : out["policy"]) policy.push_back(p.is_null() ? -1.0 : p.get<double>());
  policy.push_back(out["policyPass"].get<double>());
  const auto best = std::max_element(got.policy.begin(), got.policy.end()) - got.policy.begin();
  const double chosen = policy[static_cast<std::size_t>(best)];
  const double most = *std::max_element(policy.begin(), policy.end());
  differences.same_best_move += chosen >= kTie * most;
  if (chosen != most) {
    differences.other_moves += "other best move, the reference gives it " + std::to_string(chosen) +
                               " and its own " + std::to_string(most) +
                               (chosen >= kTie * most ? " (a tie): " : ": ") + where + "\n";
  }
  const double expected = out["whiteWin"].get<double>() - out["whiteLoss"].get<double>();
  differences.winrate_errors.push_back(std::abs(got.white_win - got.white_loss - expected) / 2);
}

using MakeExecutor = std::function<std::unique_ptr<nn::Executor>(const nn::ModelDesc&)>;

// Every step-th line of the file.
Differences compare_lines(const std::string& path, std::size_t step, const MakeExecutor& make) {
  const auto lines = read_lines(path);
  const TempFolder folder;
  std::map<std::string, std::unique_ptr<nn::Executor>> executors;
  std::map<std::string, std::unique_ptr<nn::ExecContext>> contexts;
  Differences differences;
  for (std::size_t i = 0; i < lines.size(); i += step) {
    const json line = json::parse(lines[i]);
    const auto file = net_file(line, folder.path);
    if (!file) {
      ++differences.without_net;
      continue;
    }
    auto& executor = executors[*file];
    if (!executor) executor = make(nn::load_model(*file));
    const int w = line["boardXSize"], h = line["boardYSize"];
    auto& context = contexts[*file + " " + std::to_string(w) + "x" + std::to_string(h)];
    if (!context) context = executor->make_context(h, w, 1);
    const GameState state = position_of(line, executor->info());
    const auto got =
        evaluate(*executor, *context, state, line["symmetry"], line["optimism"].get<float>());
    const std::string where = "line " + std::to_string(i) + " " + line["net"].dump() +
                              line["netArgs"].dump() + " " + std::to_string(w) + "x" +
                              std::to_string(h) + " symmetry " + line["symmetry"].dump();
    compare(got, line["out"], where, differences.worst);
    compare_decisions(got, line["out"], where, differences);
    ++differences.compared;
  }
  REQUIRE(differences.compared > 0);
  WARN(differences.compared << " evaluations by " << executors.begin()->second->description()
                            << ", " << differences.without_net
                            << " left out for want of a network; same best move "
                            << 100 * differences.best_move_agreement()
                            << " %, 99-percentile of winrate errors "
                            << 100 * differences.winrate_error_percentile(0.99) << " points\n"
                            << differences.other_moves << "worst errors\n"
                            << differences.worst.text());
  return differences;
}

void check_single_precision(Differences& differences) {
  CHECK(differences.worst.of("probability") < kProbability);
  CHECK(differences.worst.of("ownership") < kOwnership);
  CHECK(differences.worst.of("score") < kScore);
}

void check_isa(const std::string& isa, std::size_t step) {
  HAYAGO_SHARED_FILE(path, "golden/nn.jsonl.gz");
  Differences differences = compare_lines(path, step, [&](const nn::ModelDesc& model) {
    nn::CpuOptions options;
    options.isa = isa;
    return nn::make_cpu_executor(model, options);
  });
  check_single_precision(differences);
}

// Convolutions of a network that run the algorithm, by force or not. Those that could and do not,
// and the other way round, are failures.
int convolutions_with(const nn::CpuNetwork& network, std::string_view algorithm) {
  int count = 0;
  for (std::size_t i = 0; i < network.ops().size(); ++i) {
    const auto* conv = std::get_if<nn::ConvOp>(&network.plan().ops[i]);
    if (conv == nullptr) continue;
    INFO(conv->name << " runs " << network.ops()[i]->conv_algorithm());
    const bool runs_it = network.ops()[i]->conv_algorithm() == algorithm;
    CHECK(runs_it == kernels::conv_supports(kernels::best_isa(), conv->shape, algorithm));
    count += runs_it;
  }
  return count;
}

// Every algorithm that this machine's best instruction set has, in all layers that it can compute.
void check_conv_algorithms(std::size_t step) {
  HAYAGO_SHARED_FILE(path, "golden/nn.jsonl.gz");
  for (const std::string_view algorithm : kernels::conv_algorithms(kernels::best_isa())) {
    INFO(algorithm);
    int layers = 0;
    Differences differences = compare_lines(path, step, [&](const nn::ModelDesc& model) {
      nn::CpuOptions options;
      options.conv_algorithm = algorithm;
      auto executor = std::make_unique<nn::CpuExecutor>(model, options);
      layers += convolutions_with(executor->network(), algorithm);
      return executor;
    });
    CHECK(layers > 0);
    check_single_precision(differences);
  }
}

// Half precision may not change what a player or a search notices (best move, winrate in points).
void check_half_precision(Differences& differences) {
  CHECK(differences.best_move_agreement() >= 0.997);
  CHECK(100 * differences.winrate_error_percentile(0.99) <= 0.3);
}

void check_cuda(const std::string& precision, void (*check)(Differences&)) {
  HAYAGO_SHARED_FILE(path, "golden/nn.jsonl.gz");
  const kernels::CudaInventory inventory = kernels::cuda_inventory();
  if (inventory.devices.empty()) HAYAGO_SKIP("needs a CUDA device: " + inventory.why_none);
  Differences differences = compare_lines(path, 1, [&](const nn::ModelDesc& model) {
    nn::CudaOptions options;
    options.precision = precision;
    return nn::make_cuda_executor(model, options);
  });
  check(differences);
}

void check_if_usable(const char* name, std::size_t step) {
  const auto isa = kernels::parse_isa(name);
  if (!isa || !kernels::isa_usable(*isa)) {
    HAYAGO_SKIP(std::string("this machine cannot run ") + name);
  }
  check_isa(name, step);
}

}  // namespace

TEST_CASE("raw evaluations equal the reference's: a sample, best ISA", "[search][nn][golden]") {
  check_isa("auto", 17);
}
TEST_CASE("raw evaluations equal the reference's: avx512", "[search][nn][golden][slow]") {
  check_if_usable("avx512", 1);
}
TEST_CASE("raw evaluations equal the reference's: avx2", "[search][nn][golden][slow]") {
  check_if_usable("avx2", 1);
}
TEST_CASE("raw evaluations equal the reference's: sse2", "[search][nn][golden][slow]") {
  check_if_usable("sse2", 1);
}
TEST_CASE("raw evaluations equal the reference's: neon", "[search][nn][golden][slow]") {
  check_if_usable("neon", 1);
}
TEST_CASE("raw evaluations equal the reference's: ref", "[search][nn][golden][slow]") {
  check_if_usable("ref", 7);  // the oracle is slow
}
TEST_CASE("raw evaluations equal the reference's: a sample, every convolution algorithm",
          "[search][nn][golden]") {
  check_conv_algorithms(17);
}
TEST_CASE("raw evaluations equal the reference's: every convolution algorithm",
          "[search][nn][golden][slow]") {
  check_conv_algorithms(1);
}
TEST_CASE("raw evaluations equal the reference's: cuda fp32 [gpu]", "[search][nn][golden][gpu]") {
  check_cuda("fp32", check_single_precision);
}
TEST_CASE("raw evaluations are the reference's to half precision: cuda fp16 [gpu]",
          "[search][nn][golden][gpu]") {
  check_cuda("fp16", check_half_precision);
}

}  // namespace hayago::test
