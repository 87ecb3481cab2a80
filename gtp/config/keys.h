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

// Keys of other back ends ("cuda...", "opencl...") are accepted without a word.
bool has_backend_prefix(std::string_view key);

}  // namespace hayago::gtp
