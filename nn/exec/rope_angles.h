// Angles of rotary embeddings for one buffer size (spec/02 section 5.2, binary32 as written there).
#pragma once
#include <vector>

#include "nn/plan/op.h"

namespace hayago::nn {

// Cosines and sines of a rope table, each (P, kv_heads, dim/2).
struct RopeAngles {
  std::vector<float> cosines, sines;
};

// A RopeTable that does not point into the model.
class OwnedRopeTable {
 public:
  explicit OwnedRopeTable(const RopeTable& table);
  RopeAngles angles(int height, int width) const;
  int kv_heads() const { return kv_heads_; }
  int dim() const { return dim_; }

 private:
  int kv_heads_, dim_;
  std::vector<float> frequencies_;  // empty: fixed angles
  float theta_;
};

}  // namespace hayago::nn
