#include "quant/steps.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "kernels/cuda/half_bits.h"
#include "quant/rounding.h"

namespace hayago::quant {
namespace {

// A channel that hardly ever is anything but 0 must not make its weights vanish.
constexpr double kSmallestShare = 1e-3;
// What compensated rounding leaves of the weights' error, roughly.
constexpr double kLeftByCompensation = 0.2;
// Other positions have larger values than those that calibrate.
constexpr double kHeadroom = 1.2;
constexpr int kFineGroup = 32, kSweeps = 60;
constexpr float kLeastHalf = 0x1p-14f, kMostHalf = 60000;
constexpr double kLeastCut = 0.7;  // a scale of weights, of the one that fits the largest weight
constexpr double kFactor = 1.12;   // between the steps that are tried

// What every channel needs of the tensor's step so that somewhat more than its largest value fits.
std::vector<double> needed_shares(const TensorStats& input, const ByteRange& range) {
  std::vector<double> shares;
  for (std::size_t c = 0; c < input.highest.size(); ++c) {
    double needed = input.highest[c] / static_cast<double>(255 - range.zero);
    if (range.zero == 255) needed = 0;
    if (range.zero > 0) needed = std::max(needed, -input.lowest[c] / double(range.zero));
    shares.push_back(std::max(kHeadroom * needed / range.scale, kSmallestShare));
  }
  return shares;
}

double points_of(const TensorStats& input) {
  return static_cast<double>(std::max<std::uint64_t>(input.points, 1));
}

// What errors of a layer's outputs cost: by themselves, and what is left after others made up for
// them.
struct OutputCosts {
  std::vector<double> alone, left;
};

OutputCosts output_costs(const nn::NarrowLayer& layer, const TensorStats& input,
                         const Sensitivity& sensitivity) {
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  OutputCosts costs;
  if (!sensitivity.empty()) {
    const std::vector<double>& outputs = sensitivity.outputs.at(layer.name);
    for (std::size_t o = 0; o < c_out; ++o) costs.alone.push_back(outputs[o * c_out + o]);
    costs.left = conditional_variances(outputs, c_out);
    return costs;
  }
  const std::size_t channels = input.squares.size();
  std::vector<double> variance(c_out, 1e-30);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const auto w = static_cast<double>(layer.weights[i]);
    variance[i % c_out] += w * w * input.squares[i / c_out % channels] / points_of(input);
  }
  for (const double v : variance) costs.alone.push_back(1 / v);
  costs.left = costs.alone;
  return costs;
}

}  // namespace

InputSteps::InputSteps(const std::vector<nn::NarrowLayer>& readers, const TensorStats& input,
                       const Sensitivity& sensitivity, const QuantizeOptions& options)
    : range_(choose_range(input.histogram, options.method)),
      searched_(!options.channel_balance),
      needed_(needed_shares(input, range_)),
      of_values_(needed_.size()) {
  if (!searched_) {
    for (const double share : needed_) {
      steps_.push_back(range_.scale * std::pow(share, *options.channel_balance));
    }
    return;
  }
  for (double& share : needed_) share *= range_.scale;
  for (const double sum : input.squares) squares_.push_back(sum / points_of(input));
  const double left = options.rounding == Rounding::kCompensated ? kLeftByCompensation : 1.0;
  for (const nn::NarrowLayer& layer : readers) add_reader(layer, input, sensitivity, left);
  if (!sensitivity.empty()) of_values_ = sensitivity.inputs.at(readers.front().name);
  steps_ = needed_;
  search();
}

void InputSteps::add_reader(const nn::NarrowLayer& layer, const TensorStats& input,
                            const Sensitivity& sensitivity, double left) {
  const auto c_out = static_cast<std::size_t>(layer.c_out);
  const std::size_t channels = needed_.size();
  const OutputCosts costs = output_costs(layer, input, sensitivity);
  Reader reader;
  reader.largest.resize(channels * c_out);
  reader.taps = static_cast<double>(layer.weights.size() / channels / c_out);
  for (const double cost : costs.left) reader.costs.push_back(left * cost / (127 * 127));
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const std::size_t c = i / c_out % channels, o = i % c_out;
    const auto w = static_cast<double>(layer.weights[i]);
    double& largest = reader.largest[c * c_out + o];
    largest = std::max(largest, std::abs(w));
    of_values_[c] +=
        w * w * costs.alone[o] * static_cast<double>(input.nonzero[c]) / points_of(input);
  }
  reader.first.resize(c_out);
  reader.second.resize(c_out);
  reader.first_channel.resize(c_out);
  products_ += reader.taps * static_cast<double>(c_out);
  readers_.push_back(std::move(reader));
}

// One channel's step at a time, as long as that reduces the cost.
void InputSteps::search() {
  for (Reader& reader : readers_) {
    for (std::size_t o = 0; o < reader.costs.size(); ++o) find_largest(reader, o);
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (std::size_t c = 0; c < steps_.size(); ++c) changed |= improve(c);
    if (!changed) break;
  }
}

bool InputSteps::improve(std::size_t channel) {
  const double before = steps_[channel], now = total(channel, before);
  for (const double step : {before * kFactor, std::max(needed_[channel], before / kFactor)}) {
    if (step == before || total(channel, step) >= now * (1 - 1e-9)) continue;
    steps_[channel] = step;
    for (Reader& reader : readers_) {
      const std::size_t c_out = reader.costs.size();
      for (std::size_t o = 0; o < c_out; ++o) {
        // Only outputs whose two largest products it was, or now is, among.
        const double largest = reader.largest[channel * c_out + o];
        if (largest * std::max(before, step) >= reader.second[o]) find_largest(reader, o);
      }
    }
    return true;
  }
  return false;
}

void InputSteps::find_largest(Reader& reader, std::size_t output) const {
  double first = 0, second = 0;
  std::size_t first_channel = 0;
  for (std::size_t c = 0; c < steps_.size(); ++c) {
    const double product = reader.largest[c * reader.costs.size() + output] * steps_[c];
    if (product > first) {
      second = std::exchange(first, product);
      first_channel = c;
    } else {
      second = std::max(second, product);
    }
  }
  reader.first[output] = first;
  reader.second[output] = second;
  reader.first_channel[output] = first_channel;
}

// The cost with the channel at `step`, but for what does not depend on it.
double InputSteps::total(std::size_t channel, double step) const {
  double weights =
      squares_[channel] * (1 / (step * step) - 1 / (steps_[channel] * steps_[channel]));
  for (std::size_t c = 0; c < steps_.size(); ++c) weights += squares_[c] / (steps_[c] * steps_[c]);
  const double left = is_fine(channel) ? kLeftOfFine : 1;
  double sum = left * of_values_[channel] * step * step;
  for (const Reader& reader : readers_) {
    const std::size_t c_out = reader.costs.size();
    double outputs = 0;
    for (std::size_t o = 0; o < c_out; ++o) {
      const double others = reader.first_channel[o] == channel ? reader.second[o] : reader.first[o];
      const double most = std::max(others, reader.largest[channel * c_out + o] * step);
      outputs += reader.costs[o] * most * most;
    }
    sum += outputs * weights * reader.taps;
  }
  return sum;
}

double InputSteps::cost_of(std::size_t channel) const {
  const double square = steps_[channel] * steps_[channel];
  double sum = (is_fine(channel) ? kLeftOfFine : 1) * of_values_[channel] * square;
  for (const Reader& reader : readers_) {
    for (std::size_t o = 0; o < reader.costs.size(); ++o) {
      sum += reader.costs[o] * reader.first[o] * reader.first[o] * squares_[channel] / square *
             reader.taps;
    }
  }
  return sum;
}

double InputSteps::cost() const {
  double sum = 0;
  for (std::size_t c = 0; c < steps_.size(); ++c) sum += cost_of(c);
  return sum;
}

bool InputSteps::is_fine(std::size_t channel) const {
  return std::binary_search(fine_.begin(), fine_.end(), static_cast<std::int16_t>(channel));
}

int InputSteps::next_group() const {
  const int channels = static_cast<int>(steps_.size());
  const bool may_be_fine = searched_ && channels % kernels::kChannelAlign == 0 &&
                           range_.zero <= 255 - kernels::kFineParts;
  return may_be_fine ? std::min(kFineGroup, channels - static_cast<int>(fine_.size())) : 0;
}

void InputSteps::add_group() {
  std::vector<std::pair<double, std::int16_t>> costs;
  for (std::size_t c = 0; c < steps_.size(); ++c) {
    if (!is_fine(c)) costs.emplace_back(cost_of(c), static_cast<std::int16_t>(c));
  }
  std::sort(costs.rbegin(), costs.rend());
  costs.resize(static_cast<std::size_t>(next_group()));
  for (const auto& [cost, channel] : costs) fine_.push_back(channel);
  std::sort(fine_.begin(), fine_.end());
  search();
}

// A power of two that makes the readers' scales of weights numbers that a file can hold as halves,
// as far as the scales of channels stay such numbers.
float InputSteps::unit() const {
  double least = 1, most = kSmallestShare;
  for (const double step : steps_) most = std::max(most, step / range_.scale);
  for (const Reader& reader : readers_) {
    for (const double first : reader.first) {
      if (first > 0) least = std::min(least, kLeastCut * first / (127 * range_.scale));
    }
  }
  float unit = 1;
  while (least * unit < kLeastHalf && 2 * most * unit <= kMostHalf) unit *= 2;
  return unit;
}

nn::LayerQuantization InputSteps::format() const {
  nn::LayerQuantization format;
  format.scale = range_.scale / unit();
  format.zero = range_.zero;
  format.fine = fine_;
  for (const double step : steps_) {
    const auto as_float = static_cast<float>(step / format.scale);
    // As the file holds it in two bytes.
    const float half = kernels::half_to_float(kernels::float_to_half(as_float * 1.0005f));
    format.channel_scales.push_back(half >= as_float && half <= kMostHalf ? half : as_float);
  }
  return format;
}

void share_out_fine_channels(std::vector<InputSteps*> inputs, double products_of_all,
                             double share) {
  std::vector<std::optional<InputSteps>> next(inputs.size());  // with one group more
  double left = products_of_all * share;
  const auto price = [&](std::size_t i) { return inputs[i]->next_group() * inputs[i]->products(); };
  while (true) {
    std::optional<std::size_t> best;
    double most = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i]->next_group() == 0 || price(i) > left) continue;
      if (!next[i]) {
        next[i] = *inputs[i];
        next[i]->add_group();
      }
      const double gain = (inputs[i]->cost() - next[i]->cost()) / price(i);
      if (gain <= most) continue;
      most = gain;
      best = i;
    }
    if (!best) return;
    left -= price(*best);
    *inputs[*best] = *std::exchange(next[*best], std::nullopt);
  }
}

}  // namespace hayago::quant
