// spec/02 section 3:  mm3(f2(mm2(f1(mm1(v) + bias1)) + bias2))
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit_meta_encoder(PlanBuilder& b, const MetaEncoderDesc& encoder, TensorId meta) {
  const TensorId one =
      b.activate(b.add_bias(b.matmul(meta, encoder.mul1), encoder.bias1), encoder.act1);
  const TensorId two =
      b.activate(b.add_bias(b.matmul(one, encoder.mul2), encoder.bias2), encoder.act2);
  return b.matmul(two, encoder.mul3);
}

}  // namespace hayago::nn
