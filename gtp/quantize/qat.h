// Quantization-aware training (design/quantization.md, method 7): a network learns to say in int8
// what it says in float.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gtp/accuracy/accuracy.h"
#include "nn/model/desc.h"
#include "quant/train/fake_quantization.h"
#include "search/board/game_state.h"

namespace hayago::gtp {

struct QatOptions {
  static constexpr int kUsualSteps = 500;
  int steps = 0;  // 0: none
  int batch = 32;
  double rate = 5e-5;
  std::uint64_t seed = 1;
};

struct TrainedInt8 {
  nn::ModelDesc model;      // in float
  nn::Precision precision;  // the same layers and formats, and what the weights have become
};

// `student` is another copy of `teacher`. All positions, of boards up to size x size, are seen
// equally often; step() is called after every step. Throws std::invalid_argument for networks that
// cannot be trained (quant/train/trainable_model.h), std::runtime_error if training diverges.
TrainedInt8 train_int8(const nn::ModelDesc& teacher, nn::ModelDesc student,
                       const quant::Int8Training& int8, const QatOptions& options, int size,
                       const std::vector<search::GameState>& positions,
                       const std::function<void()>& step);

// A table of two rows and what share of the divergence training took away.
std::string before_and_after(const Accuracy& before, const Accuracy& after);

}  // namespace hayago::gtp
