// The positions that a student learns from and those that judge it, on disk.
//
// A folder has training.positions and held-out.positions (quant/train/record_file.h) and
// positions.json, which says how many games are in them. Whoever goes on after an interruption cuts
// off what came after the last group of games that it counts, so that the files end with the bytes
// of those that were made without one.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtp/distill/game_plan.h"
#include "nn/exec/executor.h"
#include "quant/train/record_file.h"

namespace hayago::gtp {

struct PositionCounts {
  int groups = 0;  // of games
  std::size_t training = 0, held_out = 0;
};

// The positions of one group of games.
struct GroupPositions {
  std::vector<quant::PositionRecord> training, held_out;
};

class PositionStore {
 public:
  // Goes on with what the folder, which exists, has. Throws nn::ModelError for files that are
  // damaged or cannot be written.
  explicit PositionStore(const std::string& folder);

  void append(const GroupPositions& group);
  const PositionCounts& counts() const { return counts_; }

  static std::string training_file(const std::string& folder);
  static std::string held_out_file(const std::string& folder);

 private:
  void save() const;

  std::string folder_;
  PositionCounts counts_;
  std::unique_ptr<quant::RecordWriter> training_, held_out_;
};

// Plays group number `group`; nothing follows once `stop` says so, and the result is incomplete.
class GroupPlayer {
 public:
  GroupPlayer(const nn::Executor& teacher, const GamePlan& plan);
  GroupPositions play(int group, const std::function<bool()>& stop);

 private:
  const nn::Executor& teacher_;
  const GamePlan& plan_;
  std::map<int, std::unique_ptr<nn::ExecContext>> contexts_;  // by size
};

// Appends whole groups of games until there are `wanted` positions to train with, or until `stop`
// says so, which is asked on all threads. `step` is called for every one of those wanted. The
// files do not depend on the number of threads. The executor should use one core per context.
void make_positions(const nn::Executor& teacher, const GamePlan& plan, std::size_t wanted,
                    int threads, PositionStore& store, const std::function<bool()>& stop,
                    const std::function<void()>& step);

}  // namespace hayago::gtp
