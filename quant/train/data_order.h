// In which order, and how turned, a trainer sees its positions.
#pragma once
#include <cstdint>
#include <vector>

namespace hayago::quant {

// Every position once per epoch, in an order of its own, with a random symmetry. All of it follows
// from the state, which is all that a checkpoint must have.
class DataOrder {
 public:
  struct State {
    std::uint64_t seed = 1, epoch = 0, at = 0;  // `at`: positions of the epoch that were given out
    bool operator==(const State&) const = default;
  };
  struct Item {
    std::size_t index;
    int symmetry;  // 0 to 7 (nn/outputs/postprocess.h)
  };

  // Of `size` positions, 1 to 2^32 - 1. Throws std::invalid_argument for other numbers, and for a
  // state beyond the end of its epoch.
  DataOrder(std::size_t size, State state);

  Item next();
  const State& state() const { return state_; }

 private:
  void shuffle();

  State state_;
  std::vector<std::uint32_t> order_;
};

}  // namespace hayago::quant
