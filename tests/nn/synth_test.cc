// Random networks: shapes of spec/01 section 11, every option, and reproducible bytes.
#include <catch2/catch.hpp>
#include <set>

#include "nn/model/load.h"
#include "nn/model/sha256.h"
#include "nn/model/write.h"

namespace hayago::test {
namespace {

nn::SynthOptions named(const std::string& arch) {
  nn::SynthOptions options;
  options.arch = arch;
  return options;
}

void check_round_trip(const nn::SynthOptions& options) {
  const nn::ModelDesc model = nn::synth_model(options);
  const std::string binary = nn::serialize_model(model, false);
  INFO(model.name);
  const nn::ModelDesc from_binary = nn::load_model_from_memory(binary, "net.bin");
  CHECK(from_binary.warnings.empty());
  CHECK(nn::serialize_model(from_binary, false) == binary);
  const std::string text = nn::serialize_model(model, true);
  const nn::ModelDesc from_text = nn::load_model_from_memory(text, "net.txt");
  CHECK(nn::serialize_model(from_text, false) == binary);
  CHECK(nn::parameter_count(from_text) == nn::parameter_count(model));
  // The folded values are computed by the writer's side and by the loader alike.
  CHECK(from_text.policy.p1_norm.a == model.policy.p1_norm.a);
  CHECK(from_text.policy.p1_norm.b == model.policy.p1_norm.b);
}

TEST_CASE("synth: every small architecture reads back equal", "[synth]") {
  for (const char* arch :
       {"b2c16", "b4c32", "b6c96", "b1c6nbt", "b3c64nbt", "b2c32h4tf", "b2c64nbttf"}) {
    check_round_trip(named(arch));
  }
}

TEST_CASE("synth: every version reads back equal", "[synth]") {
  for (int version = 3; version <= 17; ++version) {
    for (const char* arch : {"b2c16", "b1c6nbt", "b2c32h4tf"}) {
      nn::SynthOptions options = named(arch);
      options.version = version;
      check_round_trip(options);
      CHECK(nn::synth_model(options).version == version);
    }
  }
}

TEST_CASE("synth: every option changes the network and reads back equal", "[synth]") {
  std::vector<nn::SynthOptions> all(9, named("b2c32h4tf"));
  all[1].seed = 2;
  all[2].meta = true;
  all[3].tip = "bn";
  all[4].tip = "rms-spatial";
  all[5].rope = "none";
  all[6].rope = "learned";
  all[7].policy_channels = 4;
  all[8].initial_kernel = 1;
  for (const nn::Act act : {nn::Act::kRelu, nn::Act::kMish, nn::Act::kIdentity}) {
    all.push_back(named("b2c32h4tf"));
    all.back().activation = act;
  }
  std::set<std::string> names, digests;
  for (const nn::SynthOptions& options : all) {
    check_round_trip(options);
    const nn::ModelDesc model = nn::synth_model(options);
    names.insert(model.name);
    digests.insert(nn::sha256_hex(nn::serialize_model(model, false)));
  }
  CHECK(names.size() == all.size());
  CHECK(digests.size() == all.size());
}

TEST_CASE("synth: the bytes are the same on every machine", "[synth]") {
  const auto digest = [](const char* arch) {
    return nn::sha256_hex(nn::serialize_model(nn::synth_model(named(arch)), false));
  };
  CHECK(digest("b2c16") == "d6fd7278c71ae77b7de1eea421721b9569e70ec55bc4889621c32c4f7cd3035a");
  CHECK(digest("b2c64nbttf") == "54a0a78dbf073a801877e9e7ff8f0300822e33819dbe153544f7663dfff6d4a2");
}

struct Known {
  const char* arch;
  int version;
  long long parameters;
  double giga_macs;  // three decimals
};

void check_known(const Known& known) {
  nn::SynthOptions options = named(known.arch);
  options.version = known.version;
  const nn::ModelDesc model = nn::synth_model(options);
  INFO(known.arch);
  CHECK(nn::parameter_count(model) == known.parameters);
  CHECK(nn::macs_per_position(model, 19, 19) / 1e9 == Approx(known.giga_macs).margin(0.0005));
}

TEST_CASE("synth: sizes and cost of the table of section 11", "[synth]") {
  check_known({"b6c96", 8, 1028583, 0.362});
  check_known({"b10c128", 8, 2995911, 1.068});
  check_known({"b15c192", 8, 9934023, 3.558});
  check_known({"b7c96h3tfrs", 17, 818953, 0.465});
  check_known({"b10c384h6nbttflrs", 17, 10545753, 4.781});
  check_known({"b10c384nbt", 14, 14678377, 5.251});
}

TEST_CASE("synth: sizes and cost of large networks", "[synth][slow]") {
  check_known({"b20c256", 8, 23488839, 8.422});
  check_known({"b40c256", 10, 46693161, 16.730});
  check_known({"b60c320", 10, 108646281, 38.916});
  check_known({"b18c384nbt", 14, 26363625, 9.436});
  check_known({"b28c512nbt", 15, 72829993, 26.103});
  check_known({"b40c768nbt", 15, 232530441, 83.293});
  check_known({"b21c384h12tflrs", 17, 37441225, 15.579});
  check_known({"b10c512h8nbt3tflrs", 17, 28537801, 12.259});
  check_known({"b11c768h12nbt3tflrs", 17, 70442025, 28.643});
}

TEST_CASE("synth: kinds", "[synth]") {
  CHECK(nn::kind_string(nn::synth_model(named("b2c16"))) == "convnet");
  CHECK(nn::kind_string(nn::synth_model(named("b1c6nbt"))) == "nbt convnet");
  CHECK(nn::kind_string(nn::synth_model(named("b2c32h4tf"))) == "transformer");
  CHECK(nn::kind_string(nn::synth_model(named("b2c64nbttf"))) == "nbt transformer");
  CHECK(nn::synth_archs().size() == 26);
}

TEST_CASE("synth: impossible options are refused with the reason", "[synth]") {
  const auto message = [](const nn::SynthOptions& options) {
    try {
      nn::synth_model(options);
      return std::string();
    } catch (const nn::ModelError& error) {
      return std::string(error.what());
    }
  };
  using Catch::Contains;
  CHECK_THAT(message(named("b5c5")), Contains("b5c5") && Contains("b18c384nbt"));
  CHECK_THAT(message(named("b6c96rs")), Contains("unknown architecture"));
  nn::SynthOptions options = named("b2c16");
  options.version = 18;
  CHECK_THAT(message(options), Contains("18"));
  options.version = 10;
  options.activation = nn::Act::kMish;
  CHECK_THAT(message(options), Contains("11"));
  options.activation = nn::Act::kRelu;
  CHECK(message(options).empty());
  options.meta = true;
  CHECK_THAT(message(options), Contains("15"));
  options.meta = false;
  options.tip = "rms";
  CHECK_THAT(message(options), Contains("15"));
  options.tip = "flat";
  CHECK_THAT(message(options), Contains("'flat'"));
  options.tip = "";
  options.rope = "fixed";
  CHECK_THAT(message(options), Contains("transformers only"));
  options.rope = "";
  options.policy_channels = 4;
  CHECK_THAT(message(options), Contains("1 policy channels, not 4"));
  options.version = 17;
  CHECK(message(options).empty());
  options.policy_channels = 3;
  CHECK_THAT(message(options), Contains("2 or 4"));
  options.policy_channels = 2;
  options.initial_kernel = 4;
  CHECK_THAT(message(options), Contains("4") && Contains("odd"));
}

}  // namespace
}  // namespace hayago::test
