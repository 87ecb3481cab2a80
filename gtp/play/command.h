// What a person types at the board of `hayago play`.
#pragma once
#include <string>
#include <string_view>

namespace hayago::gtp {

enum class PlayVerb {
  kNothing,  // an empty line
  kMove,
  kPass,
  kResign,
  kUndo,
  kGo,
  kHint,
  kScore,
  kLevel,
  kNew,
  kSave,
  kBoard,
  kHelp,
  kQuit,
  kWrong,  // see PlayCommand::problem
};

struct PlayCommand {
  PlayVerb verb = PlayVerb::kNothing;
  std::string argument;  // the point of a move; the rest of the line after other words
  std::string problem;   // a sentence
};

// Whether a point is on the board is not known here.
PlayCommand parse_play_command(std::string_view line);

// The list of commands for people.
std::string play_help();

// A word as messages may repeat it: short, and without characters that a terminal obeys.
std::string quotable(std::string_view word);

}  // namespace hayago::gtp
