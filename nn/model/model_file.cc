#include "nn/model/model_file.h"

#include "nn/default/builtin.h"

namespace hayago::nn {

ModelFile::ModelFile(const std::string& name) {
  if (name != kBuiltinModel) file_.emplace(name);
  view_ = file_ ? file_->view() : builtin_network();
}

}  // namespace hayago::nn
