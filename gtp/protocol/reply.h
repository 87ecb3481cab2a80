// What a GTP command answers.
#pragma once
#include <string>
#include <utility>

namespace hayago::gtp {

struct Reply {
  enum class Kind {
    kOk,        // "= text"
    kError,     // "? text"
    kStreamed,  // the command has written, or will write, its response itself
    kQuit       // "= ", then the program ends
  };
  Kind kind = Kind::kOk;
  std::string text;

  static Reply ok(std::string text = {}) { return {Kind::kOk, std::move(text)}; }
  static Reply error(std::string text) { return {Kind::kError, std::move(text)}; }
  static Reply streamed() { return {Kind::kStreamed, {}}; }
  static Reply quit() { return {Kind::kQuit, {}}; }
};

}  // namespace hayago::gtp
