// What one thread needs to evaluate positions: buffers, random numbers and, when it runs the
// network itself, an executor context. Private to search/eval.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "search/eval/batch_queue.h"
#include "search/eval/evaluator.h"

namespace hayago::search {

// Inputs, raw outputs and facts of one position; `BatchJob` is what the queue sees of it.
struct EvalBuffers : BatchJob {
  EvalBuffers(const nn::NetInfo& info, int width, int height);

  EvalJob* job = nullptr;  // that owns these buffers
  Hash128 cache_key;
  EvaluationRef known;  // lacks nothing but the ownership that is wanted
  int symmetry = 0;
  bool want_ownership = false;
  nn::PositionFacts facts;            // legal points to `legal`
  std::vector<std::uint32_t> planes;  // in the network's orientation
  std::vector<float> global, meta;
  std::vector<float> policy, pass, value, score, ownership;  // raw, the same orientation
  std::vector<std::uint8_t> legal;                           // board orientation
};

class EvalWorker {
 public:
  EvalWorker(const nn::NetInfo& info, const EvaluatorConfig& config,
             std::unique_ptr<nn::ExecContext> context, LadderCache& ladders, std::uint64_t seed);

  // Uniform in 0 .. bound-1 for the small bounds of symmetries.
  int random_below(int bound);
  // The symmetry of a single evaluation.
  int choose_symmetry(int wanted);
  // `count` different symmetries in random order (partial shuffle).
  std::vector<int> sample_symmetries(int count);

  // Writes features, metadata row, legality and facts of a position.
  void load_position(const GameState& state, const NnInputParams& params, EvalBuffers& buffers);
  // Turns the position loaded last into the network's orientation and sets up input and output.
  void orient(int symmetry, bool want_ownership, EvalBuffers& buffers);
  // Undoes the symmetry on the raw outputs and post-processes them. The result is good until the
  // next call.
  const nn::NetOutput& finish(EvalBuffers& buffers);

  nn::ExecContext* context() { return context_.get(); }
  BatchMailbox& mailbox() { return mailbox_; }
  EvalTimes& times() { return times_; }
  // For synchronous evaluations.
  EvalJob& own_job() { return own_job_; }
  std::vector<nn::PositionInput>& inputs() { return inputs_; }
  std::vector<nn::RawOutput>& outputs() { return outputs_; }
  std::vector<BatchJob*>& arrived() { return arrived_; }

 private:
  void fill_legality(const GameState& state, EvalBuffers& buffers);

  const nn::NetInfo& info_;
  int width_, height_;
  bool randomize_;
  int forced_symmetry_;
  std::unique_ptr<nn::ExecContext> context_;
  LadderCache& ladders_;
  std::uint64_t random_state_;
  std::vector<std::uint32_t> planes_;                  // board orientation
  std::vector<float> board_policy_, board_ownership_;  // raw, board orientation
  nn::NetOutput output_;
  EvalTimes times_;
  BatchMailbox mailbox_;
  EvalJob own_job_;
  std::vector<nn::PositionInput> inputs_;
  std::vector<nn::RawOutput> outputs_;
  std::vector<BatchJob*> arrived_;
};

}  // namespace hayago::search
