#include "gtp/quantize/teacher_batches.h"

#include <algorithm>

#include "quant/train/parallel.h"

namespace hayago::gtp {
namespace {

nn::CpuOptions in_float(int batch) {
  nn::CpuOptions options;
  options.precision = "fp32";
  options.max_batch = batch;
  return options;
}

}  // namespace

TeacherBatches::TeacherBatches(const nn::ModelDesc& teacher, int size,
                               const std::vector<search::GameState>& positions, std::uint64_t seed,
                               int batch, int threads)
    : positions_(positions), order_(positions.size(), {seed, 0, 0}), batch_(batch) {
  const int parts = std::min(threads, batch), room = (batch + parts - 1) / parts;
  teacher_ = nn::make_cpu_executor(teacher, in_float(room));
  for (int i = 0; i < parts; ++i) {
    parts_.push_back(
        {{}, NetBatch(teacher_->info(), size, room), teacher_->make_context(size, size, room), {}});
  }
}

const std::vector<quant::TrainingExample>& TeacherBatches::next() {
  for (Part& part : parts_) part.states.clear();
  // What the network says of a position that is turned is not what it says of the position, turned:
  // the symmetries of the order go unused.
  for (int i = 0; i < batch_; ++i) {
    const auto part = static_cast<std::size_t>(i) % parts_.size();
    parts_[part].states.push_back(positions_[order_.next().index]);
  }
  const int parts = static_cast<int>(parts_.size());
  quant::run_tasks(parts, parts, [&](int i) { evaluate(parts_[static_cast<std::size_t>(i)]); });
  examples_.clear();
  for (const Part& part : parts_) {
    for (std::size_t i = 0; i < part.targets.size(); ++i) {
      examples_.push_back({part.inputs.inputs()[i], &part.targets[i]});
    }
  }
  return examples_;
}

void TeacherBatches::evaluate(Part& part) {
  part.inputs.fill(part.states);
  part.targets.clear();
  const std::vector<nn::NetOutput> outputs = part.inputs.run(*part.context);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool white = part.states[i].next_player() == search::Color::kWhite;
    part.targets.push_back(quant::targets_of(outputs[i], white));
  }
}

}  // namespace hayago::gtp
