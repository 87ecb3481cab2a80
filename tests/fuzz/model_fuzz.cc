// Any bytes are refused with a message or give a network that can be written and read again.
// fuzz-runs: 40000
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nn/exec/executor.h"
#include "nn/model/load.h"
#include "nn/model/write.h"

using hayago::nn::ModelDesc;
using hayago::nn::ModelError;

namespace {

// The flavour that gets furthest with these bytes.
const char* file_name(std::string_view bytes) {
  if (bytes.starts_with("\x1f\x8b")) return "fuzz.gz";
  if (bytes.substr(0, 9).ends_with('{')) return "fuzz.safetensors";  // behind the header's length
  return bytes.find("@BIN@") != bytes.npos ? "fuzz.bin" : "fuzz.txt";
}

void check_round_trip(const ModelDesc& model) {
  const std::string binary = hayago::nn::serialize_model(model, false);
  const ModelDesc again = hayago::nn::load_model_from_memory(binary, "again.bin");
  if (hayago::nn::serialize_model(again, false) != binary) std::abort();
  if (hayago::nn::net_info(again).parameters != hayago::nn::parameter_count(model)) std::abort();
  if (!(hayago::nn::macs_per_position(model, 19, 19) > 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    check_round_trip(hayago::nn::load_model_from_memory(bytes, file_name(bytes)));
  } catch (const ModelError& error) {
    if (error.what()[0] == '\0') std::abort();
  }
  return 0;
}
