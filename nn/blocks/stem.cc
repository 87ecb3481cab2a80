// spec/02 section 3:  t = conv(spatial) + mm(global) [+ metaEncoder(meta)], unmasked
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit_stem(PlanBuilder& b, const TrunkDesc& trunk, TensorId spatial, TensorId global,
                   TensorId meta) {
  TensorId row = b.matmul(global, trunk.initial_matmul);
  if (trunk.meta_encoder) row = b.add(row, emit_meta_encoder(b, *trunk.meta_encoder, meta));
  return b.add_row_bias(b.conv(spatial, trunk.initial_conv), row);
}

}  // namespace hayago::nn
