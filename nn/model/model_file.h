// What a network's name stands for: a file, or the network in the program.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "nn/model/mapped_file.h"

namespace hayago::nn {

class ModelFile {
 public:
  // kBuiltinModel (nn/default/builtin.h) or a path. Throws ModelError as MappedFile does.
  explicit ModelFile(const std::string& name);

  std::string_view view() const { return view_; }

 private:
  std::optional<MappedFile> file_;
  std::string_view view_;
};

}  // namespace hayago::nn
