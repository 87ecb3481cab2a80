// `hayago quantize` as a program, and a game with its result.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/game_records.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/well_formed.h"

namespace {

using namespace hayago::test;

constexpr double kSeconds = 240;  // a hang, not a slow machine

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Quantizer {
  std::string program;
  TempDir folder;
  std::string model = folder.path() + "/net.bin.gz", out = folder.path() + "/net.safetensors";

  explicit Quantizer(const std::string& path) : program(path) {
    run_process(program, {"synth-net", "b4c32", "-o", model}, "", kSeconds);
    for (int i = 0; i < 6; ++i) folder.write("games" + std::to_string(i) + ".sgf", short_record(i));
  }
  Completed run(std::vector<std::string> further) const {
    std::vector<std::string> args = {"quantize", "-model", model,     "--data", folder.path(),
                                     "--size",   "9",      "--every", "3"};
    args.insert(args.end(), further.begin(), further.end());
    return run_process(program, args, "", kSeconds);
  }
};

TEST_CASE("quantize: a network in int8 is made, judged and played with", "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const Completed made = quantizer.run({"-o", quantizer.out, "--budget", "0"});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(made.out.find("layers in int8") != std::string::npos);
  CHECK(made.out.find("int8)") != std::string::npos);
  CHECK(made.out.find("None of the ") != std::string::npos);
  CHECK(made.out.find("same best move") != std::string::npos);
  CHECK(std::filesystem::file_size(quantizer.out) < std::filesystem::file_size(quantizer.model));
  const Completed game = run_process(*program, {"gtp", "-model", quantizer.out},
                                     "boardsize 9\ngenmove b\nquit\n", kSeconds);
  INFO(game.out << game.err);
  CHECK(game.status == 0);
  CHECK(game.err.find("int8") != std::string::npos);
  CHECK(game.out.find("= ") != std::string::npos);
}

TEST_CASE("quantize: reports as a page and as JSON, with layers", "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const std::string page = quantizer.folder.path() + "/r.html",
                    json = quantizer.folder.path() + "/r.json";
  const Completed made = quantizer.run(
      {"-o", quantizer.out, "--budget", "0.000001", "--report", page, "--json", json});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(why_not_well_formed(file_text(page)) == "");
  const auto report = nlohmann::json::parse(file_text(json));
  CHECK(report["all"]["positions"].get<int>() > 0);
  REQUIRE(report["layers"].size() > 2);
  for (const auto& layer : report["layers"]) CHECK(layer["policyKL"].get<double>() >= 0);
  CHECK(report["a"]["runs"].get<std::string>().find("fp32") != std::string::npos);
  CHECK(report["b"]["int8Share"].get<double>() > 0.3);
  // The file itself says what was measured.
  const Completed described =
      run_process(*program, {"inspect", "-model", quantizer.out, "--json"}, "", kSeconds);
  INFO(described.out << described.err);
  const auto kept = nlohmann::json::parse(described.out).at("metadata").at("accuracy");
  CHECK(kept.at("positions") == report["all"]["positions"]);
  CHECK(kept.at("sameBestMove") == report["all"]["sameBestMove"]);
  CHECK(kept.at("winrateErrorP99") == report["all"]["winrateError"]["p99"]);
}

TEST_CASE("quantize: self-play calibrates and judges where there are no games", "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const Completed made =
      run_process(*program,
                  {"quantize", "-model", quantizer.model, "-o", quantizer.out, "--selfplay", "20",
                   "--evaluate", "10", "--size", "9", "--budget", "0"},
                  "", kSeconds);
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(made.out.find("games of self-play") != std::string::npos);
  CHECK(made.out.find("Judged with 10 positions") != std::string::npos);
  const Completed nothing = run_process(
      *program, {"quantize", "-model", quantizer.model, "-o", quantizer.out}, "", kSeconds);
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("--selfplay") != std::string::npos);
}

TEST_CASE("quantize: training says what it changed", "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const Completed made = quantizer.run({"-o", quantizer.out, "--method", "qat", "--qat", "5",
                                        "--qat-batch", "4", "--weight-scales", "tensor"});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(made.out.find("\nrounded ") != std::string::npos);
  CHECK(made.out.find("\ntrained ") != std::string::npos);
  CHECK(made.out.find("% of the divergence") != std::string::npos);
  CHECK(made.out.find("Then trained with them: 5 steps of 4 positions") != std::string::npos);
  const Completed described =
      run_process(*program, {"inspect", "-model", quantizer.out, "--json"}, "", kSeconds);
  const auto kept = nlohmann::json::parse(described.out).at("metadata").at("calibration");
  CHECK(kept.at("training_steps") == 5);
  CHECK(kept.at("weight_scales") == "tensor");
  // One scale for all weights is not for rounding that chooses scales.
  const Completed refused = quantizer.run({"-o", quantizer.out, "--weight-scales", "tensor"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("--rounding nearest") != std::string::npos);
  const std::string transformer = quantizer.folder.path() + "/transformer.bin.gz";
  run_process(*program, {"synth-net", "b2c32h4tf", "-o", transformer}, "", kSeconds);
  const Completed untrainable = run_process(*program,
                                            {"quantize", "-model", transformer, "-o", quantizer.out,
                                             "--data", quantizer.folder.path(), "--method", "qat"},
                                            "", kSeconds);
  INFO(untrainable.err);
  CHECK(untrainable.status == 1);
  CHECK(untrainable.err.find("cannot be trained: attention") != std::string::npos);
  CHECK(untrainable.err.find("calibrating") == std::string::npos);
}

TEST_CASE("quantize: layers get scales for Winograd forms on demand and can run in them",
          "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const Completed made =
      quantizer.run({"-o", quantizer.out, "--budget", "0", "--evaluate", "0", "--winograd", "2"});
  INFO(made.out << made.err);
  REQUIRE(made.status == 0);
  CHECK(file_text(quantizer.out).find(".winograd2.factors") != std::string::npos);
  CHECK(file_text(quantizer.out).find(".winograd4.factors") == std::string::npos);
  CHECK(made.out.find("fine input channels add 0 %") != std::string::npos);
  const auto evaluation = [&](const std::string& algorithm) {
    const Completed raw = run_process(
        *program,
        {"gtp", "-model", quantizer.out, "-override-config", "cpuInt8Algorithm=" + algorithm},
        "boardsize 9\nkata-raw-nn 0\nquit\n", kSeconds);
    INFO(raw.out << raw.err);
    CHECK(raw.status == 0);
    return raw.out;
  };
  const std::string direct = evaluation("direct");
  CHECK(direct.find("whiteWin") != std::string::npos);
  CHECK(evaluation("auto") == direct);
  CHECK(evaluation("winograd2") != direct);
  CHECK(evaluation("winograd4") == direct);  // no layer has its scales
}

TEST_CASE("quantize: mistakes of the command line are named", "[quantize][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Quantizer quantizer(*program);
  const auto refused = [&](const std::vector<std::string>& args, const std::string& part) {
    const Completed result = quantizer.run(args);
    INFO(result.out << result.err);
    CHECK(result.status != 0);
    CHECK(result.err.find(part) != std::string::npos);
  };
  refused({"-o", quantizer.folder.path() + "/net.bin.gz"}, "must end in .safetensors");
  refused({"-o", quantizer.out, "--method", "best"}, "method");
  refused({"-o", quantizer.out, "--rounding", "up"}, "rounding");
  refused({"-o", quantizer.out, "--balance", "2"}, "balance");
  refused({"-o", quantizer.out, "--winograd", "3"}, "winograd");
  refused({"-o", quantizer.out, "--evaluate-data", "/none"}, "/none: no such file or folder");
  refused({"-o", quantizer.out, "--keep-fp", "nowhere"}, "no such layer to quantize");
  refused({"-o", quantizer.folder.path() + "/none/net.safetensors"}, "cannot be written");
  CHECK_FALSE(std::filesystem::exists(quantizer.out));
  // Int8 is asked of a network that has none.
  const Completed game = run_process(
      *program,
      {"gtp", "-model", quantizer.model, "-override-config", "precision=int8,backend=cpu"},
      "quit\n", kSeconds);
  CHECK(game.status != 0);
  CHECK(game.err.find("hayago quantize") != std::string::npos);
}

}  // namespace
