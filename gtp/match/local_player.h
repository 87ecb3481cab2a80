// A configuration of this program as a player: a session as `hayago gtp` has one, in this process.
#pragma once
#include <memory>

#include "gtp/match/contestant.h"
#include "gtp/match/evaluator_pool.h"
#include "gtp/match/options.h"

namespace hayago::gtp {

class LocalSource : public ContestantSource {
 public:
  // Loads the network. Throws ConfigError or nn::ModelError. The pool outlives the source.
  LocalSource(const MatchOptions& options, const PlayerOptions& player, EvaluatorPool& pool);
  ~LocalSource() override;
  std::unique_ptr<Contestant> make() override;
  bool is_external() const override { return false; }
  std::shared_ptr<search::Evaluator> evaluator() override;
  // Unused keys.
  const std::vector<std::string>& warnings() const;

  struct Shared;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace hayago::gtp
