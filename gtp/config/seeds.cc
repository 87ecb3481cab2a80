#include "gtp/config/seeds.h"

#include <fmt/format.h>

#include <random>

namespace hayago::gtp {

std::string seed_or_random(const Config& config, std::string_view key) {
  const bool fixed = config.bool_or("forDeterministicTesting", false);
  if (const auto given = config.find(key)) return *given;
  if (fixed) return fmt::format("deterministic {}", key);
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

}  // namespace hayago::gtp
