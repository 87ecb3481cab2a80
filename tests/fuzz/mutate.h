// Altered inputs for the deterministic fuzz runs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace hayago::test {

// One to eight alterations of a randomly chosen seed. Depends on `number` and the seeds only, so
// any input of a run can be made again alone. Number i < seeds.size() is seed i unaltered.
std::string altered_input(const std::vector<std::string>& seeds, std::uint64_t number);

}  // namespace hayago::test
