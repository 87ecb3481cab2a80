#include "gtp/quantize/gradients.h"

#include <algorithm>
#include <future>
#include <mutex>

#include "gtp/accuracy/net_batch.h"

namespace hayago::gtp {
namespace {

// Each has all tensors of a position and their gradients: more would take much memory.
constexpr int kObservers = 2;
// About a minute of an ordinary core.
constexpr double kMultiplications = 2e11;
constexpr int kFewest = 40;

}  // namespace

int most_gradients(const nn::NetInfo& net, int size, int wanted) {
  const double affordable = kMultiplications / std::max(1.0, net.macs.at(size * size));
  return std::min(wanted, std::max(kFewest, static_cast<int>(std::min(affordable, 1e6))));
}

quant::Sensitivity find_sensitivity(const nn::ModelDesc& model, int size,
                                    const std::vector<search::GameState>& positions, int most,
                                    const std::function<void()>& step) {
  const std::size_t count = std::min(positions.size(), static_cast<std::size_t>(most));
  std::vector<quant::Sensitivity> parts(kObservers);
  std::mutex mutex;
  const auto work = [&](std::size_t part) {
    quant::SensitivityObserver observer(model, {}, size, size);
    NetBatch batch(nn::net_info(model), size, 1);
    for (std::size_t i = part; i < count; i += kObservers) {
      batch.fill(std::span(positions).subspan(i * positions.size() / count, 1));
      observer.add(batch.inputs().front(), i);
      const std::lock_guard lock(mutex);
      step();
    }
    parts[part] = observer.result();
  };
  auto other = std::async(std::launch::async, work, 1);
  work(0);
  other.get();
  parts[0].merge(parts[1]);
  return std::move(parts[0]);
}

}  // namespace hayago::gtp
