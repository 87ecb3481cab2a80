#include "kernels/blocking.h"

#include <algorithm>

#include "kernels/cpu/panels.h"

namespace hayago::kernels {

std::vector<int> panel_choices(const RegisterTile& tile, int c_out) {
  std::vector<int> choices = {0}, parts = {split_panels(c_out, tile, {}).parts};
  // With fewer than two vectors every number of the input is loaded for a single product.
  for (int limit = tile.max_vectors; limit >= 2; --limit) {
    const int other = split_panels(c_out, tile, {limit, 0}).parts;
    if (std::find(parts.begin(), parts.end(), other) != parts.end()) continue;
    choices.push_back(limit);
    parts.push_back(other);
  }
  return choices;
}

}  // namespace hayago::kernels
