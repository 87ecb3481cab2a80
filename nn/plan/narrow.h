// Which products of a plan compute with narrow numbers, and the tensors between them.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "nn/plan/plan.h"

namespace hayago::nn {

struct Precision {
  // kBf16: all products that can. kFp16: those that are 1x1; halves multiply twice as fast as
  // floats, but a 3x3 convolution of floats in Winograd form needs 3.6 times fewer products. kInt8:
  // the layers of the map. The others stay in float.
  enum class Kind { kFp32, kBf16, kFp16, kInt8 };
  Kind kind = Kind::kFp32;
  std::map<std::string, LayerQuantization> layers;  // by name of the convolution or product
  std::set<std::string> attention;                  // names of blocks; in 16-bit integers

  bool contains(const std::string& name) const {
    return layers.contains(name) || attention.contains(name);
  }
  // Whether it was there.
  bool erase(const std::string& name) { return layers.erase(name) + attention.erase(name) > 0; }
};

// What its narrow products multiply; nullopt for kFp32.
std::optional<kernels::NarrowType> narrow_type(Precision::Kind kind);

// Products that may be narrow: of pixels, 1x1 or 3x3, at least 16 channels in, not full_precision.
bool can_be_narrow(const Plan& plan, const Op& op);

// A product that may be narrow.
struct NarrowLayer {
  std::string name;
  std::size_t op = 0;  // index in the plan
  TensorId input = kNoTensor;
  Weights weights;  // [taps][c_in][c_out]; empty in plans of executors
  int c_in = 0, c_out = 0;
};

// All of a plan, in its order.
std::vector<NarrowLayer> narrow_layers(const Plan& plan);
// The blocks whose attention may be narrow: all that have one.
std::set<std::string> narrow_attention(const Plan& plan);

// Throws std::invalid_argument for a layer or attention that the plan lacks or that cannot be
// narrow, a scale that is not positive, and weights of another count.
Plan narrow(const Plan& fused, const Precision& precision);

// weights [..][c_in][c_out], times channel_scales[c_in] unless that is empty; every output
// channel's largest one becomes 127 and the others are rounded to nearest.
QuantizedWeights quantize_weights(Weights weights, int c_out,
                                  std::span<const float> channel_scales);

}  // namespace hayago::nn
