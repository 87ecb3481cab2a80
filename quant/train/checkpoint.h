// The file that training goes on from.
//
// A safetensors container with, for each parameter NAME (TrainableModel::parameters) in its shape,
// the float tensors latest/NAME, average/NAME, first/NAME and, of AdamW, second/NAME; and the
// metadata format = "hayago-training-1", optimizer = "adamw" or "sgd", steps, and order_seed,
// order_epoch, order_at, all decimal.
#pragma once
#include <string>
#include <vector>

#include "quant/train/data_order.h"
#include "quant/train/optimizer.h"

namespace hayago::quant {

struct Checkpoint {
  std::vector<float> latest, average;
  Optimizer::State moments;
  DataOrder::State order;
};

// All or nothing. Throws nn::ModelError.
void write_checkpoint(const std::string& path, const TrainableModel& model, OptimizerKind optimizer,
                      const Checkpoint& checkpoint);

// Throws nn::ModelError that names the file and what is wrong: damage, parameters that are absent,
// of another shape, not of this network or not finite, or another optimizer.
Checkpoint read_checkpoint(const std::string& path, const TrainableModel& model,
                           OptimizerKind optimizer);

}  // namespace hayago::quant
