// The search signature: fixed searches whose visit counts are the same on every machine.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace hayago::gtp {

struct SignatureLine {
  std::string position;         // "19x19 tromp-taylor, 40 moves"
  std::int64_t visits = 0;      // of the root
  std::uint64_t signature = 0;  // of this search
};

// Runs all searches; `on_line` is called after each. 16 hexadecimal digits.
std::string search_signature(const std::function<void(const SignatureLine&)>& on_line = {});

}  // namespace hayago::gtp
