#include "nn/exec/executor.h"
#include "nn/model/layers.h"
#include "nn/model/load.h"

namespace hayago::nn {

NetInfo net_info(const ModelDesc& model) {
  NetInfo info;
  info.name = model.name;
  info.file_name = model.file_name;
  info.sha256 = model.sha256;
  info.version = model.version;
  info.input_version = input_version(model.version);
  info.c_spatial = model.c_spatial;
  info.c_global = model.c_global;
  info.c_meta = model.meta_version > 0 ? kMetaValues : 0;
  info.policy_channels = model.policy.channels;
  info.score_channels = score_channels(model.version);
  info.prefer_pass_alive = model.prefer_pass_alive;
  info.multipliers = model.multipliers;
  info.parameters = parameter_count(model);
  info.macs = mac_counts(model);
  info.kind = kind_string(model);
  return info;
}

}  // namespace hayago::nn
