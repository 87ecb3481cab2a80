// An external GTP engine as a player.
#pragma once
#include <memory>
#include <mutex>

#include "gtp/match/contestant.h"
#include "gtp/match/options.h"

namespace hayago::gtp {

class ExternalSource : public ContestantSource {
 public:
  // Starts the engine once to see that it speaks GTP and takes size, komi, rules and time control.
  // Throws ConfigError that says what it refused.
  ExternalSource(const MatchOptions& options, const PlayerOptions& player);
  ~ExternalSource() override;
  std::unique_ptr<Contestant> make() override;
  bool is_external() const override { return true; }
  std::shared_ptr<search::Evaluator> evaluator() override { return nullptr; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  const MatchOptions& options_;
  const PlayerOptions& player_;
  std::vector<std::string> warnings_;
};

// The score in the answer of final_score, White minus Black; nullopt if it is none.
std::optional<double> parse_score_text(std::string_view text);

// The command that sets a time control, by what the engine has. Throws ConfigError if none fits.
std::string time_settings_command(const search::TimeControl& control,
                                  const std::vector<std::string>& engine_commands);
// And the one that tells what is left of it.
std::string time_left_command(search::Player color, const RefereeClock& clock,
                              const std::vector<std::string>& engine_commands);

}  // namespace hayago::gtp
