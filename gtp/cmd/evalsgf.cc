// hayago evalsgf: one position of a game record in numbers, for people or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/config/parse.h"
#include "gtp/config/seeds.h"
#include "gtp/json/response.h"
#include "gtp/protocol/search_summary.h"
#include "gtp/report/position_text.h"
#include "gtp/report/record.h"
#include "search/features/metadata.h"

namespace hayago::gtp {
namespace {

constexpr int kDefaultVisits = 200;

struct EvalFlags {
  CommonOptions common;
  std::string file, rules, extra_moves;
  std::optional<int> move;
  std::optional<double> komi;
  int visits = 0, threads = 0, shown_moves = 10;
  bool raw = false, ownership = false, policy = false, json = false;
};

std::optional<int> parse_flags(const Args& args, EvalFlags& flags) {
  CLI::App app(
      "Looks at one position of a game record (SGF): board, values, best moves; on request the "
      "policy and the ownership of every point.\n"
      "Example: hayago evalsgf game.sgf --move 30 --visits 1000 --ownership",
      "evalsgf");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, true);
  app.add_option("FILE", flags.file, "game record; its main line counts")->required();
  app.add_option("--move", flags.move, "the position after so many moves (default: after the last)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--extra-moves", flags.extra_moves,
                 "then these, such as \"Q4 D4 pass\", by players in turn")
      ->type_name("VERTICES");
  app.add_option("--rules", flags.rules, "rules instead of the record's")->type_name("RULES");
  app.add_option("--komi", flags.komi, "komi instead of the record's")
      ->check(CLI::Range(-400.0, 400.0));
  auto* visits =
      app.add_option(
             "--visits", flags.visits,
             fmt::format("visits of the search (default: key maxVisits, else {})", kDefaultVisits))
          ->check(CLI::Range(1, 1'000'000'000));
  app.add_flag("--raw", flags.raw,
               "no search, only the network (averaged over the eight symmetries)")
      ->excludes(visits);
  app.add_option("--threads", flags.threads,
                 "search threads (default: numSearchThreads, else all "
                 "cores)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--moves", flags.shown_moves, "moves in the table (default 10)")
      ->check(CLI::PositiveNumber);
  app.add_flag("--ownership", flags.ownership, "print who will own each point");
  app.add_flag("--policy", flags.policy, "print the network's policy for each point");
  app.add_flag("--json", flags.json,
               "print one JSON object instead: a response of `hayago analysis` with the position");
  return parse_args(app, args);
}

// The record with the rules that the flags want and the network knows.
SgfGame load_game(const EvalFlags& flags, int model_version) {
  SgfGame game = load_sgf_game(flags.file);
  if (!flags.rules.empty()) {
    const auto rules = search::parse_rules(flags.rules);
    if (!rules) throw ConfigError(fmt::format("--rules {}: {}", flags.rules, rules.error));
    const float komi = game.rules.komi;
    game.rules = *rules.value;
    game.rules.komi = komi;
  }
  if (flags.komi) {
    if (!search::is_half_integer_komi(*flags.komi)) {
      throw ConfigError(
          fmt::format("--komi {:g}: must be an integer or half-integer", *flags.komi));
    }
    game.rules.komi = static_cast<float>(*flags.komi);
  }
  use_supported_rules(game, model_version);
  for (const std::string& warning : game.warnings) {
    std::cerr << "WARNING: " << flags.file << ": " << warning << std::endl;
  }
  return game;
}

int chosen_turn(const SgfGame& game, const EvalFlags& flags) {
  const int count = static_cast<int>(game.moves.size());
  const int turn = flags.move.value_or(count);
  if (turn > count) {
    throw ConfigError(fmt::format("--move {}: {} has {} moves, so the number must be from 0 to {}",
                                  turn, flags.file, count, count));
  }
  return turn;
}

search::GameState load_position(const SgfGame& game, int turn, const std::string& extra) {
  search::GameState state = initial_state(game);
  for (int i = 0; i < turn; ++i) {
    play_record_move(state, game.moves[static_cast<std::size_t>(i)]);
  }
  int number = 0;
  for (const std::string& word : split(extra, ' ')) {
    if (word.empty()) continue;
    ++number;
    const auto move = search::parse_loc(word, state.board());
    if (!move || !play_record_move(state, {*move, state.next_player()})) {
      throw ConfigError(fmt::format("--extra-moves: move {} '{}' {}", number, word,
                                    move ? "is illegal" : "is no point of this board"));
    }
  }
  return state;
}

// The search as a request of the analysis protocol, whose form the JSON output has.
AnalysisQuery make_query(const EvalFlags& flags, const Config& config, bool has_human) {
  search::SearchParams defaults = search::analysis_defaults();
  // Widening shows more candidates but blurs the value of the position.
  defaults.wide_root_noise = 0;
  defaults.num_search_threads =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 64);
  defaults.max_visits = kDefaultVisits;
  AnalysisQuery query;
  query.id = flags.file;
  query.params = load_search_params(config, defaults, has_human);
  if (flags.visits > 0) query.params.max_visits = flags.visits;
  if (flags.threads > 0) query.params.num_search_threads = flags.threads;
  if (flags.raw) {
    query.params.max_visits = 1;
    query.params.root_num_symmetries_to_sample = nn::kNumSymmetries;
  }
  query.perspective = load_perspective(config);
  query.report.pv_length = config.int_or("analysisPVLen", 1, 1000, 9);
  query.report.ownership = flags.ownership;
  query.report.cut_pv_before_phase_end = true;
  query.include_policy = flags.policy || flags.raw;
  query.include_pv_visits = flags.json;
  return query;
}

nlohmann::json to_json(const AnalysisQuery& query, int turn, const search::GameState& state,
                       const search::SearchReport& report, const std::string& network) {
  using nlohmann::json;
  json out = result_response(query, turn, false, state, report);
  out.erase("id");
  out.erase("isDuringSearch");
  const search::Board& board = state.board();
  json rows = json::array();
  for (int y = 0; y < board.y_size(); ++y) {
    std::string row;
    for (int x = 0; x < board.x_size(); ++x) {
      const search::Color color = board.at(board.loc(x, y));
      row += color == search::Color::kBlack ? 'X' : color == search::Color::kWhite ? 'O' : '.';
    }
    rows.push_back(row);
  }
  out["file"] = query.id;
  out["board"] = rows;
  out["boardXSize"] = board.x_size();
  out["boardYSize"] = board.y_size();
  out["rules"] = json::parse(search::rules_json(state.rules(), false));
  out["komi"] = state.rules().komi;
  out["network"] = network;
  return out;
}

void print_text(const EvalFlags& flags, const SgfGame& game, const AnalysisQuery& query, int turn,
                const search::GameState& state, const search::SearchReport& report,
                const std::string& network) {
  const search::Board& board = state.board();
  const search::RootReport& root = report.root;
  std::cout << record_title(game) << "\n\n";
  std::string when = turn == 0 ? "before the first move" : fmt::format("after move {}", turn);
  if (!state.moves().empty()) {
    const search::Move last = state.moves().back();
    when += fmt::format(", last {} {}", search::player_letter(last.player),
                        search::loc_to_string(last.loc, board));
  }
  std::cout << fmt::format("Position {}; {} to move.\n", when,
                           root.to_move == search::Color::kBlack ? "Black" : "White")
            << board_text(state) << '\n'
            << "Network " << network << ".\n"
            << perspective_text(query.perspective, root.to_move) << '\n'
            << root_text(root, query.perspective) << '\n';
  std::cout << (flags.raw ? policy_list_text(*root.raw, board, flags.shown_moves)
                          : move_list_text(report, analyze_view(query.perspective, query.params),
                                           board, flags.shown_moves));
  if (flags.policy) {
    std::cout << "\nPolicy of the network, percent:\n" << policy_board_text(*root.raw, board);
  }
  if (flags.ownership) {
    std::cout << "\nOwnership, percent:\n"
              << ownership_board_text(report.ownership, board, query.perspective, root.to_move);
  }
  std::cout << std::flush;
}

}  // namespace

int run_evalsgf(const Args& args) {
  EvalFlags flags;
  if (const auto status = parse_flags(args, flags)) return *status;
  const Config config = load_config(flags.common, "analysis");
  const AnalysisQuery query = make_query(flags, config, !flags.common.human_model.empty());
  // Read before the network, so that mistakes show at once; its rules may change afterwards.
  chosen_turn(load_sgf_game(flags.file), flags);
  const auto executor = make_executor(find_model(flags.common.model).path, config);
  const SgfGame game = load_game(flags, executor->info().version);
  const int turn = chosen_turn(game, flags);
  const search::GameState state = load_position(game, turn, flags.extra_moves);

  EvaluatorDefaults defaults;
  defaults.buffer_x = game.x_size;
  defaults.buffer_y = game.y_size;
  defaults.expected_concurrency = query.params.num_search_threads;
  const search::EvaluatorConfig evaluator_config = load_evaluator_config(config, defaults);
  search::Evaluator evaluator(executor, evaluator_config);
  std::unique_ptr<search::Evaluator> human;
  if (!flags.common.human_model.empty()) {
    human = make_evaluator(flags.common.human_model, config, defaults);
  }
  search::Engine engine(query.params, &evaluator, human.get(),
                        seed_or_random(config, "searchRandSeed"));
  engine.set_always_include_ownership(flags.ownership);
  engine.set_position(state);
  engine.search({});
  search::SearchReport report;
  if (!engine.report(query.report, report)) throw ConfigError("the search has no result");
  if (flags.json) {
    std::cout << to_line(to_json(query, turn, state, report, executor->info().name)) << std::endl;
  } else {
    print_text(flags, game, query, turn, state, report, executor->info().name);
  }
  return 0;
}

}  // namespace hayago::gtp
