// From raw network outputs to probabilities, scores, policy and ownership (spec/02 section 11).
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "nn/exec/executor.h"

namespace hayago::nn {

// The scalars of one evaluation, White's view.
struct NetValues {
  float white_win = 0, white_loss = 0, white_no_result = 0;
  float white_score_mean = 0, white_score_mean_sq = 0, white_lead = 0;
  float var_time_left = -1, shortterm_winloss_error = -1, shortterm_score_error = -1;
  float policy_optimism_used = 0;
};

// Result of one evaluation, White's view. Immutable once shared.
struct NetOutput : NetValues {
  int width = 0, height = 0;     // of the buffer
  std::vector<float> policy;     // (height*width + 1), pass last; -1 = illegal
  std::vector<float> ownership;  // (height*width), White positive, 0 off the board; may be empty
  std::size_t bytes() const {
    return sizeof(NetOutput) + (policy.capacity() + ownership.capacity()) * sizeof(float);
  }
};

// What post-processing must know of the position; nn/ knows no rules of Go.
struct PositionFacts {
  int board_width = 0, board_height = 0;
  bool white_to_move = false;
  bool no_result_possible = false;      // ko rule simple or scoring territory
  std::span<const std::uint8_t> legal;  // (height*width + 1) of the buffer, pass last
  float policy_temperature = 1;
  float policy_optimism = 0;
  bool cap_pass = false;  // enablePassingHacks: pass at most 95 %
};

// Raised when an output is not finite: the network or its input is broken.
class NonFiniteOutput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// raw is in board orientation (inverse symmetry already applied). Throws NonFiniteOutput.
NetOutput postprocess(const NetInfo& net, const RawOutput& raw, int width, int height,
                      const PositionFacts& facts);
// The same into an object whose arrays are used again. Undefined contents when it throws.
void postprocess(const NetInfo& net, const RawOutput& raw, int width, int height,
                 const PositionFacts& facts, NetOutput& out);

// Plain arithmetic mean of every field (spec/02 section 10); outputs must not be empty.
NetOutput average_outputs(std::span<const std::shared_ptr<const NetOutput>> outputs);

// Symmetries of a buffer (spec/02 section 10): 0..7, bit 0 flips rows, bit 1 flips columns, bit 2
// transposes (ignored when width != height).
inline constexpr int kNumSymmetries = 8;
int inverse_symmetry(int symmetry);
int compose_symmetries(int first, int then);
// out[(y'*width + x')*channels + c] = in[(y*width + x)*channels + c].
void apply_symmetry(const float* in, int width, int height, int channels, int symmetry, float* out);
// The same for one word per point.
void apply_symmetry(const std::uint32_t* in, int width, int height, int symmetry,
                    std::uint32_t* out);
// Inverse for one output plane: out(x, y) = in(x', y').
void undo_symmetry(const float* in, int width, int height, int symmetry, float* out);

}  // namespace hayago::nn
