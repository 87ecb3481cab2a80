// What reports say about a game record as a whole.
#pragma once
#include <string>

#include "gtp/sgf/sgf.h"

namespace hayago::gtp {

// "Aoi (Black, 3d) - Go (White), 19x19, Chinese rules, komi 7.5, result B+2", without a line end.
std::string record_title(const SgfGame& game);

// Rules that a network of this version does not know are replaced, with a warning in the record.
void use_supported_rules(SgfGame& game, int model_version);

}  // namespace hayago::gtp
