// Records of `hayago tune`, and what is said about them.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "gtp/config/config.h"
#include "gtp/config/tuning.h"
#include "gtp/tune/explain.h"
#include "tests/support/process.h"

namespace hayago::test {
namespace {

using gtp::TuningRecord;

// Member by member: gcc 12 takes braces for reads of uninitialised strings.
void add_candidate(nn::TunedLayer& layer, const char* kernel, int panel_vectors,
                   std::vector<double> seconds) {
  nn::TunedCandidate& candidate = layer.candidates.emplace_back();
  candidate.choice.kernel = kernel;
  candidate.choice.blocking.panel_vectors = panel_vectors;
  candidate.seconds = std::move(seconds);
}

// A record in which the third candidate won.
TuningRecord example() {
  TuningRecord record;
  record.key = {"Some Processor 3000", "avx2; 12 x fp32 3x3 96-96"};
  record.date = "2026-11-28";
  record.threads = 2;
  record.peak_gmacs = 50;
  nn::TunedLayer layer;
  layer.key = "fp32 3x3 96-96";
  layer.layers = 12;
  layer.macs = 30e6;
  add_candidate(layer, "winograd5", 0, {4e-4, 4e-4});
  add_candidate(layer, "direct", 0, {9e-4, 0});
  add_candidate(layer, "winograd4", 2, {4e-4, 3e-4});
  layer.chosen = 2;
  record.report.layers = {layer};
  record.report.passes = {{1, 7e-3}, {2, 6e-3}, {4, 5e-3}};
  record.report.positions = 2;
  return record;
}

// What load_tuning() says of the file.
std::string refusal(const std::string& path) {
  try {
    gtp::load_tuning(example().key, path);
  } catch (const gtp::ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("a tuning record comes back as it was written", "[gtp][tune]") {
  const TempDir folder;
  const std::string path = folder.path() + "/record.json";
  CHECK_FALSE(gtp::load_tuning(example().key, path));
  folder.write("record.json", gtp::tuning_text(example()));
  const auto read = gtp::load_tuning(example().key, path);
  REQUIRE(read);
  CHECK(gtp::explain_text(*read) == gtp::explain_text(example()));
  CHECK(read->report.choices() == example().report.choices());
  const nn::CpuChoices choices = read->report.choices();
  CHECK(choices.of("fp32 3x3 96-96") == nn::CpuChoice{"winograd4", {2, 0}});
  CHECK(choices.of("fp32 3x3 96-64") == nn::CpuChoice{});
}

TEST_CASE("records that are damaged or for something else are refused by name", "[gtp][tune]") {
  const TempDir folder;
  const std::string path = folder.path() + "/record.json", good = gtp::tuning_text(example());
  for (std::size_t size = 0; size + 1 < good.size(); size += 7) {
    folder.write("record.json", good.substr(0, size));
    INFO(size << " bytes");
    CHECK(refusal(path).find(path) != std::string::npos);
  }
  const auto changed = [&](const auto& change) {
    auto json = nlohmann::ordered_json::parse(good);
    change(json);
    folder.write("record.json", json.dump());
    return refusal(path);
  };
  CHECK(changed([](auto&) {}).empty());
  CHECK(changed([](auto& json) { json["processor"] = "Other"; }).find("Other") !=
        std::string::npos);
  CHECK(changed([](auto& json) { json["positions"] = 3; }).find("3 positions") !=
        std::string::npos);
  CHECK(changed([](auto& json) { json["layers"][0]["chosen"] = 3; }).find("candidate 3 of 3") !=
        std::string::npos);
  CHECK(changed([](auto& json) { json["layers"][0]["candidates"] = {}; }).find("fp32 3x3 96-96") !=
        std::string::npos);
  CHECK(changed([](auto& json) {
          json["layers"][0]["candidates"][0]["seconds"] = {1, 2, 3};
        }).find("3 times") != std::string::npos);
  CHECK(changed([](auto& json) { json.erase("threads"); }).find("threads") != std::string::npos);
}

TEST_CASE("the processor is named by what the system says", "[gtp][tune]") {
  CHECK(gtp::processor_name("processor\t: 0\nmodel name\t: Great CPU @ 3 GHz\nflags : x\n") ==
        "Great CPU @ 3 GHz");
  CHECK(gtp::processor_name("processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0b\n") ==
        "implementer 0x41 part 0xd0b");
  CHECK(gtp::processor_name("processor : 0\n").empty());
  CHECK(gtp::processor_name(std::string()).empty());
  CHECK_FALSE(gtp::processor_name().empty());
}

TEST_CASE("an explanation names the choice, the default and the gain", "[gtp][tune]") {
  const std::string text = gtp::explain_text(example());
  for (const char* part :
       {"Some Processor 3000", "2 threads", "fp32 3x3 96-96 (12 layers, 30.0 million MACs each)",
        "> winograd4, panels of 2 vectors", "takes 25 % less time than the default, winograd5",
        "200 %", "together: 2 (1: 7.00, 2: 6.00, 4: 5.00 ms a position)",
        "4.80 ms with the defaults, 3.60 ms tuned (-25.0 %)"}) {
    INFO(part << "\nin\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
  TuningRecord kept = example();
  kept.report.layers[0].chosen = 0;
  kept.report.layers[0].candidates.pop_back();
  CHECK(gtp::explain_text(kept).find("the default, winograd5: nothing else comes near it") !=
        std::string::npos);
  add_candidate(kept.report.layers[0], "winograd4", 0, {5e-4, 5e-4});
  CHECK(gtp::explain_text(kept).find("winograd4, takes 25.0 % more") != std::string::npos);
  CHECK(gtp::explain_text(kept).find("every layer keeps its default kernel") != std::string::npos);
}

}  // namespace
}  // namespace hayago::test
