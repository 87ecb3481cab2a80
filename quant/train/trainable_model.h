// A convolutional network whose numbers are one array that a trainer changes.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "nn/model/desc.h"
#include "nn/plan/plan.h"

namespace hayago::quant {

enum class ParameterKind { kWeights, kBias, kScale, kShift };

// One array of a network and its place among all parameters.
struct Parameter {
  std::string name;  // of the layer, "/" and what of it: "blocks.0.conv1/weights"
  ParameterKind kind = ParameterKind::kWeights;
  std::vector<std::int64_t> shape;  // as the file has it (nn/model/desc.h)
  std::size_t offset = 0, size = 0;
  // Whether a network trained without it: decay of biases and norms would only shift outputs.
  bool decays() const { return kind == ParameterKind::kWeights; }
};

// Norms become a scale and a shift alone (mean 0, variance 1), both of which are trained: nothing
// depends on statistics of a batch. What the network computes stays the same, to rounding.
class TrainableModel {
 public:
  // Throws std::invalid_argument for what cannot be trained: transformer blocks, root-mean-square
  // tips, layers in int8, versions before 8, numbers that are not finite.
  explicit TrainableModel(nn::ModelDesc model);
  TrainableModel(const TrainableModel&) = delete;
  TrainableModel& operator=(const TrainableModel&) = delete;

  // In the order of the file.
  std::span<const Parameter> parameters() const { return parameters_; }
  std::size_t size() const { return size_; }  // of all parameters together
  // Those of the model as it was given or as with() left it.
  std::vector<float> values() const;
  // The model with other values, ready to be saved. values.size() == size().
  const nn::ModelDesc& with(std::span<const float> values);
  const nn::ModelDesc& model() const { return model_; }
  // The model itself; plans and with() are no more.
  nn::ModelDesc release() { return std::move(model_); }

  // The unfused plan, its weights being parts of `values`, which must stay where it is.
  nn::Plan plan(std::span<const float> values) const;

 private:
  friend class ParameterList;

  nn::ModelDesc model_;
  std::vector<Parameter> parameters_;
  std::vector<std::vector<float>*> arrays_;  // of parameters_, in model_
  std::vector<nn::NormDesc*> norms_;
  std::map<const float*, std::size_t> offsets_;  // by first element of an array
  std::size_t size_ = 0;
};

}  // namespace hayago::quant
