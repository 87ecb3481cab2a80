#include "search/features/features.h"

#include <fmt/format.h>

#include <stdexcept>

#include "search/features/blocks.h"

namespace hayago::search {
namespace {

struct InputVersion {
  int version, planes, globals;
  void (*fill)(const GameState&, const NnInputParams&, InputBuffer&);
};

constexpr InputVersion kVersions[] = {
    {3, 22, 14, features::fill_v3}, {4, 22, 14, features::fill_v4}, {5, 13, 12, features::fill_v5},
    {6, 22, 16, features::fill_v6}, {7, 22, 19, features::fill_v7},
};

const InputVersion& find_version(int input_version) {
  for (const InputVersion& v : kVersions) {
    if (v.version == input_version) return v;
  }
  throw std::invalid_argument(
      fmt::format("network input version must be 3..7, got {}", input_version));
}

}  // namespace

int feature_planes(int input_version) { return find_version(input_version).planes; }
int feature_globals(int input_version) { return find_version(input_version).globals; }

void fill_features(int input_version, const GameState& state, const NnInputParams& params, int nn_x,
                   int nn_y, float* spatial, float* global, LadderCache* ladders) {
  const InputVersion& v = find_version(input_version);
  InputBuffer out(state.board(), v.planes, v.globals, nn_x, nn_y, global, ladders);
  v.fill(state, params, out);
  out.write(spatial);
}

void fill_features(int input_version, const GameState& state, const NnInputParams& params, int nn_x,
                   int nn_y, std::uint32_t* planes, float* global, LadderCache* ladders) {
  const InputVersion& v = find_version(input_version);
  InputBuffer out(state.board(), v.planes, v.globals, nn_x, nn_y, global, ladders);
  v.fill(state, params, out);
  out.write_bits(planes);
}

}  // namespace hayago::search
