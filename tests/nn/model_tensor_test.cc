// Networks in safetensors files.
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "nn/exec/cpu/cpu_executor.h"
#include "nn/model/fold.h"
#include "nn/model/load.h"
#include "nn/model/mapped_file.h"
#include "nn/model/safetensors.h"
#include "nn/model/tensor_file.h"
#include "nn/model/tensor_model.h"
#include "nn/model/write.h"
#include "nn/plan/fuse.h"
#include "tests/nn/exec_nets.h"
#include "tests/nn/exec_support.h"
#include "tests/nn/tensor_files.h"
#include "tests/support/process.h"

namespace hayago::test {
namespace {

TEST_CASE("float networks come back from safetensors as they were", "[nn][model][tensors]") {
  for (const auto& options : small_nets()) {
    const nn::ModelDesc model = nn::synth_model(options);
    const std::string bytes = nn::serialize_tensor_model(model, FloatStorage::kF32, {});
    const nn::ModelDesc again = nn::load_model_from_memory(bytes, "net.safetensors");
    INFO(describe(options));
    CHECK(nn::serialize_model(again, false) == nn::serialize_model(model, false));
    CHECK(again.int8_layers.empty());
    // Weights as halves: a smaller file, nearly the same network.
    const std::string halves = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
    CHECK(halves.size() < bytes.size());
    CHECK(nn::parameter_count(nn::load_model_from_memory(halves, "net.safetensors")) ==
          nn::parameter_count(model));
  }
}

TEST_CASE("int8 networks come back with every bit of their arithmetic", "[nn][model][tensors]") {
  for (const char* arch : {"b4c32", "b3c64nbt", "b2c32h4tf"}) {
    const nn::ModelDesc model = int8_model(net(arch));
    REQUIRE_FALSE(model.int8_layers.empty());
    const std::string bytes = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
    const nn::ModelDesc again = nn::load_model_from_memory(bytes, "net.safetensors");
    REQUIRE(again.int8_layers.size() == model.int8_layers.size());
    CHECK(again.narrow_attention == model.narrow_attention);
    for (const auto& [name, layer] : model.int8_layers) {
      const nn::LayerQuantization& other = again.int8_layers.at(name);
      INFO(arch << " " << name);
      CHECK(other.scale == layer.scale);
      CHECK(other.zero == layer.zero);
      CHECK(other.channel_scales == layer.channel_scales);
      CHECK(other.fine == layer.fine);
      CHECK(other.winograd == layer.winograd);
      CHECK(other.weights->weights == layer.weights->weights);
      CHECK(other.weights->scales == layer.weights->scales);
      CHECK(other.weights->offsets == layer.weights->offsets);
    }
    if (!kernels::narrow_usable(kernels::best_isa(), kernels::NarrowType::kU8)) continue;
    const auto executor = nn::make_cpu_executor(again);
    CHECK(executor->description().ends_with("int8"));
    nn::CpuOptions in_float;
    in_float.precision = "fp32";
    const auto exact = nn::make_cpu_executor(again, in_float);
    const TestInput input = random_input(executor->info(), 9, 9, 9, 9, 4);
    const double difference =
        worst_relative(run_one(*exact, 9, 9, input), run_one(*executor, 9, 9, input));
    CHECK(difference > 0);
    CHECK(difference < 0.35);
  }
}

TEST_CASE("arrays of one number are in the text", "[nn][model][tensors]") {
  nn::ModelDesc model = nn::synth_model(net("b4c32"));
  nn::NormDesc& norm = *model.trunk.tip_norm;
  std::fill(norm.mean.begin(), norm.mean.end(), -0.1f);
  const std::string bytes = nn::serialize_tensor_model(model, FloatStorage::kF16All, {});
  CHECK(nn::parse_tensors(bytes, "x").tensors.count(norm.name + ".mean") == 0);
  const nn::ModelDesc again = nn::load_model_from_memory(bytes, "net.safetensors");
  CHECK(again.trunk.tip_norm->mean == norm.mean);
  for (const char* wrong : {"all:", "all:0.1x", "all:inf"}) {
    const std::string refused = refusal(changed(bytes, [&](TensorFile& f) {
      std::string& text = f.metadata["network"];
      text.replace(text.find("all:-0.1"), 8, wrong);
    }));
    CHECK(refused ==
          std::string("test.safetensors: array '") + wrong + "': expected a number behind 'all:'");
  }
}

TEST_CASE("norms may be reduced to a scale and a bias", "[nn][model]") {
  for (const auto& options : small_nets()) {
    nn::ModelDesc model = nn::synth_model(options);
    nn::CpuOptions in_float;
    in_float.precision = "fp32";
    const auto before = nn::make_cpu_executor(model, in_float);
    const TestInput input = random_input(before->info(), 9, 9, 9, 9, 4);
    const TestOutput expected = run_one(*before, 9, 9, input);
    const std::size_t size = nn::serialize_tensor_model(model, FloatStorage::kF16All, {}).size();
    nn::reduce_norms(model);
    INFO(describe(options));
    CHECK(nn::serialize_tensor_model(model, FloatStorage::kF16All, {}).size() < size);
    // The scale is divided by the root of a sum that may be off by one rounding.
    CHECK(worst_relative(expected, run_one(*nn::make_cpu_executor(model, in_float), 9, 9, input)) <
          1e-5);
  }
}

TEST_CASE("layers in float may have integer weights, and arrays halves", "[nn][model][tensors]") {
  nn::ModelDesc model = nn::synth_model(net("b4c32"));
  nn::ConvDesc& first = model.trunk.initial_conv;
  const auto integers = std::make_shared<const nn::QuantizedWeights>(
      nn::quantize_weights(first.weights, first.c_out, {}));
  model.trunk.tip_norm->variance[0] = 1e-7f;  // below what halves hold to their precision
  const std::string bytes =
      nn::serialize_tensor_model(model, FloatStorage::kF16All, {}, {{first.name, integers}});
  CHECK(bytes.size() < nn::serialize_tensor_model(model, FloatStorage::kF16, {}).size());
  const TensorFile content = nn::parse_tensors(bytes, "x");
  CHECK(content.tensors.at(first.name + ".weights").type == "I8");
  CHECK(content.tensors.at(model.trunk.tip_norm->name + ".mean").type == "F16");
  CHECK(content.tensors.at(model.trunk.tip_norm->name + ".variance").type == "F32");
  const nn::ModelDesc again = nn::load_model_from_memory(bytes, "net.safetensors");
  CHECK(again.int8_layers.empty());
  CHECK(again.trunk.tip_norm->variance == model.trunk.tip_norm->variance);
  REQUIRE(again.trunk.initial_conv.weights.size() == first.weights.size());
  float worst = 0;
  for (std::size_t i = 0; i < first.weights.size(); ++i) {
    const std::size_t o = i % integers->scales.size();
    const float stored = static_cast<float>(integers->weights[i]) * integers->scales[o];
    worst = std::max(worst, std::abs(again.trunk.initial_conv.weights[i] - stored));
  }
  CHECK(worst == 0);
  CHECK_THROWS_WITH(
      nn::serialize_tensor_model(model, FloatStorage::kF16All, {}, {{"no", integers}}),
      "layer 'no' with int8 weights does not exist");
}

TEST_CASE("files are written whole and found by their ending", "[nn][model][tensors]") {
  const TempDir folder;
  const std::string path = folder.path() + "/net.safetensors";
  const nn::ModelDesc model = nn::synth_model(net("b2c16"));
  nn::save_model(model, path);
  CHECK(nn::serialize_model(nn::load_model(path), false) == nn::serialize_model(model, false));
  CHECK_THROWS_WITH(nn::save_model(model, folder.path() + "/none/net.safetensors"),
                    Catch::Contains("cannot be created"));
}

TEST_CASE("what does not fit is refused with the tensor's name", "[nn][model][tensors]") {
  const nn::ModelDesc model = int8_model(net("b4c32"));
  const std::string good = nn::serialize_tensor_model(model, FloatStorage::kF32, {});
  CHECK(refusal(good) == "accepted");
  const std::string layer = model.int8_layers.begin()->first, weights = layer + ".weights";
  const auto reason = [&](const auto& change) { return refusal(changed(good, change)); };
  const auto has = [](const std::string& text, const std::string& part) {
    INFO(text << " / " << part);
    CHECK(text.find(part) != std::string::npos);
  };
  has(reason([&](TensorFile& f) { f.tensors.erase(weights); }),
      "test.safetensors: tensor '" + weights + "': is missing");
  has(reason([&](TensorFile& f) { f.tensors.erase(weights + ".scales"); }),
      "tensor '" + weights + ".scales': is missing");
  has(reason([&](TensorFile& f) {
        nn::TensorInfo& info = f.tensors[weights];
        info.bytes.remove_suffix(1);
        --info.shape[0];
      }),
      "tensor '" + weights + "': 9215 values (expected 9216)");
  const std::string nan("\0\0\xc0\x7f", 4);
  has(reason([&](TensorFile& f) {
        f.tensors[weights + ".scales"] = {"F32", {1}, nan};
      }),
      weights + ".scales': value 0 is nan");
  has(reason([&](TensorFile& f) {
        nn::TensorInfo& info = f.tensors[weights + ".scales"];
        info.bytes.remove_suffix(4);
        --info.shape[0];
      }),
      "tensor '" + weights + ".scales': 31 scales do not fit 9216 weights");
  const std::string negative("\0\0\x80\xbf", 4), lowest(9216, '\x80');
  has(reason([&](TensorFile& f) {
        f.tensors[weights + ".scales"] = {"F32", {1}, negative};
      }),
      weights + ".scales': scale -1 (expected a positive number)");
  has(reason([&](TensorFile& f) {
        f.tensors[layer + ".input.scales"] = {"F32", {1}, nan};
      }),
      layer + ".input.scales': value 0 is nan");
  has(reason([&](TensorFile& f) { f.tensors[weights].bytes = lowest; }),
      "tensor '" + weights + "': value 0 is -128");
  has(reason([&](TensorFile& f) { f.tensors[weights + ".scales"].type = "I32"; }),
      weights + ".scales': type I32 (expected F32 or F16)");
  const std::string first = "conv_spatial.weights";
  REQUIRE(nn::parse_tensors(good, "x").tensors.count(first) == 1);
  std::string not_finite(nn::parse_tensors(good, "x").tensors.at(first).bytes);
  not_finite.replace(8, 4, nan);
  has(reason([&](TensorFile& f) { f.tensors[first].bytes = not_finite; }),
      "tensor '" + first + "': value 2 is nan");
  has(reason([&](TensorFile& f) { f.tensors[first].type = "I32"; }),
      "tensor '" + first + "': type I32");
  has(reason([&](TensorFile& f) {
        f.metadata["int8"] = R"({")" + layer + R"(":{"scale":0.1,"zero":256}})";
      }),
      weights + "': input zero point 256 (expected 0 to 255)");
  has(reason([&](TensorFile& f) {
        f.metadata["int8"] = R"({")" + layer + R"(":{"scale":-0.1,"zero":2}})";
      }),
      weights + "': input scale -0.1 (expected a positive number)");
  has(reason([&](TensorFile& f) {
        f.metadata["int8"] = R"({")" + layer + R"(":{"scale":0.1,"zero":2,"fine":"0g"}})";
      }),
      weights + "': metadata 'int8' has 'fine' that is no text of hexadecimal digits");
  const std::string half("\x00\x38", 2);  // 0.5
  has(reason([&](TensorFile& f) {
        f.tensors[weights + ".offsets"] = {"F16", {1}, half};
      }),
      weights + ".offsets': offset 0.5 (expected an integer)");
  has(reason([](TensorFile& f) { f.metadata.erase("network"); }), "without a network of ours");
  has(reason([](TensorFile& f) { f.metadata["format"] = "hayago-network 2"; }),
      "format 'hayago-network 2' (expected 'hayago-network 1')");
  has(reason([](TensorFile& f) { f.metadata["int8"] = "{}"; }), "no scale and zero of its input");
  has(reason([](TensorFile& f) { f.metadata["int8"] = "["; }), "'int8' is not a JSON object");
  has(refusal("short"), "too few");
  has(refusal(good + "x"), "1 bytes behind the last tensor");
  has(refusal(good.substr(0, good.size() - 1)), "tensor '");
}

TEST_CASE("checksums find what changed and name it", "[nn][model][tensors]") {
  const nn::ModelDesc model = int8_model(net("b4c32"));
  const std::string good = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
  const std::string layer = model.int8_layers.begin()->first, weights = layer + ".weights";
  const auto reason = [&](const auto& change) { return refusal(changed(good, change, true)); };
  const auto has = [](const std::string& text, const std::string& part) {
    INFO(text << " / " << part);
    CHECK(text.find(part) != std::string::npos);
  };
  CHECK(reason([](TensorFile&) {}) == "accepted");
  const TensorFile content = nn::parse_tensors(good, "x");
  for (const auto& [name, info] : content.tensors) {
    std::string other(info.bytes);
    other.back() ^= 1;
    has(reason([&, &tensor = name](TensorFile& f) { f.tensors[tensor].bytes = other; }),
        "test.safetensors: tensor '" + name + "': checksum ");
  }
  has(reason([&](TensorFile& f) { f.tensors.erase(weights + ".offsets"); }),
      "tensor '" + weights + ".offsets': is missing");
  for (const char* text : {"network", "int8"}) {
    has(reason([&](TensorFile& f) { f.metadata[text] += " "; }),
        fmt::format("metadata '{}': checksum ", text));
  }
  has(reason([](TensorFile& f) { f.metadata["crc32"] = R"({"network":"1"})"; }),
      "metadata 'network': metadata 'crc32' has no number for it");
  has(reason([](TensorFile& f) { f.metadata["crc32"] = "[]"; }), "'crc32' is not a JSON object");
}

TEST_CASE("weights that do not fit into halves stay floats", "[nn][model][tensors]") {
  nn::ModelDesc model = nn::synth_model(net("b2c16"));
  const auto scaled = [&](float factor) {
    nn::ModelDesc other = nn::synth_model(net("b2c16"));
    for (float& w : other.trunk.initial_conv.weights) w *= factor;
    return other;
  };
  const std::string name = model.trunk.initial_conv.name + ".weights";
  const auto type = [&](const nn::ModelDesc& m) {
    return nn::parse_tensors(nn::serialize_tensor_model(m, FloatStorage::kF16, {}), "x")
        .tensors.at(name)
        .type;
  };
  CHECK(type(scaled(1)) == "F16");
  for (const float factor : {1e7f, 1e-7f}) {
    const nn::ModelDesc other = scaled(factor);
    CHECK(type(other) == "F32");
    const nn::ModelDesc again = nn::load_model_from_memory(
        nn::serialize_tensor_model(other, FloatStorage::kF16, {}), "net.safetensors");
    CHECK(again.trunk.initial_conv.weights == other.trunk.initial_conv.weights);
  }
  CHECK(nn::fits_half(std::vector<float>{0, 65504, -1}));
  CHECK_FALSE(nn::fits_half(std::vector<float>{0, 65520, -1}));
  CHECK(nn::fits_half(std::vector<float>(3, 0.0f)));
}

TEST_CASE("files are mapped only while they are loaded", "[nn][model][tensors]") {
  const TempDir folder;
  const std::string path = folder.path() + "/net.safetensors";
  nn::save_model(nn::synth_model(net("b2c16")), path);
  CHECK(nn::MappedFile(path).is_mapped());
  const nn::ModelDesc model = nn::load_model(path);
  std::ifstream maps("/proc/self/maps");
  const std::string map_lines{std::istreambuf_iterator<char>(maps), {}};
  CHECK(map_lines.find(path) == std::string::npos);
  // Somebody empties the file: the loaded network does not notice.
  std::filesystem::resize_file(path, 0);
  const auto executor = nn::make_cpu_executor(model);
  const TestInput input = random_input(executor->info(), 9, 9, 9, 9, 4);
  CHECK(std::isfinite(run_one(*executor, 9, 9, input).value[0]));
  CHECK_THROWS_WITH(nn::load_model(path), Catch::Contains("0 bytes are too few"));
  CHECK_THROWS_WITH(nn::load_model(folder.path() + "/none.safetensors"),
                    Catch::Contains("cannot be opened"));
}

TEST_CASE("safetensors files may be one gzip member", "[nn][model][tensors]") {
  const TempDir folder;
  const std::string plain = folder.path() + "/net.safetensors", small = plain + ".gz";
  const nn::ModelDesc model = nn::synth_model(net("b4c32"));
  for (const std::string& path : {plain, small}) {
    nn::save_tensor_model(model, FloatStorage::kF16All, {{"note", "kept"}}, path);
    CHECK(nn::is_tensor_file(path));
    CHECK(nn::OpenTensorFile(path).content().metadata.at("note") == "kept");
  }
  CHECK(nn::serialize_model(nn::load_model(small), false) ==
        nn::serialize_model(nn::load_model(plain), false));
  const std::string bytes(nn::MappedFile(small).view());
  REQUIRE(bytes.starts_with("\x1f\x8b"));
  CHECK(bytes.size() < std::filesystem::file_size(plain));
  CHECK_THROWS_WITH(nn::load_model_from_memory(bytes.substr(0, bytes.size() / 2), small),
                    Catch::Contains("ends early"));
  CHECK_THROWS_WITH(nn::load_model_from_memory(nn::MappedFile(plain).view(), small),
                    Catch::Contains("not gzip-compressed"));
}

TEST_CASE("what cannot be mapped is read", "[nn][model][tensors]") {
  const TempDir folder;
  const std::string path = folder.path() + "/pipe.safetensors";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const nn::ModelDesc model = nn::synth_model(net("b4c32"));
  std::thread writer([&] {
    std::ofstream(path, std::ios::binary)
        << nn::serialize_tensor_model(model, FloatStorage::kF32, {});
  });
  const nn::ModelDesc again = nn::load_model(path);
  writer.join();
  CHECK(nn::serialize_model(again, false) == nn::serialize_model(model, false));
}

TEST_CASE("damaged safetensors files are refused or loaded, never more", "[nn][model][tensors]") {
  const nn::ModelDesc model = int8_model(net("b4c32"));
  const std::string good = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    refused += refusal(good.substr(0, random() % good.size())) != "accepted" ? 1 : 0;
  }
  CHECK(refused == 200);
  const std::size_t header = 8 + 4096;  // where damage is most likely to be noticed
  for (int i = 0; i < 400; ++i) {
    std::string damaged = good;
    const std::size_t at = random() % (i % 2 == 0 ? header : good.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    CHECK_NOTHROW(refusal(damaged));
  }
  const nn::TensorFile content = nn::parse_tensors(good, "x");
  std::size_t data = 0;
  for (const auto& [name, info] : content.tensors) data += info.bytes.size();
  for (int i = 0; i < 100; ++i) {
    std::string damaged = good;
    const std::size_t at = good.size() - 1 - random() % data;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    CHECK(refusal(damaged).find("checksum") != std::string::npos);
  }
}

TEST_CASE("attention in int16 has to be in the network", "[nn][model][tensors]") {
  nn::ModelDesc model = nn::synth_model(net("b2c32h4tf"));
  model.narrow_attention = nn::narrow_attention(nn::build_plan(model));
  REQUIRE(model.narrow_attention.size() == 2);
  const std::string good = nn::serialize_tensor_model(model, FloatStorage::kF16, {});
  const nn::ModelDesc again = nn::load_model_from_memory(good, "test.safetensors");
  CHECK(again.narrow_attention == model.narrow_attention);
  CHECK(again.int8_layers.empty());
  CHECK(again.has_int8());
  const auto with = [&](const char* int8) {
    return refusal(changed(good, [&](TensorFile& f) { f.metadata["int8"] = int8; }));
  };
  CHECK(with(R"({"nowhere":{"attention":"int16"}})") ==
        "test.safetensors: metadata 'int8': the network has no attention 'nowhere'");
  CHECK(with(R"({"nowhere":{"attention":"int4"}})") ==
        "test.safetensors: tensor 'nowhere.weights': expected int8 weights");
  model.narrow_attention.insert("nowhere");
  CHECK_THROWS_WITH(nn::serialize_tensor_model(model, FloatStorage::kF16, {}),
                    "int16 attention 'nowhere' does not exist in the network");
}

TEST_CASE("layers that cannot be written in int8 are named", "[nn][model][tensors]") {
  nn::ModelDesc model = nn::synth_model(net("b4c32"));
  model.int8_layers["nowhere"] = {};
  CHECK_THROWS_WITH(nn::serialize_tensor_model(model, FloatStorage::kF32, {}),
                    "int8 layer 'nowhere' does not exist in the network");
  model.int8_layers.clear();
  model.int8_layers["conv_spatial"] = {};
  CHECK_THROWS_WITH(nn::serialize_tensor_model(model, FloatStorage::kF32, {}),
                    Catch::Contains("int8 layer 'conv_spatial' has 0 integer weights instead of"));
}

}  // namespace
}  // namespace hayago::test
