// What `hayago tune` measured, kept in the user's cache folder for later runs.
#pragma once
#include <optional>
#include <string>

#include "nn/tune/tune.h"

namespace hayago::gtp {

// What a record is for. Those of other processors, networks of another shape and programs with
// other kernels lie in files of their own.
struct TuningKey {
  std::string processor;  // processor_name()
  std::string subject;    // nn::tuning_subject()
};

struct TuningRecord {
  TuningKey key;
  std::string date;  // "2026-11-28"
  int threads = 1, height = 19, width = 19;
  double peak_gmacs = 0;  // float32 multiply-accumulates of one core, 1e9 per second
  nn::TuneReport report;
};

// The model name of the processor; of Arm ones, implementer and part.
std::string processor_name();
// The same from the text of /proc/cpuinfo; empty if it says nothing.
std::string processor_name(const std::string& cpuinfo);

// $XDG_CACHE_HOME/hayago/tune/<digest>.json, or in ~/.cache; nullopt without a home.
std::optional<std::string> tuning_path(const TuningKey& key);

// The content of its file.
std::string tuning_text(const TuningRecord& record);

// nullopt if there is no such file. Throws ConfigError that names file and field for one that
// cannot be read or is for something else.
std::optional<TuningRecord> load_tuning(const TuningKey& key, const std::string& path);

}  // namespace hayago::gtp
