// Seeds of random numbers: given by a key, fixed for tests, or fresh.
#pragma once
#include <string>
#include <string_view>

#include "gtp/config/config.h"

namespace hayago::gtp {

// The key's text; else a fixed text if forDeterministicTesting is set; else a random one.
std::string seed_or_random(const Config& config, std::string_view key);

}  // namespace hayago::gtp
