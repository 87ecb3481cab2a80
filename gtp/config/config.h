// Configuration files and overrides in the reference's syntax (spec/09 sections 2 and 3).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hayago::gtp {

// Any problem of configuration; what() is complete and names file, line or key and what was
// expected.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Key/value store with bookkeeping of what was read. Copyable (per-query overrides).
class Config {
 public:
  Config() = default;
  // Reads a file with its @includes; later files override earlier keys. Throws ConfigError.
  void load_file(const std::string& path);
  void load_text(std::string_view text, const std::string& name);
  // "k=v,k=v"; an empty value deletes the key; rules special case of section 2.4.
  void apply_overrides(std::string_view text);
  void set(const std::string& key, const std::string& value);  // same rules as an override

  bool contains(std::string_view key) const;
  std::optional<std::string> find(std::string_view key) const;  // marks the key as used
  std::string get_string(std::string_view key) const;           // throws ConfigError if absent
  // Typed access with range check; the value or `fallback` when absent. Errors name key and source.
  std::string string_or(std::string_view key, std::string fallback) const;
  bool bool_or(std::string_view key, bool fallback) const;
  int int_or(std::string_view key, int min, int max, int fallback) const;
  std::int64_t int64_or(std::string_view key, std::int64_t min, std::int64_t max,
                        std::int64_t fallback) const;
  double double_or(std::string_view key, double min, double max, double fallback) const;
  // 0 = false, 1 = true, 2 = auto
  int enabled_or(std::string_view key, int fallback) const;

  void mark_used(std::string_view key) const;
  std::vector<std::string> unused_keys()
      const;  // alphabetical; without those of no_effect_warnings
  // "unused key 'maxVisit' (main.cfg, line 3); did you mean 'maxVisits'?", one line per unused key.
  std::vector<std::string> unused_key_warnings() const;
  // "key 'cudaUseFP16' (main.cfg, line 3) has no effect: the network runs on the CPU", one line per
  // key that this program knows but that this run does nothing for.
  std::vector<std::string> no_effect_warnings() const;
  std::vector<std::string> keys() const;
  bool has_files() const { return !files_.empty(); }
  // "main.cfg and/or command-line and query overrides"
  std::string source() const;
  // Where the key was set: "main.cfg, line 8" or "-override-config"; source() if it is not set.
  std::string where(std::string_view key) const;
  std::string dump() const;  // key = value lines

  // The message "key 'maxVisits' (main.cfg, line 3): `problem`".
  [[noreturn]] void fail(std::string_view key, const std::string& problem) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> origins_;
  mutable std::set<std::string, std::less<>> used_;
  std::string source_;
  int overrides_ = 0;
  std::set<std::string> files_;
  void override_one(const std::string& key, const std::string& value, const std::string& origin);
  void read_file(const std::string& path, const std::string& shown_name);
  void load_lines(std::string_view text, const std::string& name, const std::string& directory);
  void include(std::string_view rest, const std::string& place, const std::string& directory);
};

}  // namespace hayago::gtp
