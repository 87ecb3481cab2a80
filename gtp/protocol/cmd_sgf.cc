// Game records (spec/07 section 15).
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "gtp/config/parse.h"
#include "gtp/protocol/commands.h"
#include "gtp/protocol/text.h"
#include "gtp/sgf/sgf.h"

namespace hayago::gtp {
namespace {

using search::Rules;

// Says what the record did not say about its rules.
void report_missing_rules(Session& session, const SgfGame& game, const Rules& rules) {
  const std::string used = search::rules_compact(rules, true);
  if (!game.rules_given && !game.rules_text.empty()) {
    session.notice(fmt::format("WARNING: the record's rules '{}' are unknown, using {}",
                               game.rules_text, used));
  } else if (!game.rules_given) {
    session.notice(fmt::format("The record names no rules, using {}", used));
  }
  if (!game.komi_given && !game.komi_text.empty()) {
    session.notice(fmt::format("WARNING: the record's komi '{}' is unreadable, using {}",
                               game.komi_text, format_g(double{rules.komi})));
  }
  for (const std::string& warning : game.warnings) session.notice("WARNING: " + warning);
}

Rules playable_rules(Session& session, const Rules& rules) {
  const Rules supported = search::supported_rules(rules, session.models().main->info().version);
  if (!(supported == rules)) {
    session.notice(fmt::format("WARNING: the network does not know the rules {}, using {} instead",
                               search::rules_json(rules, false),
                               search::rules_json(supported, false)));
  }
  return supported;
}

void load(Session& session, const SgfGame& game, std::size_t num_moves) {
  const Rules rules = playable_rules(session, game.rules);
  report_missing_rules(session, game, rules);
  SgfGame adjusted = game;
  adjusted.rules = rules;
  const search::GameState start = initial_state(adjusted);
  const Rules old = session.rules();
  const std::string json = search::rules_json(rules, false);
  if (json != search::rules_json(old, false)) session.notice("Changing rules to " + json);
  if (rules.komi != old.komi) {
    session.notice("Changing komi to " + format_g(double{rules.komi}));
  }
  session.resize(game.x_size, game.y_size);
  session.set_rules(rules);
  session.set_komi(rules.komi);
  session.new_game(start.initial_board(), start.initial_player(),
                   start.initial_board().stones_on_board());
  for (std::size_t i = 0; i < num_moves; ++i) {
    session.play(game.moves[i].loc, game.moves[i].player);
  }
}

}  // namespace

Reply cmd_loadsgf(Session& session, const Words& args) {
  std::size_t num_moves = static_cast<std::size_t>(-1);
  if (args.size() > 1) {
    const auto number = parse_int(args[1]);
    if (!number || *number < 1) {
      return Reply::error(
          fmt::format("the move number must be an integer from 1, not '{}'", args[1]));
    }
    num_moves = static_cast<std::size_t>(*number - 1);
  }
  session.stop_pondering();
  try {
    const SgfGame game = load_sgf_game(args[0], session.rules());
    if (std::max(game.x_size, game.y_size) > search::kMaxBoard ||
        std::min(game.x_size, game.y_size) < 2) {
      return Reply::error(fmt::format("could not load sgf: boards of {}x{} are not supported",
                                      game.x_size, game.y_size));
    }
    load(session, game, std::min(num_moves, game.moves.size()));
  } catch (const SgfError& error) {
    return Reply::error(fmt::format("could not load sgf: {}", error.what()));
  }
  return Reply::ok();
}

Reply cmd_printsgf(Session& session, const Words& args) {
  const std::string text = write_sgf(session.state());
  if (args.empty() || args[0] == "-") return Reply::ok(text);
  std::ofstream file(args[0]);
  file << text << '\n';
  if (!file.flush()) return Reply::error(fmt::format("could not write to file '{}'", args[0]));
  return Reply::ok();
}

}  // namespace hayago::gtp
