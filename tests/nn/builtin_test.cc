// The network in the program.
#include <catch2/catch.hpp>

#include "nn/default/builtin.h"
#include "nn/model/load.h"
#include "nn/model/model_file.h"
#include "nn/model/tensor_file.h"
#include "nn/model/write.h"
#include "tests/support/process.h"

namespace hayago::test {

TEST_CASE("the built-in network is a small file like others", "[nn][model]") {
  CHECK(nn::builtin_network().size() <= 1'500'000);
  CHECK(nn::ModelFile(std::string(nn::kBuiltinModel)).view().data() ==
        nn::builtin_network().data());
  const nn::ModelDesc model = nn::load_model(std::string(nn::kBuiltinModel));
  CHECK(model.sha256.size() == 64);
  CHECK(nn::kind_string(model) == "convnet");
  const TempDir folder;
  const std::string path = folder.path() + "/net.bin.gz";
  nn::save_model(model, path);
  CHECK(nn::serialize_model(nn::load_model(path), false) == nn::serialize_model(model, false));
}

TEST_CASE("the built-in network says where it is from", "[nn][model]") {
  REQUIRE(nn::is_tensor_file(nn::kBuiltinModel));
  const nn::OpenTensorFile file{std::string(nn::kBuiltinModel)};
  CHECK(file.content().metadata.at("source").starts_with("distilled-"));
  CHECK(file.content().metadata.at("source_sha256").size() == 64);
}

}  // namespace hayago::test
