#include "gtp/config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gtp/config/parse.h"
#include "search/params.h"

namespace hayago::gtp {
namespace {

std::string_view kind_name(search::ParamKind kind) {
  switch (kind) {
    case search::ParamKind::kDouble:
    case search::ParamKind::kFloat:
      return "number";
    case search::ParamKind::kInt:
    case search::ParamKind::kInt64:
      return "int";
    case search::ParamKind::kBool:
      return "bool";
    case search::ParamKind::kEnabled:
      return "bool or auto";
    case search::ParamKind::kPlayer:
      return "BLACK or WHITE";
    case search::ParamKind::kText:
      return "text";
  }
  return "";
}

bool has_range(search::ParamKind kind) {
  return kind == search::ParamKind::kDouble || kind == search::ParamKind::kFloat ||
         kind == search::ParamKind::kInt || kind == search::ParamKind::kInt64;
}

std::vector<KeyInfo> build_list() {
  std::vector<KeyInfo> keys;
#define HAYAGO_KEY(name, type, range, def, doc) keys.push_back({#name, type, range, def, doc});
#include "gtp/config/keys.inc"
#undef HAYAGO_KEY
  for (const search::ParamInfo& param : search::param_list()) {
    std::string range =
        has_range(param.kind) ? fmt::format("{}..{}", param.min, param.max) : std::string();
    keys.push_back(
        {param.key, kind_name(param.kind), std::move(range), param.default_text, param.doc});
  }
  return keys;
}

}  // namespace

const std::vector<KeyInfo>& key_list() {
  static const std::vector<KeyInfo> keys = build_list();
  return keys;
}

std::optional<std::string_view> suggest_key(std::string_view name) {
  // A third of the letters may differ: "maxVisit" and "max_visits" are meant to be maxVisits, "foo"
  // is not meant to be anything.
  int best = std::max<int>(1, static_cast<int>(name.size()) / 3) + 1;
  std::optional<std::string_view> found;
  for (const KeyInfo& key : key_list()) {
    if (key.name == name) continue;
    const int distance = edit_distance(name, key.name);
    if (distance >= best || distance >= static_cast<int>(key.name.size())) continue;
    best = distance;
    found = key.name;
  }
  return found;
}

bool has_backend_prefix(std::string_view key) {
  static constexpr std::array<std::string_view, 6> kPrefixes{"cuda",   "trt",   "metal",
                                                             "opencl", "eigen", "dummybackend"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

}  // namespace hayago::gtp
