#include "gtp/json/perspective.h"

#include <string>

namespace hayago::gtp {

std::optional<Perspective> parse_perspective(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  if (upper == "BLACK" || upper == "B") return Perspective::kBlack;
  if (upper == "WHITE" || upper == "W") return Perspective::kWhite;
  if (upper == "SIDETOMOVE") return Perspective::kSideToMove;
  return std::nullopt;
}

Perspective load_perspective(const Config& config) {
  const auto text = config.find("reportAnalysisWinratesAs");
  if (!text) return Perspective::kSideToMove;
  const auto perspective = parse_perspective(*text);
  if (!perspective) {
    config.fail("reportAnalysisWinratesAs",
                "must be BLACK, WHITE or SIDETOMOVE, not '" + *text + "'");
  }
  return *perspective;
}

}  // namespace hayago::gtp
