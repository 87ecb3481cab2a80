#include "kernels/narrow/narrow_pack.h"

#include <cstring>

namespace hayago::kernels {

void pack_narrow(const NarrowShape& shape, const NarrowPacking& packing, const void* weights,
                 void* packed) {
  const NarrowLayout in{shape.type, shape.c_in, 1, 1};
  const auto element = static_cast<std::size_t>(in.element_bytes());
  const std::size_t pixel = static_cast<std::size_t>(in.pixel_bytes()) / element;  // elements
  const std::size_t per_group = 4 / element;
  const auto groups = static_cast<std::size_t>(packing.groups(shape));
  const auto panel = static_cast<std::size_t>(packing.panel);
  const auto c_in = static_cast<std::size_t>(shape.c_in);
  const auto c_out = static_cast<std::size_t>(shape.c_out);
  const auto k = static_cast<std::size_t>(shape.k);
  const auto* from = static_cast<const char*>(weights);
  auto* to = static_cast<char*>(packed);
  std::memset(to, 0, static_cast<std::size_t>(packing.panels(shape)) * packing.panel_bytes(shape));
  for (std::size_t tap = 0; tap < k * k; ++tap) {
    for (std::size_t i = 0; i < c_in; ++i) {
      const std::size_t in_run = tap % k * pixel + i;
      const std::size_t group = tap / k * groups + in_run / per_group;
      for (std::size_t o = 0; o < c_out; ++o, from += element) {
        const std::size_t in_panel = (group * panel + o % panel) * per_group + in_run % per_group;
        std::memcpy(to + o / panel * packing.panel_bytes(shape) + in_panel * element, from,
                    element);
      }
    }
  }
}

}  // namespace hayago::kernels
