// How many blocks of how many threads a launch starts; the same for the device and the emulation.
#pragma once

namespace hayago::kernels {

struct Grid {
  int x = 1, y = 1, z = 1;
  int threads = 256;
  int shared_bytes = 0;
};

}  // namespace hayago::kernels
