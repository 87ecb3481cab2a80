#include "gtp/cli/version.h"

#include <fmt/format.h>

#include <array>
#include <iostream>

#include "gtp/cli/identity.h"
#include "gtp/cmd/commands.h"
#include "gtp/config/backend.h"
#include "kernels/isa.h"
#include "search/board/board.h"

namespace hayago::gtp {
namespace {

std::string usable_isas() {
  using kernels::Isa;
  std::string names;
  for (const Isa isa : kernels::kAllIsas) {
    if (!kernels::isa_usable(isa)) continue;
    names += fmt::format("{}{}", names.empty() ? "" : " ", kernels::isa_name(isa));
  }
  return names;
}

}  // namespace

std::string version_text() {
#if defined(__clang__)
  const std::string compiler =
      fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  const std::string compiler =
      fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  const std::string compiler = "unknown";
#endif
  return fmt::format(
      "KataGo v{} compatible: hayago {}\n"
      "Compiler: {}\n"
      "Instruction sets usable here: {} (best: {})\n"
      "{}\n"
      "Largest board: {}x{}\n",
      kCompatibleVersion, kVersion, compiler, usable_isas(), kernels::isa_name(kernels::best_isa()),
      describe_devices(cuda_devices()), search::kMaxBoard, search::kMaxBoard);
}

int run_version(const Args&) {
  std::cout << version_text();
  return 0;
}

}  // namespace hayago::gtp
