// Reading single fields of a request: the value, nothing if absent, or why it is refused.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/board/board.h"

namespace hayago::gtp {

struct Rejection {
  std::string field, text;
};
using Refused = std::optional<Rejection>;  // nullopt: fine

// Each leaves `out` alone and succeeds if the field is absent. JSON null counts as present.
Refused read_integer(const nlohmann::json& request, const char* field, std::int64_t min,
                     std::int64_t max, const std::string& expected,
                     std::optional<std::int64_t>& out);
Refused read_number(const nlohmann::json& request, const char* field, double min, double max,
                    const std::string& expected, std::optional<double>& out);
Refused read_bool(const nlohmann::json& request, const char* field, bool& out);
// An array of numbers or booleans, fractions truncated (spec/08 section 2.1); values beyond the
// int64 range are clamped.
std::optional<std::vector<std::int64_t>> lenient_integers(const nlohmann::json& value);
// [[player, vertex], ...]
Refused read_moves(const nlohmann::json& value, const char* field, const search::Board& board,
                   bool allow_pass, std::vector<search::Move>& out);

// ", got VALUE" for the end of a message.
std::string but_got(const nlohmann::json& value);

// At most `limit` bytes of a text for a message, cut at a character boundary.
std::string shortened(std::string_view text, std::size_t limit);

}  // namespace hayago::gtp
