// spec/02 section 6: the norm and activation between the trunk and the heads.
#include "nn/blocks/blocks.h"

namespace hayago::nn {

TensorId emit_tip(PlanBuilder& b, const TrunkDesc& trunk, TensorId stream) {
  if (trunk.tip_rms) return b.rms_norm(stream, *trunk.tip_rms, trunk.tip_act);
  return b.norm_act(stream, *trunk.tip_norm, trunk.tip_act);
}

}  // namespace hayago::nn
