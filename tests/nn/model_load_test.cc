// Networks written elsewhere load with the known numbers; what we write reads back equal.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nn/exec/executor.h"
#include "nn/model/gz.h"
#include "nn/model/mapped_file.h"
#include "nn/model/sha256.h"
#include "tests/nn/model_edit.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

namespace fs = std::filesystem;

struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "hayago-model-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = pattern;
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
};

std::string read_all(const std::string& path) { return std::string(nn::MappedFile(path).view()); }

TEST_CASE("model: sha256 of known strings", "[model]") {
  CHECK(nn::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(nn::sha256_hex("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(nn::sha256_hex(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // 55, 56 and 64 bytes: the length fits into the last block, does not, starts a new one.
  CHECK(nn::sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(nn::sha256_hex(std::string(55, 'a')) ==
        "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  CHECK(nn::sha256_hex(std::string(64, 'a')) ==
        "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST_CASE("model: the version-8 network of the spec", "[model]") {
  HAYAGO_SHARED_FILE(path, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  const nn::ModelDesc model = nn::load_model(path);
  CHECK(model.name == "g170-b6c96-s175395328-d26788732");
  CHECK(model.file_name == "g170-b6c96-s175395328-d26788732.bin.gz");
  CHECK(model.sha256 == nn::sha256_hex(read_all(path)));
  CHECK(model.version == 8);
  CHECK(model.warnings.empty());
  CHECK(nn::parameter_count(model) == 1027911);
  CHECK(nn::kind_string(model) == "convnet");
  CHECK(model.multipliers.shortterm_score_error == 30);
  const nn::ConvDesc& conv = model.trunk.initial_conv;
  CHECK(conv.ky == 5);
  CHECK(conv.weights[0] == -0.368644118f);
  CHECK(conv.weights[1] == -0.131089762f);
  CHECK(conv.weights[2] == -0.124514617f);
  CHECK(conv.weights[((2 * 5 + 2) * 22 + 0) * 96] == -0.603144050f);
  const auto& block = std::get<nn::OrdinaryBlock>(model.trunk.blocks.at(0));
  CHECK(block.mid_norm.scale.at(0) == 0.247920856f);
  CHECK(block.mid_norm.bias.at(0) == 0.508530974f);
  CHECK(block.mid_norm.a.at(0) == 0.247920856f);
  CHECK(block.mid_norm.b.at(0) == 0.508530974f);
}

TEST_CASE("model: the version-17 transformers of the spec", "[model]") {
  HAYAGO_SHARED_FILE(learned_path, "models/b7c96h6kv3qk32v16tflrs-fson-bnh.bin.gz");
  HAYAGO_SHARED_FILE(fixed_path, "models/b7c96h3tfrs-test5-cnorm.bin.gz");
  const nn::ModelDesc learned = nn::load_model(learned_path);
  CHECK(nn::parameter_count(learned) == 851881);
  CHECK(nn::kind_string(learned) == "transformer");
  CHECK(learned.multipliers.shortterm_score_error == 150);
  const auto& attention = std::get<nn::AttentionBlock>(learned.trunk.blocks.at(0));
  CHECK(attention.kv_heads == 3);
  CHECK(attention.rope_freqs.size() == 96);
  const nn::ModelDesc fixed = nn::load_model(fixed_path);
  CHECK(nn::parameter_count(fixed) == 818953);
  CHECK(nn::macs_per_position(fixed, 19, 19) == 464855680);
  CHECK(fixed.trunk.tip_rms.has_value());
  CHECK(std::get<nn::AttentionBlock>(fixed.trunk.blocks.at(0)).rope_theta == 100.0f);
  const nn::NetInfo info = nn::net_info(fixed);
  CHECK(info.parameters == 818953);
  CHECK(info.policy_channels == fixed.policy.channels);
  CHECK(info.score_channels == 6);
  CHECK(info.c_meta == 0);
  CHECK(info.sha256 == fixed.sha256);
}

TEST_CASE("model: real networks survive writing and reading", "[model]") {
  for (const char* name :
       {"models/g170-b6c96-s175395328-d26788732.bin.gz",
        "models/b7c96h6kv3qk32v16tflrs-fson-bnh.bin.gz", "models/b7c96h3tfrs-test5-cnorm.bin.gz"}) {
    HAYAGO_SHARED_FILE(path, name);
    const nn::ModelDesc model = nn::load_model(path);
    const std::string binary = nn::serialize_model(model, false);
    const nn::ModelDesc again =
        nn::load_model_from_memory(nn::serialize_model(model, true), "net.txt");
    CHECK(nn::serialize_model(again, false) == binary);
  }
}

// Runs the generator of the reference data; false where it or its interpreter is missing.
bool make_net(const std::string& arguments, const std::string& output) {
  const auto tool = shared_file("tools/make_net.py");
  return tool && std::system(("python3 '" + *tool + "' " + arguments + " -o '" + output +
                              "' >/dev/null 2>&1")
                                 .c_str()) == 0;
}

TEST_CASE("model: networks of the generator load with its numbers", "[model]") {
  const TemporaryFolder folder;
  struct Case {
    const char* arguments;
    const char* file;
    long long parameters;  // as the generator prints them
    double macs;
  };
  const Case cases[] = {{"b2c16", "a.bin.gz", 18527, 6233388},
                        {"b4c32", "b.txt", 91399, 31733332},
                        {"b1c6nbt", "c.TXT.gz", 2299, 684768},
                        {"b2c32h4tf", "d.bin", 31721, 30922472},
                        {"b2c64nbttf", "e.bin.gz", 161561, 106023088}};
  for (const Case& c : cases) {
    const std::string path = folder.file(c.file);
    std::string written = path;  // the generator only knows lower-case endings
    if (const auto at = written.find(".TXT"); at != written.npos) written.replace(at, 4, ".txt");
    if (!make_net(c.arguments, written)) HAYAGO_SKIP("needs HAYAGO_SHARED/tools/make_net.py");
    if (written != path) fs::rename(written, path);
    const nn::ModelDesc model = nn::load_model(path);
    INFO(c.arguments);
    CHECK(nn::parameter_count(model) == c.parameters);
    CHECK(nn::macs_per_position(model, 19, 19) == c.macs);
    CHECK(model.warnings.empty());
  }
}

TEST_CASE("model: every version of the generator loads", "[model][slow]") {
  const TemporaryFolder folder;
  for (int version = 3; version <= 17; ++version) {
    const std::string path = folder.file("v" + std::to_string(version) + ".bin.gz");
    if (!make_net("b2c16 --odd-multipliers --version " + std::to_string(version), path)) {
      HAYAGO_SKIP("needs HAYAGO_SHARED/tools/make_net.py");
    }
    const nn::ModelDesc model = nn::load_model(path);
    CHECK(model.version == version);
    CHECK(model.c_spatial == nn::spatial_planes(version));
    CHECK(model.c_global == nn::global_values(version));
    CHECK(model.multipliers.shortterm_score_error == (version >= 13 ? 140 : 30));
    CHECK(model.multipliers.lead == (version >= 13 ? 22.5 : 20));
  }
}

TEST_CASE("model: what section 9.2 tolerates", "[model]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const nn::ModelDesc model = nn::synth_model(options);
  const std::string binary = nn::serialize_model(model, false);
  std::string text = nn::serialize_model(model, true);

  const nn::ModelDesc trailing = nn::load_model_from_memory(binary + " junk", "net.bin");
  REQUIRE(trailing.warnings.size() == 1);
  CHECK_THAT(trailing.warnings[0], Catch::Contains("4 bytes after the last array"));
  CHECK(nn::load_model_from_memory(binary + " \n\t", "net.bin").warnings.empty());

  std::replace(text.begin(), text.end(), '\n', ' ');
  CHECK(nn::serialize_model(nn::load_model_from_memory("\v\f\r" + text, "NET.TXT"), false) ==
        binary);
  // Any other .gz: binary first, then text, and both reasons when neither fits.
  CHECK(refusal(nn::deflate_member(binary), "net.gz") == "");
  CHECK(refusal(nn::deflate_member(text), "net.GZ") == "");
  const std::string neither = refusal(nn::deflate_member("no network at all"), "net.gz");
  CHECK_THAT(neither, Catch::Contains("As binary") && Catch::Contains("As text"));
}

TEST_CASE("model: files are written whole or not at all", "[model]") {
  const TemporaryFolder folder;
  nn::SynthOptions options;
  options.arch = "b2c64nbttf";
  options.meta = true;
  const nn::ModelDesc model = nn::synth_model(options);
  const std::string binary = nn::serialize_model(model, false);
  for (const char* name : {"a.bin", "a.txt", "a.bin.gz", "a.txt.gz", "a.gz"}) {
    const std::string path = folder.file(name);
    nn::save_model(model, path);
    const nn::ModelDesc again = nn::load_model(path);
    INFO(name);
    CHECK(nn::serialize_model(again, false) == binary);
    CHECK(again.file_name == name);
    CHECK(again.sha256 == nn::sha256_hex(read_all(path)));
  }
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 5);
  CHECK_THROWS_AS(nn::save_model(model, folder.file("a.onnx")), nn::ModelError);
  CHECK_THROWS_AS(nn::save_model(model, folder.file("missing/a.bin")), nn::ModelError);
}

TEST_CASE("model: missing files and folders are named", "[model]") {
  const TemporaryFolder folder;
  using Catch::Contains;
  CHECK_THROWS_WITH(nn::load_model(folder.file("none.bin.gz")),
                    Contains("none.bin.gz") && Contains("cannot be opened"));
  fs::create_directory(folder.path / "dir.bin.gz");
  CHECK_THROWS_WITH(nn::load_model(folder.file("dir.bin.gz")), Contains("is a folder"));
}

TEST_CASE("model: folding follows the worked example", "[model]") {
  // 02 section 12: scale 0.8, bias 0.1, mean -0.25, variance 1.44, eps 1e-4.
  EditableModel model([] {
    nn::SynthOptions options;
    options.arch = "b2c16";
    return options;
  }());
  const std::string norm = "blocks.0.norm2";
  REQUIRE(model.at(norm, 2) == "0.0001");
  const char* const values[] = {"-0.25", "1.44", "0.8", "0.1"};
  for (std::size_t i = 0; i < 4; ++i) model.replace_value(norm, 5 + i, 0, values[i]);
  const nn::ModelDesc loaded = nn::load_model_from_memory(model.text(), "net.txt");
  const auto& folded = std::get<nn::OrdinaryBlock>(loaded.trunk.blocks.at(0)).mid_norm;
  // Seven digits are printed.
  CHECK(std::abs(folded.a.at(0) - 0.6666435f) < 6e-8f);
  CHECK(std::abs(folded.b.at(0) - 0.2666609f) < 6e-8f);
}

TEST_CASE("model: a large network loads without delay", "[model][slow]") {
  const TemporaryFolder folder;
  nn::SynthOptions options;
  options.arch = "b18c384nbt";
  const std::string path = folder.file("big.bin.gz");
  nn::save_model(nn::synth_model(options), path);
  const nn::ModelDesc model = nn::load_model(path);
  CHECK(nn::parameter_count(model) == 26363625);
  CHECK(model.sha256.size() == 64);
}

}  // namespace
}  // namespace hayago::test
