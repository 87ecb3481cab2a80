#include "gtp/patterns/avoid_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <unordered_set>

#include "gtp/config/parse.h"
#include "gtp/patterns/record_moves.h"
#include "gtp/sgf/header.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSkipMark = "%SKIP%";

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string& item : split(text, ',')) {
    const std::string_view trimmed = trim_blanks(item);
    if (!trimmed.empty()) out.emplace_back(trimmed);
  }
  return out;
}

AvoidRecords load_set(const Config& config, const std::string& prefix) {
  AvoidRecords out;
  out.utility = config.double_or(prefix + "Utility", -3, 3, 0);
  out.dirs = list_of(config.get_string(prefix + "Dirs"));
  out.lambda = config.double_or(prefix + "Lambda", 0, 1, 1);
  out.min_turn_number = config.int_or(prefix + "MinTurnNumber", 0, 1'000'000, 0);
  out.max_files = config.int_or(prefix + "MaxFiles", 1, 1'000'000, 1'000'000);
  out.allowed_names = list_of(config.string_or(prefix + "AllowedNames", ""));
  for (const std::string& dir : out.dirs) {
    if (!fs::exists(dir)) {
      config.fail(prefix + "Dirs", fmt::format("there is no file or folder '{}'", dir));
    }
  }
  return out;
}

bool is_record(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".sgf" || extension == ".SGF" || extension == ".sgfs";
}

std::vector<fs::path> find_records(const std::vector<std::string>& dirs) {
  std::vector<fs::path> files;
  for (const std::string& dir : dirs) {
    if (!fs::is_directory(dir)) {
      files.emplace_back(dir);
      continue;
    }
    for (const auto& item :
         fs::recursive_directory_iterator(dir, fs::directory_options::skip_permission_denied)) {
      if (item.is_regular_file() && is_record(item.path())) files.push_back(item.path());
    }
  }
  return newest_first(std::move(files));
}

bool has_text(const SgfNode& node, std::string_view property, std::string_view text) {
  const SgfProperty* found = node.find(property);
  return found != nullptr && found->values.front().find(text) != std::string::npos;
}

bool is_allowed(const RecordedMove& m, const AvoidRecords& settings) {
  if (m.number < settings.min_turn_number || has_text(m.node, "C", kSkipMark)) return false;
  if (settings.allowed_names.empty()) return true;
  const SgfProperty* name = m.header.find(m.move.player == search::Color::kBlack ? "PB" : "PW");
  const std::string text = name == nullptr ? "" : std::string(trim_blanks(name->values.front()));
  const auto& allowed = settings.allowed_names;
  return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
}

}  // namespace

std::vector<fs::path> newest_first(std::vector<fs::path> files) {
  std::vector<std::pair<fs::file_time_type, fs::path>> dated;
  for (fs::path& path : files) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(path, error);
    dated.emplace_back(error ? fs::file_time_type::min() : time, std::move(path));
  }
  std::sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  files.clear();
  for (auto& item : dated) files.push_back(std::move(item.second));
  return files;
}

std::optional<std::string> read_whole_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return std::nullopt;
  return text;
}

std::vector<AvoidRecords> load_avoid_records(const Config& config) {
  std::vector<AvoidRecords> sets;
  const auto prefix_of = [](int i) {
    return i == 1 ? std::string("avoidSgfPattern") : fmt::format("avoidSgf{}Pattern", i);
  };
  for (int i = 1; i == 1 || config.contains(prefix_of(i) + "Utility"); ++i) {
    if (config.contains(prefix_of(i) + "Utility")) sets.push_back(load_set(config, prefix_of(i)));
  }
  return sets;
}

void add_record_patterns(const std::string& bytes, const std::string& name,
                         const AvoidRecords& settings, double utility,
                         search::PatternTable& table) {
  std::unordered_map<search::Hash128, double, search::PatternTable::KeyHash> found;
  for_each_recorded_move(parse_sgf(bytes, name), name, [&](const RecordedMove& m) {
    if (!is_allowed(m, settings)) return;
    search::for_each_view(m.before, m.move, [&](const search::Hash128& key, search::Player mover) {
      found.emplace(key, -search::sign_for_white(mover) * utility);
    });
  });
  // Only now: a record with an error adds nothing.
  for (const auto& [key, white_utility] : found) table.add(key, white_utility);
}

std::shared_ptr<const search::PatternTable> load_record_patterns(
    const Config& config, const std::function<void(const std::string&)>& say) {
  const std::vector<AvoidRecords> sets = load_avoid_records(config);
  if (sets.empty()) return nullptr;
  auto table = std::make_shared<search::PatternTable>();
  for (const AvoidRecords& set : sets) {
    double factor = 1;
    int files = 0;
    for (const fs::path& path : find_records(set.dirs)) {
      if (files == set.max_files) break;
      try {
        const auto bytes = read_whole_file(path);
        if (!bytes) throw SgfError(path.string() + ": cannot be read");
        add_record_patterns(*bytes, path.string(), set, set.utility * factor, *table);
      } catch (const SgfError& error) {
        say(fmt::format("WARNING: left out of the patterns to avoid: {}", error.what()));
        continue;
      }
      factor *= set.lambda;
      ++files;
    }
    say(fmt::format("Patterns to avoid: {} game records, {} patterns", files, table->size()));
  }
  return table;
}

}  // namespace hayago::gtp
