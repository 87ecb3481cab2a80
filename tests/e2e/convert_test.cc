// `hayago convert` and `hayago inspect` as programs.
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "nn/model/load.h"
#include "nn/model/mapped_file.h"
#include "nn/model/safetensors.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace {

using namespace hayago::test;
using Json = nlohmann::json;

constexpr double kSeconds = 240;  // a hang, not a slow machine

std::string content(const std::string& path) {
  return std::string(hayago::nn::MappedFile(path).view());
}

struct Bench {
  std::string program;
  TempDir folder;

  std::string file(const std::string& name) const { return folder.path() + "/" + name; }
  Completed run(const std::vector<std::string>& args, const std::string& input = "") const {
    return run_process(program, args, input, kSeconds);
  }
  void must(const std::vector<std::string>& args) const {
    const Completed done = run(args);
    INFO(done.out << done.err);
    REQUIRE(done.status == 0);
  }
  std::string synth(const std::string& arch, const std::string& name,
                    std::vector<std::string> further = {}) const {
    std::vector<std::string> args = {"synth-net", arch, "-o", file(name)};
    args.insert(args.end(), further.begin(), further.end());
    must(args);
    return file(name);
  }
  // A small network with layers in int8.
  std::string quantized() const {
    const std::string net = synth("b4c32", "net.bin.gz");
    for (int i = 0; i < 4; ++i) {
      folder.write("game" + std::to_string(i) + ".sgf",
                   "(;GM[1]FF[4]SZ[9]KM[7];B[ee];W[gc];B[cg];W[gg];B[cc];W[gf];B[dg];W[fd];B[ed])");
    }
    must({"quantize", "-model", net, "--data", folder.path(), "--size", "9", "--every", "3", "-o",
          file("int8.safetensors"), "--budget", "0", "--evaluate", "0"});
    return file("int8.safetensors");
  }
  Json inspect(const std::string& path) const {
    const Completed done = run({"inspect", "-model", path, "--json"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    return Json::parse(done.out);
  }
  // All numbers that the network says of a position.
  std::string raw(const std::string& net) const {
    const Completed done =
        run({"gtp", "-model", net, "-override-config", "precision=fp32,backend=cpu"},
            "boardsize 9\nplay b ee\nkata-raw-nn 0\nquit\n");
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.out;
  }
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

// A signal before the child runs the program would find the handlers of the tests.
void wait_until_started(const Process& process, const std::string& program) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::string link = "/proc/" + std::to_string(process.pid()) + "/exe";
  const auto wanted = std::filesystem::canonical(program);
  std::error_code error;
  while (std::filesystem::read_symlink(link, error) != wanted) {
    if (std::chrono::steady_clock::now() > deadline) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

double number_after(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key + " ");
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + key.size() + 1));
}

TEST_CASE("convert: float layers that a file has in int8 keep their values", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  const std::string net = bench.quantized(), copy = bench.file("copy.safetensors");
  const auto stem = [](const std::string& path) {
    const hayago::nn::ModelDesc model = hayago::nn::load_model(path);
    CHECK(model.int8_layers.count(model.trunk.initial_conv.name) == 0);
    return model.trunk.initial_conv;
  };
  const hayago::nn::TensorFile stored = hayago::nn::parse_tensors(content(net), net);
  CHECK(stored.tensors.at(stem(net).name + ".weights").type == "I8");
  CHECK(bench.inspect(net)["totals"]["by_precision"]["int8-weights"]["layers"] == 1);
  bench.must({"convert", "-model", net, "-o", copy});
  CHECK(stem(copy).weights == stem(net).weights);
  CHECK(hayago::nn::load_model(copy).int8_layers.size() ==
        hayago::nn::load_model(net).int8_layers.size());
}

TEST_CASE("convert: there and back is the same network, halves nearly", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  for (const char* arch : {"b2c16", "b1c6nbt", "b2c32h4tf"}) {
    INFO(arch);
    const std::string net = bench.synth(arch, "net.bin");
    const std::string fp32 = bench.file("net.safetensors"), back = bench.file("back.bin");
    bench.must({"convert", "-model", net, "-o", fp32});
    bench.must({"convert", "-model", fp32, "-o", back});
    CHECK(content(back) == content(net));
    CHECK(bench.raw(fp32) == bench.raw(net));
    for (const char* ending : {"txt", "txt.gz", "bin.gz", "safetensors.gz"}) {
      const std::string other = bench.file(std::string("other.") + ending);
      bench.must({"convert", "-model", fp32, "-o", other});
      bench.must({"convert", "-model", other, "-o", back});
      CHECK(content(back) == content(net));
    }
    const std::string fp16 = bench.file("half.safetensors");
    bench.must({"convert", "-model", net, "-o", fp16, "--precision", "fp16"});
    CHECK(std::filesystem::file_size(fp16) < std::filesystem::file_size(fp32));
    const std::string exact = bench.raw(net), near = bench.raw(fp16);
    CHECK(near != exact);
    for (const char* key : {"whiteWin", "whiteLoss", "whiteLead"}) {
      CHECK(number_after(near, key) == Approx(number_after(exact, key)).margin(0.02).epsilon(0.02));
    }
  }
}

TEST_CASE("convert: int8 layers stay, and what they came from", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  const std::string int8 = bench.quantized(), again = bench.file("again.safetensors");
  bench.must({"convert", "-model", int8, "-o", again, "--precision", "fp16"});
  const Json before = bench.inspect(int8), after = bench.inspect(again);
  CHECK(before["totals"]["by_precision"]["int8"] == after["totals"]["by_precision"]["int8"]);
  CHECK(before["totals"]["by_precision"]["int8"]["layers"].get<int>() > 2);
  CHECK(before["metadata"] == after["metadata"]);
  CHECK(before["metadata"]["calibration"]["method"] == "max");
  CHECK(before["metadata"]["source_sha256"].get<std::string>().size() == 64);
  // But for the first layer, whose integers have to become floats, nothing gets lost in fp16.
  bench.must({"convert", "-model", int8, "-o", again});
  CHECK(bench.raw(int8) == bench.raw(again));
  const std::string small = bench.file("small.safetensors.gz");
  bench.must({"convert", "-model", int8, "-o", small});
  CHECK(std::filesystem::file_size(small) < std::filesystem::file_size(again));
  CHECK(bench.raw(int8) == bench.raw(small));
  CHECK(bench.inspect(small)["metadata"] == before["metadata"]);
  const Completed refused = bench.run({"convert", "-model", int8, "-o", bench.file("x.bin.gz")});
  CHECK(refused.status == 1);
  CHECK(refused.err.starts_with("hayago convert: "));
  CHECK(refused.err.find("in int8, which only a .safetensors file can hold") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(bench.file("x.bin.gz")));
}

TEST_CASE("convert: nothing half written is left", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  const std::string net = bench.synth("b6c96", "net.bin");
  const std::string out = bench.file("out.safetensors");
  const auto refused = [&](const Completed& done, const std::string& part) {
    INFO(done.out << done.err);
    CHECK(done.status == 1);
    CHECK(done.err.starts_with("hayago convert: "));
    CHECK(done.err.find(part) != std::string::npos);
    CHECK(bench.listing() == std::vector<std::string>{"net.bin"});
  };
  refused(bench.run({"convert", "-model", net, "-o", bench.file("none/out.safetensors")}),
          "cannot be created");
  refused(bench.run({"convert", "-model", bench.file("none.bin"), "-o", out}), "none.bin");
  // A limit of the file size instead of a full disk: writing fails in the middle.
  refused(
      run_process("/bin/sh",
                  {"-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" convert -model \"$1\" -o \"$2\"",
                   *program, net, out},
                  "", kSeconds),
      "could not be written");
  // Ctrl-C at any time: all of the file or none of it.
  for (int i = 0; i < 12; ++i) {
    Process process(*program, {"convert", "-model", net, "-o", out});
    wait_until_started(process, *program);
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * i));
    process.signal(SIGINT);
    const auto status = process.wait(kSeconds);
    REQUIRE(status);
    CHECK((*status == 0 || *status == 128 + SIGINT));
    CHECK_FALSE(std::filesystem::exists(out + ".part"));
    if (std::filesystem::exists(out)) {
      CHECK(bench.inspect(out)["name"] == bench.inspect(net)["name"]);
      std::filesystem::remove(out);
    }
  }
}

TEST_CASE("convert, inspect: mistakes of the command line are named", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  const std::string net = bench.synth("b2c16", "net.bin");
  const auto refused = [&](const std::vector<std::string>& args, int status,
                           const std::string& text) {
    const Completed done = bench.run(args);
    INFO(done.out << done.err);
    CHECK(done.status == status);
    CHECK(done.err.find(text) != std::string::npos);
    CHECK(done.err.find("Uncaught") == std::string::npos);
  };
  refused({"convert", "-model", net}, 2, "output");
  refused({"convert", "-model", net, "-o", bench.file("net.onnx")}, 2, "must end in .bin.gz");
  refused({"convert", "-model", net, "-o", bench.file("x.bin"), "--precision", "fp16"}, 2,
          "hayago convert: fp16 needs");
  refused({"convert", "-model", net, "-o", bench.file("x.bin"), "--precision", "int8"}, 2,
          "precision");
  bench.folder.write("bad.safetensors", "nothing of the kind");
  refused({"inspect", "-model", bench.file("bad.safetensors")}, 1, "hayago inspect: ");
  refused({"quantize", "-model", bench.file("bad.safetensors"), "--data", bench.folder.path(), "-o",
           bench.file("x.safetensors")},
          1, "hayago quantize: ");
}

TEST_CASE("inspect: networks of every kind", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  const Bench bench{*program, {}};
  const std::string human =
      bench.synth("b2c16", "human.bin.gz", {"--meta", "--model-version", "15"});
  const Json net = bench.inspect(human);
  CHECK(net["architecture"]["metadata_encoder"] == true);
  CHECK(net["architecture"]["inputs"]["metadata"] == 192);
  CHECK(net["architecture"]["blocks"].size() >= 1);
  CHECK(net["file_bytes"] == std::filesystem::file_size(human));
  double macs = 0;
  long long parameters = 0, bytes = 0;
  for (const Json& layer : net["layers"]) {
    macs += layer["macs"].get<double>();
    parameters += layer["parameters"].get<long long>();
    bytes += layer["bytes"].get<long long>();
  }
  CHECK(net["totals"]["macs"] == macs);
  CHECK(net["totals"]["parameters"] == parameters);
  CHECK(net["totals"]["bytes"] == bytes);
  const Completed text = bench.run({"inspect", "-model", human});
  CHECK(text.status == 0);
  CHECK(text.out.find("192 of the player") != std::string::npos);
  CHECK(text.out.find(net["sha256"].get<std::string>()) != std::string::npos);
  CHECK(std::regex_search(text.out, std::regex("\nall +" + std::to_string(parameters) + " ")));
}

TEST_CASE("inspect: published networks", "[convert][e2e]") {
  const auto program = hayago_program();
  if (!program) HAYAGO_SKIP("this build has no hayago program");
  HAYAGO_SHARED_FILE(convnet, "models/g170-b6c96-s175395328-d26788732.bin.gz");
  HAYAGO_SHARED_FILE(fixed, "models/b7c96h3tfrs-test5-cnorm.bin.gz");
  HAYAGO_SHARED_FILE(learned, "models/b7c96h6kv3qk32v16tflrs-fson-bnh.bin.gz");
  const Bench bench{*program, {}};
  const Json a = bench.inspect(convnet), b = bench.inspect(fixed), c = bench.inspect(learned);
  // Counts of spec/01 section 10; multiply-accumulates of section 11.
  CHECK(a["totals"]["parameters"] == 1027911);
  CHECK(b["totals"]["parameters"] == 818953);
  CHECK(c["totals"]["parameters"] == 851881);
  CHECK(a["totals"]["macs"].get<double>() == Approx(0.362e9).epsilon(0.002));
  CHECK(b["totals"]["macs"].get<double>() == Approx(0.465e9).epsilon(0.002));
  CHECK(a["kind"] == "convnet");
  CHECK(a["architecture"]["blocks"] == Json({{"ordinary", 4}, {"gpool", 2}}));
  CHECK(a["architecture"]["activations"] == Json({"relu"}));
  CHECK(b["architecture"]["blocks"] == Json({{"attention", 7}, {"ffn", 7}}));
  CHECK(b["architecture"]["attention"]["rope"] == "fixed");
  CHECK(c["architecture"]["attention"]["rope"] == "learned");
  CHECK(c["architecture"]["attention"]["kv_heads"] == 3);
  CHECK(a["totals"]["by_precision"].size() == 1);
}

}  // namespace
