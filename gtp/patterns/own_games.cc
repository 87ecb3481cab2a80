#include "gtp/patterns/own_games.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <utility>

#include "gtp/patterns/avoid_records.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using search::Board;
using search::Color;

constexpr std::string_view kSuffix = "_poses.txt";

std::string size_text(int x_size, int y_size) { return fmt::format("{}x{}", x_size, y_size); }

std::string pose_line(const Board& board, search::Player player, search::Loc move, int turn) {
  json line;
  line["boardXSize"] = board.x_size();
  line["boardYSize"] = board.y_size();
  std::string points;
  for (int y = 0; y < board.y_size(); ++y) {
    for (int x = 0; x < board.x_size(); ++x) {
      points += ".XO"[static_cast<std::size_t>(board.at(board.loc(x, y)))];
    }
  }
  line["board"] = points;
  line["player"] = search::player_letter(player);
  line["move"] = search::loc_to_string(move, board);
  line["turn"] = turn;
  return line.dump();
}

// Adds the patterns of one line; throws std::exception with what is wrong with it.
void add_pose(const std::string& text, int x_size, int y_size, double utility,
              search::PatternTable& table) {
  const json line = json::parse(text);
  Board board(x_size, y_size);
  const std::string points = line.at("board");
  if (line.at("boardXSize") != x_size || line.at("boardYSize") != y_size ||
      points.size() != static_cast<std::size_t>(board.area())) {
    throw std::runtime_error(fmt::format("expected a board of {} points", board.area()));
  }
  std::vector<search::Placement> stones;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == '.') continue;
    if (points[i] != 'X' && points[i] != 'O') throw std::runtime_error("expected points of .XO");
    const int n = static_cast<int>(i);
    stones.push_back(
        {board.loc(n % x_size, n / x_size), points[i] == 'X' ? Color::kBlack : Color::kWhite});
  }
  const auto player = search::parse_player(line.at("player").get<std::string>());
  const auto move = search::parse_loc(line.at("move").get<std::string>(), board);
  if (!player || !move || !board.set_stones_strict(stones)) {
    throw std::runtime_error("expected a possible position, a player and a move");
  }
  std::map<search::Hash128, double> found;  // each pattern once
  search::for_each_view(board, {*move, *player},
                        [&](const search::Hash128& key, search::Player mover) {
                          found.emplace(key, -search::sign_for_white(mover) * utility);
                        });
  for (const auto& [key, white_utility] : found) table.add(key, white_utility);
}

std::vector<fs::path> pose_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& item : fs::directory_iterator(folder)) {
    if (item.path().filename().string().ends_with(kSuffix)) files.push_back(item.path());
  }
  return newest_first(std::move(files));
}

}  // namespace

std::unique_ptr<OwnGames> OwnGames::from_config(const Config& config,
                                                std::function<void(const std::string&)> say) {
  if (!config.contains("autoAvoidRepeatDir")) return nullptr;
  if (!load_avoid_records(config).empty()) {
    config.fail("autoAvoidRepeatDir", "cannot be combined with the keys avoidSgfPattern...");
  }
  return std::unique_ptr<OwnGames>(
      new OwnGames(config, config.get_string("autoAvoidRepeatDir"), std::move(say)));
}

OwnGames::OwnGames(const Config& config, std::string dir,
                   std::function<void(const std::string&)> say)
    : config_(config), dir_(std::move(dir)), say_(std::move(say)) {
  chunk_ = static_cast<std::size_t>(config.int_or("autoAvoidRepeatSaveChunkSize", 1, 10'000, 200));
  for (const char* key : {"Utility", "Lambda", "MinTurnNumber", "MaxTurnNumber", "MaxPoses"}) {
    config.get_string(std::string("autoAvoidRepeat") + key);
  }
  // Keys for single board sizes are read when such a board comes; none of them is unused.
  for (const std::string& key : config.keys()) {
    if (key.starts_with("autoAvoidRepeat")) config.mark_used(key);
  }
  for (int x = 2; x <= search::kMaxBoard; ++x) {
    for (int y = 2; y <= search::kMaxBoard; ++y) settings_for(x, y);  // errors show now
  }
  std::error_code error;
  fs::create_directories(dir_, error);
  if (error) {
    config.fail("autoAvoidRepeatDir",
                fmt::format("the folder '{}' cannot be made: {}", dir_, error.message()));
  }
}

OwnGames::~OwnGames() { save(); }

OwnGamesSettings OwnGames::settings_for(int x_size, int y_size) const {
  const auto key = [&](const char* name) {
    const std::string plain = std::string("autoAvoidRepeat") + name;
    const std::string sized = plain + size_text(x_size, y_size);
    return config_.contains(sized) ? sized : plain;
  };
  OwnGamesSettings out;
  out.utility = config_.double_or(key("Utility"), -3, 3, 0);
  out.lambda = config_.double_or(key("Lambda"), 0, 1, 1);
  out.min_turn_number = config_.int_or(key("MinTurnNumber"), 0, 1'000'000, 0);
  out.max_turn_number = config_.int_or(key("MaxTurnNumber"), 0, 1'000'000, 0);
  out.max_poses = config_.int64_or(key("MaxPoses"), 0, 10'000'000, 0);
  return out;
}

void OwnGames::collect(const search::GameState& state, search::Loc move, int turn) {
  const Board& board = state.board();
  const OwnGamesSettings settings = settings_for(board.x_size(), board.y_size());
  if (turn < settings.min_turn_number || turn > settings.max_turn_number) return;
  if (!search::pattern_key(board, move, state.next_player())) return;
  poses_.push_back(
      {board.x_size(), board.y_size(), pose_line(board, state.next_player(), move, turn)});
}

bool OwnGames::save_if_due() {
  if (poses_.size() < chunk_) return false;
  save();
  return true;
}

void OwnGames::save() {
  std::random_device random;
  std::map<std::string, std::string> text_of_size;
  for (const Pose& pose : poses_) {
    text_of_size[size_text(pose.x_size, pose.y_size)] += pose.line + "\n";
  }
  poses_.clear();
  for (const auto& [size, text] : text_of_size) {
    const fs::path folder = fs::path(dir_) / size;
    std::error_code error;
    fs::create_directories(folder, error);
    const fs::path path = folder / fmt::format("{:08X}{:08X}{}", random(), random(), kSuffix);
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
      say_(fmt::format("WARNING: played positions could not be saved in {}", path.string()));
    }
  }
}

std::shared_ptr<const search::PatternTable> OwnGames::load(int x_size, int y_size) const {
  const OwnGamesSettings settings = settings_for(x_size, y_size);
  auto table = std::make_shared<search::PatternTable>();
  double utility = settings.utility;
  std::int64_t poses = 0;
  for (const fs::path& path : pose_files(fs::path(dir_) / size_text(x_size, y_size))) {
    if (poses >= settings.max_poses) {
      std::error_code error;
      fs::remove(path, error);
      continue;
    }
    std::istringstream lines(read_whole_file(path).value_or(""));
    int number = 0;
    for (std::string line; poses < settings.max_poses && std::getline(lines, line);) {
      ++number;
      if (line.empty()) continue;
      try {
        add_pose(line, x_size, y_size, utility, *table);
      } catch (const std::exception& error) {
        say_(fmt::format("WARNING: {}, line {}: {}", path.string(), number, error.what()));
        continue;
      }
      utility *= settings.lambda;
      ++poses;
    }
  }
  return table;
}

}  // namespace hayago::gtp
