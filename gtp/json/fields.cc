#include "gtp/json/fields.h"

#include <cmath>

#include "gtp/json/query.h"

namespace hayago::gtp {

using nlohmann::json;

namespace {

bool fits_int64(const json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() ||
         value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
}

std::int64_t truncated(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (fits_int64(value)) return value.get<std::int64_t>();
  const double number = value.get<double>();
  if (number >= 9.2e18) return INT64_MAX;
  if (number <= -9.2e18) return INT64_MIN;
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string but_got(const json& value) {
  return ", got " + shortened(value.dump(-1, ' ', false, json::error_handler_t::replace), 100);
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit)) + "...";
}

Refused read_integer(const json& request, const char* field, std::int64_t min, std::int64_t max,
                     const std::string& expected, std::optional<std::int64_t>& out) {
  const auto at = request.find(field);
  if (at == request.end()) return std::nullopt;
  if (!fits_int64(*at) || at->get<std::int64_t>() < min || at->get<std::int64_t>() > max) {
    return Rejection{field, "Must be " + expected + but_got(*at)};
  }
  out = at->get<std::int64_t>();
  return std::nullopt;
}

Refused read_number(const json& request, const char* field, double min, double max,
                    const std::string& expected, std::optional<double>& out) {
  const auto at = request.find(field);
  if (at == request.end()) return std::nullopt;
  if (!at->is_number() || !(at->get<double>() >= min && at->get<double>() <= max)) {
    return Rejection{field, "Must be " + expected + but_got(*at)};
  }
  out = at->get<double>();
  return std::nullopt;
}

Refused read_bool(const json& request, const char* field, bool& out) {
  const auto at = request.find(field);
  if (at == request.end()) return std::nullopt;
  if (!at->is_boolean()) return Rejection{field, "Must be true or false" + but_got(*at)};
  out = at->get<bool>();
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> lenient_integers(const json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::int64_t> out;
  out.reserve(value.size());
  for (const json& element : value) {
    if (!element.is_number() && !element.is_boolean()) return std::nullopt;
    out.push_back(truncated(element));
  }
  return out;
}

Refused read_moves(const json& value, const char* field, const search::Board& board,
                   bool allow_pass, std::vector<search::Move>& out) {
  const auto form = [&](const std::string& where) {
    return Rejection{field,
                     "Must be an array of pairs [\"b\" or \"w\", vertex], such as "
                     "[[\"b\",\"Q4\"],[\"w\",\"D4\"]]" +
                         where};
  };
  if (!value.is_array()) return form(but_got(value));
  if (value.size() > kMaxQueryMoves) {
    return Rejection{field, "At most " + std::to_string(kMaxQueryMoves) + " entries are supported"};
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const json& pair = value[i];
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return form("; entry " + std::to_string(i) + " is not one");
    }
    const std::string& player_text = pair[0].get_ref<const std::string&>();
    const std::string& vertex_text = pair[1].get_ref<const std::string&>();
    const auto player = search::parse_player(player_text);
    if (!player) {
      return Rejection{field, "Could not parse player: " + shortened(player_text, 100) +
                                  " (entry " + std::to_string(i) + ", expected b or w)"};
    }
    const auto loc = search::parse_loc(vertex_text, board);
    if (!loc || (*loc == search::kPassLoc && !allow_pass)) {
      return Rejection{field, "Could not parse board location: " + shortened(vertex_text, 100) +
                                  " (entry " + std::to_string(i) + ", board " +
                                  std::to_string(board.x_size()) + "x" +
                                  std::to_string(board.y_size()) + ")"};
    }
    out.push_back({*loc, *player});
  }
  return std::nullopt;
}

}  // namespace hayago::gtp
