#include "nn/default/builtin.h"

#include <cstddef>

// HAYAGO_BUILTIN_NETWORK is the file's path, from CMakeLists.txt.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global hayago_builtin_network\n"
    "hayago_builtin_network:\n"
    ".incbin \"" HAYAGO_BUILTIN_NETWORK
    "\"\n"
    ".global hayago_builtin_network_end\n"
    "hayago_builtin_network_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char hayago_builtin_network[];
extern const char hayago_builtin_network_end[];
}

namespace hayago::nn {

std::string_view builtin_network() {
  return {hayago_builtin_network,
          static_cast<std::size_t>(hayago_builtin_network_end - hayago_builtin_network)};
}

}  // namespace hayago::nn
