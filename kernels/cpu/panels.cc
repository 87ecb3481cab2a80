#include "kernels/cpu/panels.h"

namespace hayago::kernels {

void pack_panels(const float* weights, int taps, int c_in, int c_out, int lanes,
                 const Split& panels, float* packed) noexcept {
  const std::size_t rows = static_cast<std::size_t>(taps) * c_in;
  for (int panel = 0; panel < panels.parts; ++panel) {
    const int first = panels.begin(panel) * lanes, width = panels.size(panel) * lanes;
    for (std::size_t row = 0; row < rows; ++row) {
      for (int c = first; c < first + width; ++c) {
        *packed++ = c < c_out ? weights[row * c_out + c] : 0.0f;
      }
    }
  }
}

}  // namespace hayago::kernels
