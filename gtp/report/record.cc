#include "gtp/report/record.h"

#include <fmt/format.h>

namespace hayago::gtp {
namespace {

std::string player(const std::string& name, const char* color, const std::string& rank) {
  return fmt::format("{} ({}{})", name.empty() ? color : name, color,
                     rank.empty() ? "" : ", " + rank);
}

}  // namespace

std::string record_title(const SgfGame& game) {
  return fmt::format("{} - {}, {}x{}, {} rules, komi {:g}{}",
                     player(game.black_name, "Black", game.black_rank),
                     player(game.white_name, "White", game.white_rank), game.x_size, game.y_size,
                     search::rules_nice_name(game.rules), game.rules.komi,
                     game.result.empty() ? "" : ", result " + game.result);
}

void use_supported_rules(SgfGame& game, int model_version) {
  const search::Rules supported = search::supported_rules(game.rules, model_version);
  if (supported == game.rules) return;
  game.warnings.push_back("the network does not know the rules " +
                          search::rules_compact(game.rules, true) + "; using " +
                          search::rules_compact(supported, true));
  game.rules = supported;
}

}  // namespace hayago::gtp
