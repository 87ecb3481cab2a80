#include "gtp/play/command.h"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "gtp/config/parse.h"

namespace hayago::gtp {
namespace {

enum class Argument { kNone, kOptional, kRequired };

struct Word {
  std::string_view name;
  PlayVerb verb;
  Argument argument;
  std::string_view form;  // with its argument, for the help; "" for a second name
  std::string_view help;
};

constexpr std::array<Word, 16> kWords{{
    {"pass", PlayVerb::kPass, Argument::kNone, "pass", "no move; two passes end the game"},
    {"resign", PlayVerb::kResign, Argument::kNone, "resign", "give the game up"},
    {"undo", PlayVerb::kUndo, Argument::kNone, "undo",
     "take back your last move and what came after it"},
    {"go", PlayVerb::kGo, Argument::kOptional, "go [N]",
     "let hayago make the next move, or N moves"},
    {"hint", PlayVerb::kHint, Argument::kNone, "hint", "the moves that hayago likes best"},
    {"score", PlayVerb::kScore, Argument::kNone, "score", "who leads, and whose every point is"},
    {"level", PlayVerb::kLevel, Argument::kOptional, "level [N]",
     "N visits a move for hayago; without N: how long it thinks"},
    {"new", PlayVerb::kNew, Argument::kOptional, "new [SIZE]", "another game"},
    {"save", PlayVerb::kSave, Argument::kRequired, "save FILE.sgf", "write the game record"},
    {"board", PlayVerb::kBoard, Argument::kNone, "board", "draw the board again"},
    {"help", PlayVerb::kHelp, Argument::kNone, "help", "this list"},
    {"quit", PlayVerb::kQuit, Argument::kNone, "quit", "leave"},
    {"?", PlayVerb::kHelp, Argument::kNone, "", ""},
    {"exit", PlayVerb::kQuit, Argument::kNone, "", ""},
    {"takeback", PlayVerb::kUndo, Argument::kNone, "", ""},
    {"show", PlayVerb::kBoard, Argument::kNone, "", ""},
}};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// One or two letters and a number, as "q16"; no other command looks so.
bool looks_like_point(std::string_view word) {
  std::size_t letters = 0;
  while (letters < word.size() && is_letter(word[letters])) ++letters;
  if (letters < 1 || letters > 2 || letters == word.size()) return false;
  for (const char c : word.substr(letters)) {
    if (!is_digit(c)) return false;
  }
  return true;
}

PlayCommand wrong(std::string problem) { return {PlayVerb::kWrong, "", std::move(problem)}; }

PlayCommand unknown_word(const std::string& word) {
  for (const Word& known : kWords) {
    if (word.size() > 2 && edit_distance(word, known.name) == 1) {
      return wrong(
          fmt::format("There is no command '{}'; did you mean '{}'?", quotable(word), known.name));
    }
  }
  return wrong(
      fmt::format("'{}' is neither a point such as D4 nor a command; 'help' lists the commands.",
                  quotable(word)));
}

PlayCommand parse_word(const Word& word, std::string_view rest) {
  if (word.argument == Argument::kNone && !rest.empty()) {
    return wrong(fmt::format("'{}' stands alone, without '{}'.", word.name, quotable(rest)));
  }
  if (word.argument == Argument::kRequired && rest.empty()) {
    return wrong(fmt::format("'{}' needs a word more: {}.", word.name, word.form));
  }
  return {word.verb, std::string(rest), ""};
}

}  // namespace

PlayCommand parse_play_command(std::string_view line) {
  line = trim(line);
  if (line.empty()) return {};
  const std::size_t end = line.find_first_of(" \t");
  const std::string word = to_lower(line.substr(0, end));
  const std::string_view rest =
      end == std::string_view::npos ? std::string_view() : trim(line.substr(end));
  for (const Word& known : kWords) {
    if (word == known.name) return parse_word(known, rest);
  }
  if (!looks_like_point(word)) return unknown_word(word);
  if (!rest.empty()) {
    return wrong(
        fmt::format("One point at a time: '{}' stands alone, without '{}'.", word, quotable(rest)));
  }
  return {PlayVerb::kMove, word, ""};
}

std::string play_help() {
  std::string text = fmt::format("  {:<14} {}\n", "D4", "play there: column, then row");
  for (const Word& word : kWords) {
    if (!word.form.empty()) text += fmt::format("  {:<14} {}\n", word.form, word.help);
  }
  return text;
}

std::string quotable(std::string_view word) {
  constexpr std::size_t kMost = 40;
  std::string text(word.substr(0, kMost));
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  return word.size() > kMost ? text + "..." : text;
}

}  // namespace hayago::gtp
