// Winograd scales of int8 layers in files.
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/nn/tensor_files.h"

namespace hayago::test {
namespace {

TEST_CASE("Winograd scales of a file may be absent, not wrong", "[nn][model][tensors]") {
  const nn::ModelDesc model = int8_model(net("b4c32"));
  const std::string good = nn::serialize_tensor_model(model, FloatStorage::kF32, {});
  const std::string layer = model.int8_layers.begin()->first, form = layer + ".winograd2";
  const auto reason = [&](const auto& change) { return refusal(changed(good, change)); };
  const auto set = [&](const std::string& tensor, int value) {
    return [=](TensorFile& f) {
      static std::string bytes;
      bytes = f.tensors.at(tensor).bytes;
      std::memcpy(bytes.data() + 8, &value, sizeof value);
      f.tensors[tensor].bytes = bytes;
    };
  };
  const std::string old = changed(good, [&](TensorFile& f) {
    f.tensors.erase(form + ".factors");
    f.tensors.erase(form + ".zeros");
  });
  const auto forms =
      nn::load_model_from_memory(old, "x.safetensors").int8_layers.at(layer).winograd;
  REQUIRE(forms.size() == 1);
  CHECK(forms[0].outputs == 4);
  const std::string prefix = "test.safetensors: tensor '" + form;
  CHECK(reason([&](TensorFile& f) { f.tensors.erase(form + ".zeros"); }) ==
        prefix + ".zeros': is missing");
  CHECK(reason([&](TensorFile& f) {
          nn::TensorInfo& info = f.tensors[form + ".factors"];
          info.bytes.remove_suffix(4);
          --info.shape[0];
        }) == prefix + ".factors': 15 values (expected 16)");
  CHECK(reason([&](TensorFile& f) { f.tensors[form + ".zeros"].type = "F32"; }) ==
        prefix + ".zeros': type F32 (expected I32)");
  CHECK(reason(set(form + ".factors", 0)) == prefix + ".factors': value 0 (expected 1 to 32767)");
  CHECK(reason(set(form + ".factors", 32768)) ==
        prefix + ".factors': value 32768 (expected 1 to 32767)");
  CHECK(reason(set(form + ".zeros", -1)) == prefix + ".zeros': value -1 (expected 0 to 255)");
}

}  // namespace
}  // namespace hayago::test
