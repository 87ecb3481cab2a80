// What one thread needs to evaluate positions: buffers, random numbers and, when it runs the
// network itself, an executor context. Private to search/eval.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "search/eval/evaluator.h"

namespace hayago::search {

class EvalWorker {
 public:
  EvalWorker(const nn::NetInfo& info, const EvaluatorConfig& config,
             std::unique_ptr<nn::ExecContext> context, std::uint64_t seed);

  // Uniform in 0 .. bound-1 for the small bounds of symmetries.
  int random_below(int bound);
  // The symmetry of a single evaluation.
  int choose_symmetry(int wanted);
  // `count` different symmetries in random order (partial shuffle).
  std::vector<int> sample_symmetries(int count);

  // Inputs and outputs of one run, in the orientation of the symmetry.
  nn::PositionInput input(bool with_meta) const;
  nn::RawOutput raw_output(bool with_ownership);

  // Writes features, metadata row and legality of a position.
  void load_position(const GameState& state, const NnInputParams& params);
  // Turns the loaded position into the network's orientation.
  void orient(int symmetry);
  // Undoes the symmetry on the raw outputs and post-processes them.
  std::shared_ptr<nn::NetOutput> finish(const GameState& state, const NnInputParams& params,
                                        int symmetry, bool with_ownership);
  nn::ExecContext* context() { return context_.get(); }

 private:
  void fill_legality(const GameState& state);

  const nn::NetInfo& info_;
  int width_, height_;
  bool randomize_;
  int forced_symmetry_;
  std::unique_ptr<nn::ExecContext> context_;
  std::uint64_t random_state_;
  std::vector<float> spatial_, oriented_, global_, meta_;
  std::vector<float> policy_, pass_, value_, score_, ownership_;  // raw, network orientation
  std::vector<float> board_policy_, board_ownership_;             // raw, board orientation
  std::vector<std::uint8_t> legal_;
};

}  // namespace hayago::search
