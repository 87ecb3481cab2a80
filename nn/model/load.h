// Reading network files (spec/01).
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "nn/model/desc.h"

namespace hayago::nn {

// Thrown for every file that cannot be used; what() names the file, the place (record name or byte)
// and what was expected.
class ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct LoadOptions {
  bool sha256 = true;  // of the file; players do not need it, and it takes longer than all the rest
};

// Loads by file ending (spec/01 section 2); kBuiltinModel is the network in the program. Throws
// ModelError.
ModelDesc load_model(const std::string& path, const LoadOptions& options = {});

// The same from memory; `name` supplies the ending and is used in messages.
ModelDesc load_model_from_memory(std::string_view bytes, const std::string& name,
                                 const LoadOptions& options = {});

// Derived numbers of spec/01 sections 10 and 11.
long long parameter_count(const ModelDesc& model);
std::string kind_string(const ModelDesc& model);  // "convnet", "nbt transformer", ...
double macs_per_position(const ModelDesc& model, int height, int width);

}  // namespace hayago::nn
