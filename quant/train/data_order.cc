#include "quant/train/data_order.h"

#include <numeric>
#include <stdexcept>
#include <utility>

#include "nn/model/synth_layers.h"

namespace hayago::quant {
namespace {

// Streams of random numbers that have nothing to do with one another.
nn::SynthRandom stream(std::uint64_t seed, std::uint64_t number) {
  return nn::SynthRandom(nn::SynthRandom(seed).bits() + nn::SynthRandom(~number).bits());
}

}  // namespace

DataOrder::DataOrder(std::size_t size, State state) : state_(state), order_(size) {
  if (size == 0) throw std::invalid_argument("there are no positions to train with");
  if (size >> 32 != 0) throw std::invalid_argument("there are more positions than can be numbered");
  if (state.at > size) {
    throw std::invalid_argument("the order of positions is that of more positions than there are");
  }
  shuffle();
}

void DataOrder::shuffle() {
  nn::SynthRandom random = stream(state_.seed, state_.epoch);
  std::iota(order_.begin(), order_.end(), 0u);
  for (std::size_t left = order_.size(); left > 1; --left) {
    std::swap(order_[left - 1], order_[random.bits() % left]);
  }
}

DataOrder::Item DataOrder::next() {
  if (state_.at == order_.size()) {
    state_.at = 0;
    ++state_.epoch;
    shuffle();
  }
  const std::size_t index = order_[state_.at++];
  nn::SynthRandom random = stream(state_.seed + state_.epoch, index + (std::uint64_t{1} << 32));
  return {index, static_cast<int>(random.bits() % 8)};
}

}  // namespace hayago::quant
