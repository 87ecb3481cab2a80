// Small random networks that together contain every block kind, tip, head form and feature set.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "nn/model/write.h"

namespace hayago::test {

inline std::vector<nn::SynthOptions> small_nets() {
  std::vector<nn::SynthOptions> nets;
  const auto add = [&](const char* arch, std::optional<int> version = {}) -> nn::SynthOptions& {
    nn::SynthOptions& options = nets.emplace_back();
    options.arch = arch;
    options.version = version;
    options.seed = 100 + nets.size();
    return options;
  };
  for (const int version : {3, 4, 5, 6, 7, 8}) add("b2c16", version);
  add("b2c16", 11).activation = kernels::Act::kIdentity;
  add("b4c32");
  add("b1c6nbt");
  add("b3c64nbt", 16).activation = kernels::Act::kSilu;
  add("b3c64nbt", 15).meta = true;
  add("b2c32h4tf");
  add("b2c32h4tf").tip = "rms";
  add("b2c32h4tf").tip = "rms-spatial";
  add("b2c32h4tf").rope = "learned";
  add("b2c32h4tf").rope = "none";
  add("b2c32h4tf", 17).policy_channels = 4;
  add("b2c64nbttf");
  return nets;
}

inline std::string describe(const nn::SynthOptions& o) {
  return o.arch + " version " + (o.version ? std::to_string(*o.version) : "default") + " tip " +
         o.tip + " rope " + o.rope + (o.meta ? " meta" : "");
}

}  // namespace hayago::test
