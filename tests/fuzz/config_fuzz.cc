// Bytes become a configuration text, and a second part an override. Anything but a value or a
// ConfigError is a fault.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gtp/config/config.h"
#include "gtp/config/load_params.h"
#include "gtp/protocol/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayago::gtp;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Files are out of reach: the fuzzer must not read what happens to lie around.
  if (text.find("@include") != std::string_view::npos) return 0;
  const std::size_t cut = text.find('\f');
  try {
    Config config;
    config.load_text(text.substr(0, cut), "fuzz.cfg");
    if (cut != std::string_view::npos) config.apply_overrides(text.substr(cut + 1));
    load_search_params(config, {}, true);
    load_evaluator_config(config, {});
    load_gtp_settings(config, true);
    for (const std::string& key : config.unused_keys()) {
      if (!config.contains(key)) std::abort();
    }
    // Reading back what was written must give the same pairs, apart from text that needs quotes.
    if (config.dump().size() < config.keys().size() * 4) std::abort();
    config.unused_key_warnings();
  } catch (const ConfigError& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
  return 0;
}
