// Truncated and altered files are refused with a message or load; nothing else may happen.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "nn/model/gz.h"
#include "tests/nn/model_edit.h"

namespace hayago::test {
namespace {

// Small networks that together hold every kind of record.
std::vector<nn::ModelDesc> small_models() {
  std::vector<nn::ModelDesc> models;
  for (const char* name : {"b2c16", "b1c6nbt", "b2c32h4tf"}) {
    nn::SynthOptions options;
    options.arch = name;
    options.version = 17;
    options.meta = std::string(name) == "b1c6nbt";
    models.push_back(nn::synth_model(options));
  }
  return models;
}

// Loading must end in a message or a model; anything else (crash, hang, another exception) fails
// the test case. Returns whether it loaded.
bool survives(std::string_view bytes, const std::string& name) {
  return refusal(bytes, name).empty();
}

TEST_CASE("model: a file cut at any record boundary is refused", "[model]") {
  for (const nn::ModelDesc& model : small_models()) {
    const std::string text = nn::serialize_model(model, true);
    for (std::size_t cut = text.find('\n'); cut + 1 < text.size(); cut = text.find('\n', cut + 1)) {
      INFO("text cut at " << cut);
      REQUIRE_FALSE(survives(std::string_view(text).substr(0, cut), "net.txt"));
    }
    const std::string binary = nn::serialize_model(model, false);
    for (std::size_t mark = binary.find("@BIN@"); mark != binary.npos;
         mark = binary.find("@BIN@", mark + 1)) {
      for (const std::size_t cut : {mark - 1, mark, mark + 1, mark + 5, mark + 6}) {
        INFO("binary cut at " << cut);
        REQUIRE_FALSE(survives(std::string_view(binary).substr(0, cut), "net.bin"));
      }
    }
    CHECK(survives(std::string_view(binary).substr(0, binary.size() - 1), "net.bin"));
    CHECK_FALSE(survives(std::string_view(binary).substr(0, binary.size() - 2), "net.bin"));
  }
}

TEST_CASE("model: a file cut anywhere is refused", "[model]") {
  std::mt19937 random(1);
  for (const nn::ModelDesc& model : small_models()) {
    const std::string binary = nn::serialize_model(model, false);
    const std::string packed = nn::deflate_member(binary);
    const std::string text = nn::serialize_model(model, true);
    for (int i = 0; i < 200; ++i) {
      const auto cut = [&](const std::string& whole) {
        return std::string_view(whole).substr(0, random() % (whole.size() - 1));
      };
      REQUIRE_FALSE(survives(cut(binary), "net.bin"));
      REQUIRE_FALSE(survives(cut(packed), "net.bin.gz"));
      survives(cut(text), "net.txt");  // digits of the last number may be missing: then it loads
    }
  }
}

TEST_CASE("model: altered bytes never do harm", "[model]") {
  std::mt19937 random(2);
  for (const nn::ModelDesc& model : small_models()) {
    const std::string binary = nn::serialize_model(model, false);
    const std::string text = nn::serialize_model(model, true);
    const std::vector<std::pair<std::string, std::string>> files = {
        {binary, "net.bin"},
        {text, "net.txt"},
        {nn::deflate_member(binary), "net.bin.gz"},
        {nn::deflate_member(text), "net.txt.gz"}};
    for (const auto& [bytes, name] : files) {
      int refused = 0;
      for (int i = 0; i < 200; ++i) {
        std::string damaged = bytes;
        // Half of the time near the start, where the headers are.
        const std::size_t range =
            i % 2 == 0 ? damaged.size() : std::min<std::size_t>(400, damaged.size());
        damaged[random() % range] ^= static_cast<char>(1 + random() % 255);
        refused += survives(damaged, name) ? 0 : 1;
      }
      INFO(name);
      CHECK(refused > 0);
      // Only the time stamp and system bytes of a gzip header are covered by no check.
      if (name.ends_with(".gz")) CHECK(refused > 180);
    }
  }
}

TEST_CASE("model: altered bytes behind a valid checksum never do harm", "[model]") {
  std::mt19937 random(3);
  for (const nn::ModelDesc& model : small_models()) {
    const std::string binary = nn::serialize_model(model, false);
    for (int i = 0; i < 60; ++i) {
      std::string damaged = binary;
      damaged[random() % 400] ^= static_cast<char>(1 + random() % 255);
      const std::string packed = nn::deflate_member(damaged);
      REQUIRE(survives(packed, "net.bin.gz") == survives(damaged, "net.bin"));
    }
  }
}

TEST_CASE("model: exactly one gzip member", "[model]") {
  nn::SynthOptions options;
  options.arch = "b2c16";
  const std::string packed =
      nn::deflate_member(nn::serialize_model(nn::synth_model(options), false));
  REQUIRE(survives(packed, "net.bin.gz"));
  using Catch::Contains;
  CHECK_THAT(refusal(packed + std::string(3, '\0'), "net.bin.gz"), Contains("3 bytes follow"));
  CHECK_THAT(refusal(packed + "garbage", "net.bin.gz"), Contains("7 bytes follow"));
  CHECK_THAT(refusal(packed + packed, "net.bin.gz"), Contains("follow the end"));
  std::string bad_sum = packed;
  bad_sum[packed.size() - 8] ^= 1;
  CHECK_THAT(refusal(bad_sum, "net.bin.gz"), Contains("damaged"));
  std::string bad_length = packed;
  bad_length[packed.size() - 4] ^= 1;
  CHECK_THAT(refusal(bad_length, "net.bin.gz"), Contains("damaged"));
  CHECK_THAT(refusal(packed.substr(0, packed.size() - 1), "net.bin.gz"), Contains("ends early"));
}

}  // namespace
}  // namespace hayago::test
