// What a distillation keeps on disk while it runs, so that it can be interrupted.
//
// settings.json: what the run was begun with, and how many steps that means. reports.jsonl: the
// reports so far. checkpoint.safetensors (quant/train/checkpoint.h), and the files of
// PositionStore.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gtp/distill/training_report.h"

namespace hayago::gtp {

class WorkFolder {
 public:
  // Makes the folder, or goes on with what is there. Throws ConfigError if `must_exist` and nothing
  // is there, if it was begun with other settings, if another program is at work in it, or if it
  // cannot be written.
  WorkFolder(const std::string& path, const nlohmann::ordered_json& settings, bool must_exist);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string checkpoint() const { return path_ + "/checkpoint.safetensors"; }
  bool has_checkpoint() const;
  // All steps of the run, if that has been settled.
  std::optional<std::int64_t> planned_steps() const;
  void plan_steps(std::int64_t steps);

  // Those up to that step; later ones are forgotten.
  std::vector<TrainingReport> reports(std::int64_t up_to_step) const;
  void save_reports(const std::vector<TrainingReport>& reports) const;

 private:
  std::string settings_file() const { return path_ + "/settings.json"; }
  std::string reports_file() const { return path_ + "/reports.jsonl"; }
  void save_settings() const;
  // Against a second program that would append to the same files.
  void lock();

  std::string path_;
  nlohmann::ordered_json settings_;
  int lock_fd_ = -1;
};

}  // namespace hayago::gtp
