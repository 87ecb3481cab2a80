#include "kernels/narrow/narrow_pack.h"

#include <algorithm>
#include <cstring>

namespace hayago::kernels {
namespace {

// Networks are packed while somebody waits: the innermost loop has no divisions.
template <class Element>
void pack_elements(const NarrowShape& shape, const NarrowPacking& packing, const Element* from,
                   Element* to) {
  const auto per_group =
      static_cast<std::size_t>(NarrowPacking::group_bytes(shape.type)) / sizeof(Element);
  const std::size_t pixel =
      static_cast<std::size_t>(NarrowLayout{shape.type, shape.c_in, 1, 1}.pixel_bytes()) /
      sizeof(Element);
  const auto groups = static_cast<std::size_t>(packing.groups(shape));
  const auto panel = static_cast<std::size_t>(packing.panel);
  const std::size_t panel_elements = packing.panel_bytes(shape) / sizeof(Element);
  const auto c_in = static_cast<std::size_t>(shape.c_in);
  const auto c_out = static_cast<std::size_t>(shape.c_out);
  const auto k = static_cast<std::size_t>(shape.k);
  for (std::size_t tap = 0; tap < k * k; ++tap) {
    for (std::size_t i = 0; i < c_in; ++i) {
      const std::size_t in_run = tap % k * pixel + i;
      const std::size_t group = tap / k * groups + in_run / per_group;
      Element* row = to + group * panel * per_group + in_run % per_group;
      for (std::size_t o = 0; o < c_out; o += panel, row += panel_elements) {
        const std::size_t outputs = std::min(panel, c_out - o);
        for (std::size_t j = 0; j < outputs; ++j) row[j * per_group] = from[j];
        from += outputs;
      }
    }
  }
}

}  // namespace

void pack_narrow(const NarrowShape& shape, const NarrowPacking& packing, const void* weights,
                 void* packed) {
  std::memset(packed, 0,
              static_cast<std::size_t>(packing.panels(shape)) * packing.panel_bytes(shape));
  if (shape.type == NarrowType::kU8) {
    pack_elements(shape, packing, static_cast<const std::int8_t*>(weights),
                  static_cast<std::int8_t*>(packed));
  } else {
    pack_elements(shape, packing, static_cast<const std::uint16_t*>(weights),
                  static_cast<std::uint16_t*>(packed));
  }
}

}  // namespace hayago::kernels
