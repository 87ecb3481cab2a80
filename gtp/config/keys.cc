#include "gtp/config/keys.h"

#include <fmt/format.h>

#include <algorithm>

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

struct WithoutEffect {
  std::string_view names, instead;
};

const WithoutEffect* find_without_effect(std::string_view key) {
  static constexpr WithoutEffect kRows[] = {
#define HAYAGO_KEY(name, type, range, def, doc)
#define HAYAGO_NO_EFFECT(names, instead) {names, instead},
#include "gtp/config/keys.inc"
#undef HAYAGO_KEY
#undef HAYAGO_NO_EFFECT
  };
  for (const WithoutEffect& row : kRows) {
    const bool family = row.names.back() == '*';
    const std::string_view start = row.names.substr(0, row.names.size() - (family ? 1 : 0));
    if (family ? key.starts_with(start) : key == start) return &row;
  }
  return nullptr;
}

std::vector<KeyInfo> build_list() {
  std::vector<KeyInfo> keys;
#define HAYAGO_NO_EFFECT(names, instead)
#define HAYAGO_KEY(name, type, range, def, doc) keys.push_back({#name, type, range, def, doc});
#include "gtp/config/keys.inc"
#undef HAYAGO_KEY
#undef HAYAGO_NO_EFFECT
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

bool is_known_key(std::string_view name) {
  const auto& keys = key_list();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const KeyInfo& key) { return key.name == name; }) ||
         is_without_effect(name);
}

bool is_without_effect(std::string_view name) { return find_without_effect(name) != nullptr; }

std::optional<std::string_view> no_effect_reason(std::string_view name, std::string_view value) {
  const WithoutEffect* row = find_without_effect(name);
  if (row == nullptr) return std::nullopt;
  // "auto" and "no" are what happens anyway.
  const bool half_precision = name.find("FP16") != std::string_view::npos;
  if (half_precision && parse_enabled(value).value_or(1) != 1) return std::nullopt;
  return row->instead;
}

}  // namespace hayago::gtp
