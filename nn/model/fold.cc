#include "nn/model/fold.h"

#include <cmath>

namespace hayago::nn {

void fold_norm(NormDesc& norm) {
  const std::size_t n = norm.mean.size();
  norm.a.resize(n);
  norm.b.resize(n);
  for (std::size_t c = 0; c < n; ++c) {
    const float scale = norm.has_scale ? norm.scale[c] : 1.0f;
    const float bias = norm.has_bias ? norm.bias[c] : 0.0f;
    norm.a[c] = scale / std::sqrt(norm.variance[c] + norm.eps);
    norm.b[c] = bias - norm.a[c] * norm.mean[c];
  }
}

}  // namespace hayago::nn
