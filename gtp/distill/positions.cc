#include "gtp/distill/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>

#include "gtp/accuracy/net_batch.h"
#include "gtp/distill/teacher_game.h"
#include "nn/model/load.h"
#include "nn/model/write.h"
#include "quant/train/parallel.h"

namespace hayago::gtp {
namespace {

namespace fs = std::filesystem;

std::string counts_file(const std::string& folder) { return folder + "/positions.json"; }

// The file as it was when it had that many bytes; 0: there was none.
void cut_to(const std::string& path, std::uintmax_t bytes) {
  std::error_code error;
  if (bytes == 0) {
    fs::remove(path, error);
    if (!error) return;
  } else {
    const std::uintmax_t there = fs::file_size(path, error);
    if (!error && there < bytes) {
      throw nn::ModelError(fmt::format("{}: positions are missing at its end", path));
    }
    if (!error) fs::resize_file(path, bytes, error);
  }
  if (error) throw nn::ModelError(fmt::format("{}: {}", path, error.message()));
}

// Groups of games from several threads, appended in their order.
class Production {
 public:
  Production(const nn::Executor& teacher, const GamePlan& plan, std::size_t wanted,
             PositionStore& store, const std::function<bool()>& stop,
             const std::function<void()>& step)
      : teacher_(teacher),
        plan_(plan),
        wanted_(wanted),
        store_(store),
        stop_(stop),
        step_(step),
        next_(store.counts().groups),
        done_(store.counts().training >= wanted) {}

  // What one thread does.
  void work() {
    try {
      GroupPlayer player(teacher_, plan_);
      const auto stop = [&] { return done_ || stop_(); };
      while (!stop()) {
        const int group = next_++;
        GroupPositions positions = player.play(group, stop);
        if (stop()) return;
        deliver(group, std::move(positions));
      }
    } catch (...) {
      done_ = true;
      throw;
    }
  }

 private:
  void deliver(int group, GroupPositions positions) {
    const std::lock_guard lock(mutex_);
    waiting_[group] = std::move(positions);
    while (!done_ && waiting_.count(store_.counts().groups) > 0) {
      const auto first = waiting_.find(store_.counts().groups);
      const std::size_t before = store_.counts().training;
      store_.append(first->second);
      waiting_.erase(first);
      const std::size_t after = store_.counts().training;
      for (std::size_t i = before; i < std::min(after, wanted_); ++i) step_();
      if (after >= wanted_) done_ = true;
    }
  }

  const nn::Executor& teacher_;
  const GamePlan& plan_;
  std::size_t wanted_;
  PositionStore& store_;
  const std::function<bool()>& stop_;
  const std::function<void()>& step_;
  std::atomic<int> next_;
  std::atomic<bool> done_;
  std::mutex mutex_;
  std::map<int, GroupPositions> waiting_;
};

}  // namespace

std::string PositionStore::training_file(const std::string& folder) {
  return folder + "/training.positions";
}

std::string PositionStore::held_out_file(const std::string& folder) {
  return folder + "/held-out.positions";
}

PositionStore::PositionStore(const std::string& folder) : folder_(folder) {
  std::uintmax_t training_bytes = 0, held_out_bytes = 0;
  const std::string path = counts_file(folder);
  if (std::ifstream in(path); in) {
    try {
      const auto counts = nlohmann::json::parse(in);
      counts_.groups = counts.at("groups");
      training_bytes = counts.at("training_bytes");
      held_out_bytes = counts.at("held_out_bytes");
    } catch (const nlohmann::json::exception& error) {
      throw nn::ModelError(fmt::format("{}: {}", path, error.what()));
    }
  }
  cut_to(training_file(folder), training_bytes);
  cut_to(held_out_file(folder), held_out_bytes);
  training_ = std::make_unique<quant::RecordWriter>(training_file(folder));
  held_out_ = std::make_unique<quant::RecordWriter>(held_out_file(folder));
  counts_.training = training_->size();
  counts_.held_out = held_out_->size();
}

void PositionStore::append(const GroupPositions& group) {
  for (const quant::PositionRecord& record : group.training) training_->append(record);
  for (const quant::PositionRecord& record : group.held_out) held_out_->append(record);
  training_->flush();
  held_out_->flush();
  ++counts_.groups;
  counts_.training = training_->size();
  counts_.held_out = held_out_->size();
  save();
}

void PositionStore::save() const {
  const nlohmann::ordered_json counts = {{"groups", counts_.groups},
                                         {"training_positions", counts_.training},
                                         {"training_bytes", fs::file_size(training_file(folder_))},
                                         {"held_out_positions", counts_.held_out},
                                         {"held_out_bytes", fs::file_size(held_out_file(folder_))}};
  nn::write_whole_file(counts_file(folder_), counts.dump() + "\n");
}

GroupPlayer::GroupPlayer(const nn::Executor& teacher, const GamePlan& plan)
    : teacher_(teacher), plan_(plan) {}

GroupPositions GroupPlayer::play(int group, const std::function<bool()>& stop) {
  const int size = size_of_group(plan_, group);
  const int first = group * kGamesPerGroup;
  std::unique_ptr<nn::ExecContext>& context = contexts_[size];
  if (!context) context = teacher_.make_context(size, size, kGamesPerGroup);
  std::vector<TeacherGame> games;
  for (int i = 0; i < kGamesPerGroup; ++i) {
    games.emplace_back(plan_, first + i, size, teacher_.info().version);
  }
  std::vector<TeacherGame*> open;
  for (TeacherGame& game : games) open.push_back(&game);
  NetBatch batch(teacher_.info(), size, kGamesPerGroup);
  while (!open.empty() && !stop()) {
    std::vector<search::GameState> states;
    for (const TeacherGame* game : open) states.push_back(game->state());
    batch.fill(states);
    const auto outputs = batch.run(*context);
    for (std::size_t i = 0; i < open.size(); ++i) open[i]->play(outputs[i]);
    std::erase_if(open, [](const TeacherGame* game) { return game->is_over(); });
  }
  GroupPositions positions;
  for (int i = 0; i < kGamesPerGroup; ++i) {
    auto& to = is_held_out(plan_, first + i) ? positions.held_out : positions.training;
    for (auto& record : games[static_cast<std::size_t>(i)].take()) to.push_back(std::move(record));
  }
  return positions;
}

void make_positions(const nn::Executor& teacher, const GamePlan& plan, std::size_t wanted,
                    int threads, PositionStore& store, const std::function<bool()>& stop,
                    const std::function<void()>& step) {
  Production production(teacher, plan, wanted, store, stop, step);
  quant::run_tasks(threads, threads, [&](int) { production.work(); });
}

}  // namespace hayago::gtp
