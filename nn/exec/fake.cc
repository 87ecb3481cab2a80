// Outputs that are a hash of the inputs (make_fake_executor). Integer arithmetic and exact
// conversions only, so that every machine computes the same bits.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>

#include "nn/exec/executor.h"

namespace hayago::nn {
namespace {

// Finaliser with good avalanche: xor-shifts and odd multipliers.
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93u;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93u;
  x ^= x >> 32;
  return x;
}

class Hash {
 public:
  void add(float value) { state_ = mix(state_ + std::bit_cast<std::uint32_t>(value) + 1); }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15u;
};

// Multiples of 2^-16 in [-range, range), range a power of two: exact in binary32.
float symmetric(std::uint64_t hash, int range) {
  const auto step = static_cast<std::int32_t>(mix(hash) & 0xffff) - 0x8000;
  return static_cast<float>(step) * static_cast<float>(range) / 32768.0f;
}

// Numbers of the outputs inside one position's hash.
enum Stream : std::uint64_t { kPolicy = 1, kPass = 2, kValue = 3, kScore = 4, kOwnership = 5 };

class FakeContext final : public ExecContext {
 public:
  FakeContext(const NetInfo& info, int height, int width)
      : info_(info), height_(height), width_(width) {}

  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) evaluate(inputs[i], outputs[i]);
  }

 private:
  struct Summary {
    std::uint64_t hash;
    int area, own_stones, opponent_stones;
  };

  Summary summarize(const PositionInput& in) const {
    Hash hash;
    Summary s{0, 0, 0, 0};
    for (int p = 0; p < height_ * width_; ++p) {
      const auto plane = [&](int c) { return in.plane(c, p, info_.c_spatial); };
      for (int c = 0; c < info_.c_spatial; ++c) hash.add(plane(c));
      s.area += plane(0) != 0 ? 1 : 0;
      s.own_stones += plane(1) != 0 ? 1 : 0;
      s.opponent_stones += plane(2) != 0 ? 1 : 0;
    }
    for (int c = 0; c < info_.c_global; ++c) hash.add(in.global[c]);
    if (in.meta != nullptr) {
      for (int c = 0; c < info_.c_meta; ++c) hash.add(in.meta[c]);
    }
    s.hash = hash.value();
    return s;
  }

  static std::uint64_t stream(const Summary& s, Stream which, int i) {
    return s.hash + static_cast<std::uint64_t>(which) * 0x10000 + static_cast<std::uint64_t>(i);
  }

  void evaluate(const PositionInput& in, const RawOutput& out) const {
    const Summary s = summarize(in);
    write_policy(s, out);
    // More stones of one's own are good, and the win chance and the score agree.
    const float lead = static_cast<float>(s.own_stones - s.opponent_stones) / 16.0f +
                       symmetric(stream(s, kValue, 0), 1);
    out.value[0] = lead;
    out.value[1] = -lead;
    out.value[2] = -6.0f + symmetric(stream(s, kValue, 1), 1);
    for (int c = 0; c < info_.score_channels; ++c) {
      const float noise = symmetric(stream(s, kScore, c), 1) / 4.0f;
      const bool points = c == 0 || c == 2;  // score mean and lead, in multiples of 20 points
      out.score[c] = points ? lead / 4.0f + noise / 4.0f : noise - 0.5f;
    }
    if (out.ownership != nullptr) write_ownership(s, in, out.ownership);
  }

  // A preference for the middle lines; passing becomes attractive when the board is full.
  void write_policy(const Summary& s, const RawOutput& out) const {
    const int points = height_ * width_;
    for (int c = 0; c < info_.policy_channels; ++c) {
      for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) {
          const int line = std::min({x, y, width_ - 1 - x, height_ - 1 - y, 3});
          const int p = y * width_ + x;
          out.policy[c * points + p] =
              symmetric(stream(s, kPolicy, c * points + p), 2) + static_cast<float>(line) / 2.0f;
        }
      }
      const int stones = s.own_stones + s.opponent_stones;
      const int fill = s.area > 0 ? 16 * stones / s.area : 16;  // sixteenths
      out.pass[c] = static_cast<float>(fill - 8) + symmetric(stream(s, kPass, c), 1);
    }
  }

  void write_ownership(const Summary& s, const PositionInput& in, float* ownership) const {
    for (int p = 0; p < height_ * width_; ++p) {
      const auto holds = [&](int plane) { return in.plane(plane, p, info_.c_spatial) != 0; };
      const float stone = holds(1) ? 1.0f : holds(2) ? -1.0f : 0.0f;
      ownership[p] = stone + symmetric(stream(s, kOwnership, p), 1) / 2.0f;
    }
  }

  const NetInfo& info_;
  int height_, width_;
};

class FakeExecutor final : public Executor {
 public:
  explicit FakeExecutor(int version) {
    info_.name = "fake";
    info_.file_name = "fake";
    info_.version = version;
    info_.input_version = input_version(version);
    info_.c_spatial = spatial_planes(version);
    info_.c_global = global_values(version);
    info_.policy_channels = version >= 12 ? 2 : 1;
    info_.score_channels = score_channels(version);
    info_.kind = "fake";
  }
  const NetInfo& info() const override { return info_; }
  std::string description() const override { return "fake (hash of the position)"; }
  bool runs_inline() const override { return true; }
  int max_batch() const override { return kMaxBatch; }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override {
    if (height < 1 || width < 1 || batch < 1 || batch > kMaxBatch) {
      throw std::invalid_argument("fake executor: size or batch out of range");
    }
    return std::make_unique<FakeContext>(info_, height, width);
  }

 private:
  static constexpr int kMaxBatch = 1024;  // nothing is allocated per position
  NetInfo info_;
};

}  // namespace

std::unique_ptr<Executor> make_fake_executor(int model_version) {
  return std::make_unique<FakeExecutor>(model_version);
}

}  // namespace hayago::nn
