// The registry of configuration keys: keys.inc plus the search parameters.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

struct KeyInfo {
  std::string_view name;
  std::string_view type;
  std::string range;  // "" = none
  std::string_view default_text;
  std::string_view doc;
};
const std::vector<KeyInfo>& key_list();

// The known key that is most like `name`; nullopt if none is similar enough to be meant.
std::optional<std::string_view> suggest_key(std::string_view name);

// In the list, or covered by one of its families of names ("deviceToUseThread0").
bool is_known_key(std::string_view name);

// Known, but without effect unless an executor of this run reads it.
bool is_without_effect(std::string_view name);

// What happens instead if this key, with this value, has no effect; nullopt for all other keys and
// for values that ask for what happens anyway.
std::optional<std::string_view> no_effect_reason(std::string_view name, std::string_view value);

}  // namespace hayago::gtp
