#include <algorithm>
#include <functional>

#include "nn/exec/cpu/cpu_network.h"
#include "nn/exec/cpu/load_input.h"

namespace hayago::nn {
namespace {

constexpr std::size_t kFloatAlign = kernels::kByteAlign / sizeof(float);

std::size_t index(int i) { return static_cast<std::size_t>(i); }

}  // namespace

CpuContext::CpuContext(std::shared_ptr<const CpuNetwork> network, std::shared_ptr<CpuTeam> team,
                       int height, int width, int batch, int group)
    : network_(std::move(network)),
      team_(std::move(team)),
      seat_(*team_),
      height_(height),
      width_(width),
      batch_(batch),
      group_(std::min(batch, group)),
      rope_angles_(network_->rope_angles(height, width)),
      mask_(index(group_) * index(height * width)),
      area_(index(group_)) {
  const ArenaLayout layout = lay_out(network_->lifetimes(), group_, height, width);
  const std::size_t scratch_floats =
      (network_->scratch_bytes(group_, height, width, team_->cores()) + sizeof(float) - 1) /
      sizeof(float);
  const std::size_t scratch_at = (layout.size + kFloatAlign - 1) / kFloatAlign * kFloatAlign;
  arena_ = AlignedFloats(scratch_at + std::max(scratch_floats, kFloatAlign));
  scratch_ = arena_.data() + scratch_at;
  for (const int buffer : network_->lifetimes().buffer_of) {
    tensors_.push_back(buffer < 0 ? nullptr : arena_.data() + layout.offsets[index(buffer)]);
  }
  std::size_t most_stages = 0;
  for (const auto& op : network_->ops()) {
    most_stages += index(op->phases(group_, height, width, team_->cores()));
  }
  stages_.reserve(most_stages);
  full_.reserve(index(batch));
  partial_.reserve(index(batch));
}

bool CpuContext::board_fills_buffer(const PositionInput& input) const {
  const int planes = network_->plan().tensor(network_->plan().spatial).channels;
  for (int p = 0; p < height_ * width_; ++p) {
    if (!input.on_board(p, planes)) return false;
  }
  return true;
}

// Boards that fill the buffer and boards that need a mask never share a group, so that the kernels
// see the same arguments for a position whatever else is in the batch.
void CpuContext::run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) {
  full_.clear();
  partial_.clear();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    (board_fills_buffer(inputs[i]) ? full_ : partial_).push_back(static_cast<int>(i));
  }
  for (const bool masked : {false, true}) {
    const std::span<const int> members = masked ? partial_ : full_;
    for (std::size_t at = 0; at < members.size(); at += index(group_)) {
      const std::size_t count = std::min(index(group_), members.size() - at);
      run_group(inputs, outputs, members.subspan(at, count), masked);
    }
  }
}

void CpuContext::run_group(std::span<const PositionInput> inputs,
                           std::span<const RawOutput> outputs, std::span<const int> members,
                           bool masked) {
  const int n = static_cast<int>(members.size());
  for (int slot = 0; slot < n; ++slot) load(inputs[index(members[index(slot)])], slot);

  OpRun pass;
  pass.n = n;
  pass.h = height_;
  pass.w = width_;
  pass.tensors = tensors_.data();
  pass.mask = masked ? mask_.data() : nullptr;
  pass.area = area_.data();
  pass.rope = rope_angles_.data();
  pass.scratch = scratch_;
  observer_ != nullptr ? run_observed(pass) : run_shared(pass);

  for (int slot = 0; slot < n; ++slot) store(outputs[index(members[index(slot)])], slot);
}

void CpuContext::run_observed(const OpRun& pass) const {
  const auto& ops = network_->ops();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    observer_->before(i, pass);
    ops[i]->run(pass);
  }
}

void CpuContext::run_shared(const OpRun& pass) {
  const auto& ops = network_->ops();
  const int parts = this->parts();
  stages_.clear();
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const int phases = ops[i]->phases(pass.n, pass.h, pass.w, parts);
    for (int phase = 0; phase < phases; ++phase) stages_.push_back({static_cast<int>(i), phase});
  }
  const auto work = [&](int stage, int part) {
    const Stage& at = stages_[index(stage)];
    OpRun mine = pass;
    mine.share = {part, parts, at.phase};
    ops[index(at.op)]->run(mine);
  };
  // By reference: a copy would be memory for every pass.
  seat_.run(static_cast<int>(stages_.size()), parts, pass.n, std::ref(work));
}

void CpuContext::load(const PositionInput& input, int slot) {
  float* mask = mask_.data() + index(slot) * index(height_ * width_);
  area_.data()[slot] =
      load_input(network_->plan(), input, slot, height_ * width_, tensors_.data(), mask);
}

const float* CpuContext::row(TensorId id, int slot) const {
  const Tensor& tensor = network_->plan().tensor(id);
  const int rows = tensor.per_pixel ? height_ * width_ : 1;
  return tensors_[index(id)] + index(slot * rows) * index(kernels::padded(tensor.channels));
}

void CpuContext::store(const RawOutput& output, int slot) const {
  const Plan& plan = network_->plan();
  const auto copy_row = [&](TensorId id, float* to) {
    std::copy_n(row(id, slot), plan.tensor(id).channels, to);
  };
  const auto copy_planes = [&](TensorId id, float* to) {
    const float* from = row(id, slot);
    const int c = plan.tensor(id).channels, stride = kernels::padded(c);
    for (int plane = 0; plane < c; ++plane) {
      for (int p = 0; p < height_ * width_; ++p) *to++ = from[p * stride + plane];
    }
  };
  copy_planes(plan.policy, output.policy);
  copy_row(plan.pass, output.pass);
  copy_row(plan.value, output.value);
  copy_row(plan.score, output.score);
  if (output.ownership != nullptr) copy_planes(plan.ownership, output.ownership);
}

}  // namespace hayago::nn
