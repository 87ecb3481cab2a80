// A stand-in for accelerators (make_simulated_executor): cheap made-up outputs, and the time that
// devices of a given speed would take for them.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "nn/exec/executor.h"

namespace hayago::nn {
namespace {

using Clock = std::chrono::steady_clock;

// One device: batches one after the other, each as long as a full one. A batch that arrives while
// another runs starts when that ends, so that the sleep of its thread may be late without a loss.
class Device {
 public:
  void run(Clock::duration batch_time) {
    Clock::time_point end;
    {
      const std::lock_guard lock(mutex_);
      end = std::max(Clock::now(), free_at_) + batch_time;
      free_at_ = end;
    }
    std::this_thread::sleep_until(end);
  }

 private:
  std::mutex mutex_;
  Clock::time_point free_at_{};
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // In [0, 1).
  float next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(state_ >> 40) / static_cast<float>(1 << 24);
  }

 private:
  std::uint64_t state_;
};

class SimulatedContext final : public ExecContext {
 public:
  SimulatedContext(const NetInfo& info, int points, Device* device, Clock::duration batch_time)
      : info_(info), points_(points), device_(device), batch_time_(batch_time) {}

  void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) evaluate(inputs[i], outputs[i]);
    if (device_ != nullptr) device_->run(batch_time_);
  }

 private:
  void evaluate(const PositionInput& in, const RawOutput& out) const {
    std::uint64_t hash = 0x9e3779b97f4a7c15u;
    int own = 0, other = 0;
    for (int p = 0; p < points_; ++p) {
      const int stone = (in.plane(1, p, info_.c_spatial) != 0 ? 1 : 0) +
                        (in.plane(2, p, info_.c_spatial) != 0 ? 2 : 0);
      own += stone & 1;
      other += stone >> 1;
      hash = (hash ^ static_cast<std::uint64_t>(stone)) * 0xd6e8feb86659fd93u;
    }
    hash ^= hash >> 32;
    Random random(hash);
    // Few moves stand out, as in a trained network.
    for (int i = 0; i < info_.policy_channels * points_; ++i) {
      const float u = random.next(), u2 = u * u, u4 = u2 * u2;
      out.policy[i] = 14 * u4 * u4;
    }
    for (int c = 0; c < info_.policy_channels; ++c) {
      out.pass[c] = static_cast<float>(own + other) * 14.0f / static_cast<float>(points_) - 5.0f;
    }
    const float lead = static_cast<float>(own - other) / 16.0f + random.next() - 0.5f;
    out.value[0] = lead;
    out.value[1] = -lead;
    out.value[2] = -6.0f;
    for (int c = 0; c < info_.score_channels; ++c) {
      const bool points = c == 0 || c == 2;  // score mean and lead, in multiples of 20 points
      out.score[c] = points ? lead / 4.0f : random.next() - 1.0f;
    }
    if (out.ownership == nullptr) return;
    for (int p = 0; p < points_; ++p) out.ownership[p] = random.next() - 0.5f;
  }

  const NetInfo& info_;
  const int points_;
  Device* const device_;
  const Clock::duration batch_time_;
};

class SimulatedExecutor final : public Executor {
 public:
  explicit SimulatedExecutor(const SimulatedDevices& options) : options_(options) {
    if (options.devices < 0 || options.devices > 64 || options.batch < 1 ||
        options.batch > kMaxBatch || !(options.batch_seconds >= 0) || options.batch_seconds > 10) {
      throw std::invalid_argument(
          "simulated devices: expected 0 to 64 devices, batches of 1 to 4096, 0 to 10 seconds");
    }
    const int version = options.model_version;
    info_.name = info_.file_name = info_.kind = "simulated";
    info_.version = version;
    info_.input_version = input_version(version);
    info_.c_spatial = spatial_planes(version);
    info_.c_global = global_values(version);
    info_.policy_channels = version >= 12 ? 2 : 1;
    info_.score_channels = score_channels(version);
    for (int i = 0; i < options.devices; ++i) devices_.push_back(std::make_unique<Device>());
  }

  const NetInfo& info() const override { return info_; }
  std::string description() const override {
    return devices_.empty() ? "simulated (constant time)"
                            : "simulated (" + std::to_string(devices_.size()) + " devices)";
  }
  bool runs_inline() const override { return devices_.empty(); }
  int max_batch() const override { return options_.batch; }
  int pipeline_depth() const override { return devices_.empty() ? 1 : kPipelineDepth; }
  int wanted_contexts() const override { return pipeline_depth() * std::max(1, options_.devices); }
  std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const override {
    if (height < 1 || width < 1 || batch < 1 || batch > options_.batch) {
      throw std::invalid_argument("simulated executor: size or batch out of range");
    }
    Device* device = nullptr;
    if (!devices_.empty()) {
      device = devices_[next_device_.fetch_add(1) % devices_.size()].get();
    }
    const std::chrono::duration<double> seconds(options_.batch_seconds);
    return std::make_unique<SimulatedContext>(info_, height * width, device,
                                              std::chrono::duration_cast<Clock::duration>(seconds));
  }

 private:
  static constexpr int kMaxBatch = 4096, kPipelineDepth = 2;
  const SimulatedDevices options_;
  NetInfo info_;
  std::vector<std::unique_ptr<Device>> devices_;
  mutable std::atomic<std::size_t> next_device_{0};
};

}  // namespace

std::unique_ptr<Executor> make_simulated_executor(const SimulatedDevices& devices) {
  return std::make_unique<SimulatedExecutor>(devices);
}

}  // namespace hayago::nn
