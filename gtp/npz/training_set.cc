#include "gtp/npz/training_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gtp/npz/npy.h"
#include "nn/model/gz.h"
#include "nn/model/load.h"
#include "nn/model/mapped_file.h"

namespace hayago::gtp {
namespace {

constexpr int kEdge = 19, kPoints = kEdge * kEdge;
constexpr std::int64_t kPackedBytes = (kPoints + 7) / 8;
constexpr float kMaxInput = 1e6f;  // far above what any feature reaches

class SetReader {
 public:
  SetReader(std::string_view bytes, const std::string& name)
      : name_(name), contents_(read_zip(bytes, name)) {}

  TrainingSet read() {
    TrainingSet set;
    read_planes(set);
    const std::int64_t n = set.count;
    set.globals = values<float>("globalInputNC", {n, TrainingSet::kGlobals});
    check_finite("globalInputNC", set.globals);
    read_policy(set);
    read_value(set);
    return set;
  }

 private:
  [[noreturn]] void fail(const std::string& array, const std::string& what) const {
    throw ArchiveError(fmt::format("{}: array '{}': {}", name_, array, what));
  }

  NpyArray array(const std::string& key) const {
    const auto found = contents_.find(key + ".npy");
    if (found == contents_.end()) fail(key, "is missing");
    return parse_npy(found->second, fmt::format("{}/{}", name_, key));
  }
  template <class T>
  std::vector<T> values(const std::string& key, const std::vector<std::int64_t>& shape) const {
    return npy_values<T>(array(key), shape, fmt::format("{}/{}", name_, key));
  }
  void check_finite(const std::string& key, const std::vector<float>& numbers) const {
    const auto bad = std::find_if_not(numbers.begin(), numbers.end(),
                                      [](float v) { return std::abs(v) <= kMaxInput; });
    if (bad != numbers.end()) fail(key, fmt::format("value {} is {}", bad - numbers.begin(), *bad));
  }

  // One bit per point, the first one in the highest bit of a byte.
  void read_planes(TrainingSet& set) const {
    const char* const key = "binaryInputNCHWPacked";
    const auto packed = values<std::uint8_t>(key, {-1, TrainingSet::kPlanes, kPackedBytes});
    const std::size_t per_plane = kPackedBytes, per_position = TrainingSet::kPlanes * per_plane;
    const std::size_t count = packed.size() / per_position;
    if (count == 0) fail(key, "has no positions");
    if (count > 100'000'000) fail(key, "has too many positions");
    set.count = static_cast<int>(count);
    set.planes.assign(count * kPoints, 0);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t plane = 0; plane < TrainingSet::kPlanes; ++plane) {
        const std::uint8_t* const bits = packed.data() + i * per_position + plane * per_plane;
        for (std::size_t p = 0; p < kPoints; ++p) {
          const std::uint32_t bit = bits[p / 8] >> (7 - p % 8) & 1u;
          set.planes[i * kPoints + p] |= bit << plane;
        }
      }
      const auto first = set.planes.begin() + static_cast<std::ptrdiff_t>(i * kPoints);
      if (std::none_of(first, first + kPoints, [](std::uint32_t bits) { return bits & 1u; })) {
        fail(key, fmt::format("position {} has no board (plane 0)", i));
      }
    }
  }

  void read_policy(TrainingSet& set) const {
    const char* const key = "policyTargetsNCMove";
    constexpr std::size_t kMoves = kPoints + 1;
    const auto all = values<std::int16_t>(key, {set.count, -1, kMoves});
    const std::size_t channels = all.size() / (static_cast<std::size_t>(set.count) * kMoves);
    if (channels == 0) fail(key, "has no channels");
    for (std::size_t i = 0; i < static_cast<std::size_t>(set.count); ++i) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(i * channels * kMoves);
      set.policy.insert(set.policy.end(), first, first + kMoves);
    }
    const auto negative =
        std::find_if(set.policy.begin(), set.policy.end(), [](std::int16_t v) { return v < 0; });
    if (negative != set.policy.end()) {
      fail(key, fmt::format("position {} has a negative weight",
                            (negative - set.policy.begin()) / static_cast<int>(kMoves)));
    }
  }

  void read_value(TrainingSet& set) const {
    const char* const key = "globalTargetsNC";
    const auto all = values<float>(key, {set.count, -1});
    const std::size_t width = all.size() / static_cast<std::size_t>(set.count);
    if (width < 3) fail(key, fmt::format("{} values per position (expected 3 or more)", width));
    for (std::size_t i = 0; i < static_cast<std::size_t>(set.count); ++i) {
      const float* const target = all.data() + i * width;
      const float sum = target[0] + target[1] + target[2];
      const bool good = std::all_of(target, target + 3, [](float v) { return v >= 0 && v <= 1; });
      if (!good || std::abs(sum - 1) > 1e-3f) {
        fail(key, fmt::format("position {} ends with {}, {} and {} (expected probabilities)", i,
                              target[0], target[1], target[2]));
      }
      set.value.push_back({target[0], target[1], target[2]});
    }
  }

  const std::string& name_;
  std::map<std::string, std::string> contents_;
};

}  // namespace

TrainingSet parse_training_set(std::string_view bytes, const std::string& name) {
  return SetReader(bytes, name).read();
}

TrainingSet load_training_set(const std::string& path) {
  try {
    return parse_training_set(nn::MappedFile(path).view(), path);
  } catch (const nn::ModelError& error) {
    throw ArchiveError(error.what());
  }
}

}  // namespace hayago::gtp
