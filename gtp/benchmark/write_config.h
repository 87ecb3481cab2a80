// Changes single keys of a configuration file (`hayago benchmark --tune`).
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace hayago::gtp {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

// The text with these keys set: a line that sets one is replaced, keys without a line follow at the
// end under `heading`, all else stays.
std::string with_keys(const std::string& text, const KeyValues& keys, const std::string& heading);

// Where the user's configuration of `hayago gtp` belongs: below $XDG_CONFIG_HOME or ~/.config.
// Throws ConfigError if neither is known.
std::string user_config_path();

// with_keys on a file, made with its folders if it is not there. The old contents are there until
// the new ones are complete. Throws ConfigError.
void set_config_keys(const std::string& path, const KeyValues& keys, const std::string& heading);

}  // namespace hayago::gtp
