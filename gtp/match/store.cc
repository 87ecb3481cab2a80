#include "gtp/match/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "gtp/config/config.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr mode_t kMode = 0644;
const char* const kConditionsFile = "match.json";
const char* const kGamesFile = "games.jsonl";
const char* const kRecordsFile = "games.sgf";

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw ConfigError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

// False, with errno, if not everything could be written.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 1 << 16> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "cannot be read");
    if (n == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

void sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string dump(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string sgf_file_name(int number) { return fmt::format("game-{:04}.sgf", number + 1); }

StoredGames parse_stored_games(std::string_view text, const std::string& name) {
  StoredGames out;
  std::set<int> seen;
  std::size_t line = 0;
  while (out.good_bytes < text.size()) {
    ++line;
    const auto end = text.find('\n', out.good_bytes);
    if (end == std::string_view::npos) break;
    const bool is_last = end + 1 == text.size();
    MatchGame game;
    try {
      game = match_game_from_json(
          nlohmann::json::parse(text.substr(out.good_bytes, end - out.good_bytes)));
    } catch (const std::exception& error) {
      if (is_last) break;
      throw ConfigError(fmt::format("{}: line {} is no game: {}", name, line, error.what()));
    }
    if (!seen.insert(game.number).second) {
      throw ConfigError(
          fmt::format("{}: line {}: game {} is there already", name, line, game.number));
    }
    out.games.push_back(std::move(game));
    out.good_bytes = end + 1;
  }
  return out;
}

MatchStore::MatchStore(const std::string& directory, const ordered_json& conditions, SgfOutput sgf)
    : directory_(directory), sgf_(sgf) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    throw ConfigError(fmt::format("{}: cannot be created: {}", directory, error.message()));
  const std::string file = path(kGamesFile);
  lines_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (lines_ < 0) fail(file, "cannot be opened");
  try {
    if (::flock(lines_, LOCK_EX | LOCK_NB) != 0) {
      throw ConfigError(fmt::format("{}: another match is running in this directory", directory));
    }
    const std::string text = read_all(lines_, file);
    StoredGames stored = parse_stored_games(text, file);
    check_conditions(conditions, !stored.games.empty());
    games_ = std::move(stored.games);
    bytes_ = stored.good_bytes;
    bytes_dropped_ = text.size() - stored.good_bytes;
    if (bytes_dropped_ > 0 && ::ftruncate(lines_, static_cast<off_t>(bytes_)) != 0) {
      fail(file, "the incomplete last line cannot be removed");
    }
    sync_directory(directory);
    complete_records();
  } catch (...) {
    ::close(lines_);
    throw;
  }
}

MatchStore::~MatchStore() { ::close(lines_); }

void MatchStore::check_conditions(const ordered_json& conditions, bool has_games) const {
  const std::string file = path(kConditionsFile);
  if (!has_games) {
    return write_file(kConditionsFile, dump({{"format", kFormat}, {"conditions", conditions}}, 2));
  }
  if (!fs::exists(file)) {
    throw ConfigError(fmt::format("{} has games, but no {} that says of which match", directory_,
                                  kConditionsFile));
  }
  const ordered_json recorded = ordered_json::parse(file_text(file), nullptr, false);
  if (!recorded.is_object() || recorded.value("format", 0) != kFormat ||
      !recorded.contains("conditions")) {
    throw ConfigError(file + ": expected the conditions of a match");
  }
  const std::string difference = first_difference(recorded["conditions"], conditions);
  if (difference.empty()) return;
  throw ConfigError(fmt::format(
      "{} holds a match with other conditions ({}); repeat its command to go on with it, or name "
      "another directory (flag --out)",
      directory_, difference));
}

void MatchStore::write_file(const std::string& name, const std::string& content) const {
  const std::string target = path(name), temporary = target + ".tmp";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (fd < 0) fail(temporary, "cannot be written");
  const bool written = write_all(fd, content) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), target.c_str()) != 0) {
    fail(target, "cannot be written");
  }
  sync_directory(directory_);
}

void MatchStore::complete_records() const {
  if (sgf_ == SgfOutput::kPerGame) {
    for (const MatchGame& game : games_) {
      const std::string name = sgf_file_name(game.number);
      if (file_text(path(name)) != game.sgf + "\n") write_file(name, game.sgf + "\n");
    }
  }
  if (sgf_ == SgfOutput::kOneFile) {
    std::string all;
    for (const MatchGame& game : games_) all += game.sgf + "\n";
    if (file_text(path(kRecordsFile)) != all) write_file(kRecordsFile, all);
  }
}

void MatchStore::add(const MatchGame& game) {
  const std::string line = dump(to_json(game), -1);
  if (!write_all(lines_, line) || ::fsync(lines_) != 0) {
    const int error = errno;
    // Half a line must not stand before others; if even this fails, the next start removes it.
    [[maybe_unused]] const int cut = ::ftruncate(lines_, static_cast<off_t>(bytes_));
    errno = error;
    fail(path(kGamesFile), "cannot be written");
  }
  bytes_ += line.size();
  games_.push_back(game);
  if (sgf_ == SgfOutput::kPerGame) write_file(sgf_file_name(game.number), game.sgf + "\n");
  if (sgf_ == SgfOutput::kOneFile) {
    std::ofstream out(path(kRecordsFile), std::ios::app | std::ios::binary);
    out << game.sgf << '\n';
    out.close();
    if (!out) fail(path(kRecordsFile), "cannot be written");
  }
}

}  // namespace hayago::gtp
