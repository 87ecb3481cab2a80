// Evaluations of positions without search, cache or symmetries: one network, whole batches.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "nn/exec/executor.h"
#include "nn/outputs/postprocess.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

// Inputs of up to `batch` positions in buffers of size x size, and room for the results. Smaller
// boards lie in the upper left corner; points of results are those of the buffer.
class NetBatch {
 public:
  NetBatch(const nn::NetInfo& net, int size, int batch);

  // At most `batch` positions, which must stay.
  void fill(std::span<const search::GameState> states);
  std::span<const nn::PositionInput> inputs() const { return inputs_; }
  // The executor's network must have the inputs and outputs of `net`.
  std::vector<nn::NetOutput> run(nn::ExecContext& context);

 private:
  std::size_t output_floats() const;
  nn::NetOutput finish(std::size_t i) const;

  nn::NetInfo net_;
  int size_;
  std::vector<float> spatial_, global_, floats_;
  std::span<const search::GameState> states_;
  std::vector<nn::PositionInput> inputs_;
  std::vector<nn::RawOutput> outputs_;
};

}  // namespace hayago::gtp
