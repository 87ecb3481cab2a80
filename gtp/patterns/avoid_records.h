// Patterns of game records to avoid or to favour: the keys avoidSgfPattern..., avoidSgf2Pattern...
// and so on (spec/06 section 14).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtp/config/config.h"
#include "search/memory/pattern_bonus.h"

namespace hayago::gtp {

// One set of keys.
struct AvoidRecords {
  double utility = 0;             // ...Utility
  std::vector<std::string> dirs;  // ...Dirs: files or folders
  double lambda = 1;              // ...Lambda: factor from file to file
  int min_turn_number = 0;
  int max_files = 1'000'000;
  std::vector<std::string> allowed_names;  // empty: all
};

// Throws ConfigError.
std::vector<AvoidRecords> load_avoid_records(const Config& config);

// Null if no key asks for it. Files that cannot be read are left out; `say` gets a line for each,
// and one per set.
std::shared_ptr<const search::PatternTable> load_record_patterns(
    const Config& config, const std::function<void(const std::string&)>& say);

// Adds the patterns of one record, each worth `utility` less for who plays it. Throws SgfError.
void add_record_patterns(const std::string& bytes, const std::string& name,
                         const AvoidRecords& settings, double utility, search::PatternTable& table);

// Newest first.
std::vector<std::filesystem::path> newest_first(std::vector<std::filesystem::path> files);

// The whole file; nullopt if it cannot be read.
std::optional<std::string> read_whole_file(const std::filesystem::path& path);

}  // namespace hayago::gtp
