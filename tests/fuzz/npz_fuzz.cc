// Archives of training positions: any bytes are either positions or an ArchiveError.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gtp/npz/npy.h"
#include "gtp/npz/training_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayago;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    for (const auto& [name, content] : gtp::read_zip(bytes, "fuzz.npz")) {
      const gtp::NpyArray array = gtp::parse_npy(content, name);
      if (array.count() < 0 || array.data.size() > content.size()) std::abort();
    }
  } catch (const gtp::ArchiveError&) {
  }
  try {
    const gtp::TrainingSet set = gtp::parse_training_set(bytes, "fuzz.npz");
    const auto n = static_cast<std::size_t>(set.count);
    if (set.planes.size() != n * 361 || set.policy.size() != n * 362 || set.value.size() != n) {
      std::abort();
    }
  } catch (const gtp::ArchiveError&) {
  }
  return 0;
}
