// `hayago tune`: measures which kernels are fastest for a network on this machine and keeps that
// for later runs.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <thread>

#include "gtp/cli/args.h"
#include "gtp/cli/output_file.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/load_params.h"
#include "gtp/report/progress.h"
#include "gtp/tune/explain.h"
#include "kernels/cpu/peak.h"
#include "nn/exec/cpu/setup.h"
#include "nn/model/load.h"
#include "search/board/board.h"

namespace hayago::gtp {
namespace {

struct TuneFlags {
  CommonOptions common;
  bool explain = false, dry_run = false;
  int threads = 0, board = 19;
};

nn::ModelDesc load_weights(const std::string& path) {
  nn::LoadOptions options;
  options.sha256 = false;
  return nn::load_model(path, options);
}

TuningRecord measure(const nn::ModelDesc& model, const nn::CpuOptions& cpu, const TuningKey& key,
                     const TuneFlags& flags) {
  TuningRecord record;
  record.key = key;
  record.date = fmt::format("{:%Y-%m-%d}", fmt::localtime(std::time(nullptr)));
  record.threads = flags.threads;
  record.height = record.width = flags.board;
  record.peak_gmacs = kernels::measure_fma_peak_gmacs(nn::cpu_setup(model, cpu).kernels.isa, 0.05);
  nn::TuneOptions options;
  options.cpu = cpu;
  options.height = options.width = flags.board;
  options.threads = flags.threads;
  std::optional<Progress> progress;
  options.progress = [&](int done, int all) {
    if (progress) return progress->step();
    static_cast<void>(done);
    progress.emplace(std::cerr, isatty(STDERR_FILENO) != 0, "measuring",
                     static_cast<std::size_t>(all), "shapes");
  };
  record.report = nn::tune(model, options);
  if (progress) {
    progress->step();
    progress->finish();
  }
  return record;
}

void save(const TuningRecord& record, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) {
    throw ConfigError(fmt::format("cannot make the folder of {}: {}", path, error.message()));
  }
  write_output_file(path, tuning_text(record));
}

int explain(const TuningKey& key, const std::optional<std::string>& path) {
  const auto record = path ? load_tuning(key, *path) : std::nullopt;
  if (!record) {
    std::cerr << "hayago tune: nothing was measured for this network on this machine yet, so every "
                 "layer has its default kernel; 'hayago tune' without --explain measures\n";
    return 1;
  }
  std::cout << explain_text(*record) << "from " << *path << '\n';
  return 0;
}

int run(TuneFlags flags) {
  const Config config = load_config(flags.common, "gtp");
  const FoundModel found = find_model(flags.common.model);
  const nn::ModelDesc model = load_weights(found.path);
  const nn::CpuOptions cpu = cpu_options(config);
  const TuningKey key = {processor_name(), nn::tuning_subject(model, cpu)};
  const auto path = tuning_path(key);
  if (flags.explain) return explain(key, path);
  if (!path && !flags.dry_run) {
    throw ConfigError(
        "no place for what is measured: neither XDG_CACHE_HOME nor HOME is set; "
        "--dry-run measures without keeping it");
  }
  if (flags.threads == 0) {
    flags.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  const auto start = std::chrono::steady_clock::now();
  const TuningRecord record = measure(model, cpu, key, flags);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << summary_text(record);
  std::cout << fmt::format("measured in {:.1f} s\n", took.count());
  if (flags.dry_run) return 0;
  save(record, *path);
  std::cout << fmt::format("written to {}; used from now on ('cpuTuning = false' ignores it)\n",
                           *path);
  return 0;
}

}  // namespace

int run_tune(const Args& args) {
  TuneFlags flags;
  CLI::App app("Measures which kernels of the processor are fastest for a network", "tune");
  add_config_options(app, flags.common);
  add_model_options(app, flags.common, false);
  app.add_flag("--explain", flags.explain,
               "Measure nothing; say what was measured and why each kernel was chosen");
  app.add_flag("--dry-run", flags.dry_run, "Do not keep the result");
  app.add_option("--threads", flags.threads, "Threads that compute at a time; 0: one per processor")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--size", flags.board, "Board size to measure on")
      ->check(CLI::Range(2, search::kMaxBoard))
      ->capture_default_str();
  if (const auto status = parse_args(app, args)) return *status;
  return run(std::move(flags));
}

}  // namespace hayago::gtp
