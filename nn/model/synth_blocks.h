// Random blocks; each keeps account of the spread of the residual stream it adds to.
#pragma once
#include <string>

#include "nn/model/synth_arch.h"
#include "nn/model/synth_layers.h"

namespace hayago::nn {

class SynthBlocks {
 public:
  SynthBlocks(SynthLayers& layers, const SynthArch& arch) : layers_(layers), arch_(arch) {}

  // `kind` is a letter of SynthArch::blocks. `spread` is the second moment of the stream of
  // `channels` channels, raised by what the block adds: about `branch`.
  Block block(char kind, const std::string& name, int channels, float& spread, float branch);

 private:
  OrdinaryBlock ordinary(const std::string& name, int channels, int mid, float& spread,
                         float branch);
  GPoolBlock gpool(const std::string& name, int channels, int mid, float& spread, float branch);
  std::unique_ptr<NestedBlock> nested(char kind, const std::string& name, int channels,
                                      float& spread, float branch);
  AttentionBlock attention(const std::string& name, int channels, float& spread, float branch);
  FfnBlock ffn(const std::string& name, int channels, float& spread, float branch);
  NormStyle either(NormStyle a, NormStyle b) { return layers_.random.bits() % 2 == 0 ? a : b; }
  std::vector<float> rope_frequencies();

  SynthLayers& layers_;
  const SynthArch& arch_;
};

}  // namespace hayago::nn
