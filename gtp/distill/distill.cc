#include "gtp/distill/distill.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "gtp/cli/ending.h"
#include "gtp/cli/output_file.h"
#include "gtp/config/config.h"
#include "gtp/config/load_params.h"
#include "gtp/distill/page.h"
#include "gtp/distill/positions.h"
#include "gtp/distill/training.h"
#include "gtp/report/progress.h"
#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

namespace hayago::gtp {
namespace {

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

class Distillation {
 public:
  explicit Distillation(DistillOptions options)
      : options_(std::move(options)),
        teacher_(nn::load_model(find_model(options_.teacher).path)),
        // Before the folder is made: an architecture may be refused.
        student_(first_student(options_)),
        settings_(settings_of(options_, teacher_, student_)),
        folder_(options_.work, settings_, options_.must_resume) {}

  int run() {
    if (!make_all_positions()) return interrupted("making positions");
    const quant::RecordReader records({PositionStore::training_file(folder_.path())});
    const std::vector<EncodedPosition> judging = held_out(nn::net_info(student_));
    const Judge judge(judging, size(), options_.threads);
    steps_ = all_steps(records);
    Training training(std::move(student_), options_, steps_, folder_, records, judge);
    if (!train(training)) return interrupted("training");
    finish(training, judging);
    return 0;
  }

 private:
  int size() const { return options_.games.largest_size(); }

  int interrupted(const char* stage) const {
    std::cerr << fmt::format("Interrupted while {}; the same command goes on with what is in {}\n",
                             stage, folder_.path());
    return 1;
  }

  bool make_all_positions() {
    PositionStore store(folder_.path());
    const auto wanted = static_cast<std::size_t>(options_.positions);
    if (store.counts().training < wanted) {
      nn::CpuOptions one_core;
      one_core.cores = 1;  // the games' threads use the others
      one_core.max_batch = kGamesPerGroup;
      const auto executor = nn::make_cpu_executor(teacher_, one_core);
      Progress progress(std::cerr, on_terminal(), "positions", wanted - store.counts().training,
                        "pos");
      make_positions(*executor, options_.games, wanted, options_.threads, store, ending_requested,
                     [&] { progress.step(); });
      progress.finish();
    }
    if (store.counts().training < wanted) return false;
    std::cout << fmt::format("{}: {} positions of {} games, and {} held out of {} others\n",
                             folder_.path(), store.counts().training, training_games(store),
                             store.counts().held_out, games(store) - training_games(store))
              << std::flush;
    if (store.counts().held_out == 0) {
      throw ConfigError("no position was held out: raise --held-out or --positions");
    }
    return true;
  }

  static int games(const PositionStore& store) { return store.counts().groups * kGamesPerGroup; }
  int training_games(const PositionStore& store) const {
    int count = 0;
    for (int i = 0; i < games(store); ++i) count += is_held_out(options_.games, i) ? 0 : 1;
    return count;
  }

  // Some of the held-out positions, evenly from all games, as inputs of that network.
  std::vector<EncodedPosition> held_out(const nn::NetInfo& net) const {
    const quant::RecordReader records({PositionStore::held_out_file(folder_.path())});
    const std::size_t count =
        std::min(records.size(), static_cast<std::size_t>(options_.judge_positions));
    std::vector<EncodedPosition> positions;
    for (std::size_t i = 0; i < count; ++i) {
      positions.push_back(encode(records.read(i * records.size() / count), net, size()));
    }
    return positions;
  }

  std::int64_t all_steps(const quant::RecordReader& records) {
    if (const auto planned = folder_.planned_steps()) return *planned;
    std::int64_t steps = options_.steps;
    if (steps == 0) {
      steps = steps_in(options_.hours, first_student(options_), options_, records);
      std::cout << fmt::format("{} steps will take about {:g} hours\n", steps, options_.hours)
                << std::flush;
    }
    folder_.plan_steps(steps);
    return steps;
  }

  bool train(Training& training) {
    if (training.steps_done() > 0) {
      std::cout << fmt::format("going on behind step {}\n", training.steps_done()) << std::flush;
    }
    Progress progress(std::cerr, on_terminal(), "training",
                      static_cast<std::size_t>(steps_ - training.steps_done()), "steps");
    const bool done = training.run({ending_requested, [&] { progress.step(); },
                                    [&](const std::vector<TrainingReport>& reports) {
                                      progress.finish();
                                      report(reports);
                                    }});
    progress.finish();
    return done;
  }

  void report(const std::vector<TrainingReport>& reports) const {
    std::cout << report_line(reports.back(), steps_) << std::endl;
    folder_.save_reports(reports);
    write_reports(reports);
  }

  void write_reports(const std::vector<TrainingReport>& reports) const {
    if (!options_.log_file.empty()) write_output_file(options_.log_file, json_lines(reports));
    if (options_.page_file.empty()) return;
    const auto name = settings_.at("name").get<std::string>();
    TrainingPage page{name, teacher_.name, steps_, {}, reports};
    for (const auto& [flag, value] : settings_.items()) {
      page.settings.push_back({flag, value.is_string() ? value.get<std::string>() : value.dump()});
    }
    write_output_file(options_.page_file, training_page(page));
  }

  void finish(Training& training, const std::vector<EncodedPosition>& judging) const {
    // Of a run that had already ended nothing else would write them.
    write_reports(training.reports());
    const nn::ModelDesc& student = training.student();
    nn::save_model(student, options_.output);
    const double student_speed = measured_speed(student, judging, size(), options_.threads);
    const double teacher_speed =
        measured_speed(teacher_, held_out(nn::net_info(teacher_)), size(), options_.threads);
    std::cout << fmt::format(
        "{}: {}, version {}, {} bytes, {} parameters ({:.1f} % of the teacher's)\n",
        options_.output, student.name, student.version, std::filesystem::file_size(options_.output),
        nn::parameter_count(student),
        100.0 * static_cast<double>(nn::parameter_count(student)) /
            static_cast<double>(nn::parameter_count(teacher_)));
    std::cout << fmt::format(
        "{:.0f} positions/s, the teacher {:.0f}: {:.1f} times as fast ({} threads, {}x{})\n",
        student_speed, teacher_speed, student_speed / teacher_speed, options_.threads, size(),
        size());
  }

  DistillOptions options_;
  nn::ModelDesc teacher_, student_;
  nlohmann::ordered_json settings_;
  WorkFolder folder_;
  std::int64_t steps_ = 0;
};

}  // namespace

int distill(DistillOptions options) {
  complete_options(options);
  const HeldSignals held;
  return Distillation(std::move(options)).run();
}

}  // namespace hayago::gtp
