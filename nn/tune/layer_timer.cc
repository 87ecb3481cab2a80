#include "nn/tune/layer_timer.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

#include "kernels/cpu/spread.h"
#include "nn/plan/memory.h"

namespace hayago::nn {
namespace {

using Clock = std::chrono::steady_clock;

std::size_t floats_of(const Tensor& tensor, int n, int h, int w) {
  return buffer_floats(buffer_for(tensor, 0, 0), n, h, w);
}

// Numbers between -1 and 1, none of them so small that arithmetic with it is slow; their bytes will
// do for narrow tensors.
void fill(std::span<float> values) {
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
  }
}

// The calls of one thread, made ready.
struct Calls {
  std::vector<std::vector<float*>> tensors;  // by operation
  OpRun run;
  std::vector<double> seconds;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Runs the operations in turn until all threads have measured enough, so that none of them ever
// has the caches for itself.
void measure(const BoundLayers& layers, double enough_seconds, std::barrier<>& start,
             std::atomic<int>& busy, Calls& calls) {
  const std::size_t count = layers.bound.size();
  start.arrive_and_wait();
  const auto begin = Clock::now();
  bool enough = false;
  for (std::size_t turn = 0; !enough || busy.load(std::memory_order_relaxed) > 0; ++turn) {
    const std::size_t i = turn % count;
    calls.run.tensors = calls.tensors[i].data();
    const auto before = Clock::now();
    layers.bound[i]->run(calls.run);
    const auto after = Clock::now();
    if (turn < count || enough) continue;  // the first round finds cold caches
    calls.seconds.push_back(std::chrono::duration<double>(after - before).count());
    enough = turn + 1 >= 2 * count &&
             std::chrono::duration<double>(after - begin).count() >= enough_seconds;
    if (enough) --busy;
  }
}

}  // namespace

float* LayerTimer::Workspace::buffer(std::vector<AlignedFloats>& pool, std::size_t use,
                                     std::size_t floats) {
  if (pool.size() <= use) pool.resize(use + 1);
  if (pool[use].size() < floats) {
    pool[use] = AlignedFloats(floats);
    fill(pool[use].span());
  }
  return pool[use].data();
}

std::vector<float*> LayerTimer::Workspace::tensors(const Plan& plan, const Op& op, int n, int h,
                                                   int w) {
  std::vector<float*> pointers(plan.tensors.size(), nullptr);
  std::size_t use = 0;
  for (const TensorId id : reads(op)) {
    const Tensor& tensor = plan.tensor(id);
    auto& pool = tensor.narrow ? narrow_inputs_ : inputs_;
    pointers[static_cast<std::size_t>(id)] = buffer(pool, use++, floats_of(tensor, n, h, w));
  }
  use = 0;
  for (const TensorId id : writes(op)) {
    pointers[static_cast<std::size_t>(id)] =
        buffer(outputs_, use++, floats_of(plan.tensor(id), n, h, w));
  }
  return pointers;
}

void* LayerTimer::Workspace::scratch(std::size_t bytes) {
  const std::size_t floats = bytes / sizeof(float) + 1;
  if (scratch_.size() < floats) scratch_ = AlignedFloats(floats);
  return scratch_.data();
}

LayerTimer::LayerTimer(int height, int width, int threads, double enough)
    : height_(height),
      width_(width),
      enough_(enough),
      workspaces_(static_cast<std::size_t>(threads)) {}

double LayerTimer::seconds(const BoundLayers& layers, int positions) {
  std::vector<Calls> calls(workspaces_.size());
  for (std::size_t t = 0; t < calls.size(); ++t) {
    std::size_t scratch = 0;
    for (std::size_t i = 0; i < layers.bound.size(); ++i) {
      scratch = std::max(scratch, layers.bound[i]->scratch_bytes(positions, height_, width_, 1));
      calls[t].tensors.push_back(
          workspaces_[t].tensors(*layers.plan, *layers.ops[i], positions, height_, width_));
    }
    calls[t].run.n = positions;
    calls[t].run.h = height_;
    calls[t].run.w = width_;
    calls[t].run.scratch = workspaces_[t].scratch(scratch);
  }
  std::barrier start(static_cast<std::ptrdiff_t>(calls.size()));
  std::atomic<int> busy{static_cast<int>(calls.size())};
  const kernels::CoreSpread spread;
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < calls.size(); ++t) {
    others.emplace_back([&, t] { measure(layers, enough_, start, busy, calls[t]); });
    spread.place(others.back(), static_cast<int>(t));
  }
  measure(layers, enough_, start, busy, calls[0]);
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (const Calls& of_thread : calls) sum += median(of_thread.seconds);
  return sum / static_cast<double>(calls.size());
}

}  // namespace hayago::nn
