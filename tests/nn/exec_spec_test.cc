// Raw outputs on the empty board against the numbers in spec/02 section 14.2.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "nn/model/load.h"
#include "tests/nn/exec_spec_table.h"
#include "tests/nn/exec_support.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

// Empty board, Black to move, positional ko, area scoring, suicide, komi 7.5 (spec/04 section 5).
TestInput empty_board(const nn::NetInfo& net, int size) {
  TestInput input;
  input.spatial.assign(static_cast<std::size_t>(size * size * net.c_spatial), 0.0f);
  for (int p = 0; p < size * size; ++p) {
    input.spatial[static_cast<std::size_t>(p * net.c_spatial)] = 1;
  }
  input.global.assign(static_cast<std::size_t>(net.c_global), 0.0f);
  input.global[5] = -0.375f;  // self komi / 20
  input.global[6] = 1;        // positional ko
  input.global[7] = 0.5f;
  input.global[8] = 1;       // suicide
  input.global[18] = -0.5f;  // parity wave
  return input;
}

// spec/02 section 14.1: other binary32 implementations differ by up to 5e-5 (2e-4 in deep random
// transformers); five times that is still rounding. The printed numbers carry seven digits, which
// is below it.
constexpr double kTolerance = 2.5e-4, kDeepTolerance = 1e-3;

void check(const Expected& expected, const std::string& path, const std::string& isa,
           double tolerance) {
  nn::CpuOptions options;
  options.isa = isa;
  const auto executor = nn::make_cpu_executor(nn::load_model(path), options);
  const int size = expected.size, centre = size / 2 * size + size / 2;
  const TestOutput out = run_one(*executor, size, size, empty_board(executor->info(), size));
  const auto at = [](const std::vector<float>& v, int i) { return v[static_cast<std::size_t>(i)]; };
  const std::vector<float> policy{at(out.policy, 0), at(out.policy, 1), at(out.policy, size),
                                  at(out.policy, centre), out.pass[0]};
  const std::vector<float> ownership{at(out.ownership, 0), at(out.ownership, centre)};
  INFO(isa << " " << expected.net << " " << size << "x" << size);
  CHECK(worst(out.value, expected.value) < tolerance);
  CHECK(worst(out.score, expected.score) < tolerance);
  CHECK(worst(policy, expected.policy) < tolerance);
  CHECK(worst(ownership, expected.ownership) < tolerance);
}

void check_real(const std::string& isa) {
  for (const Expected& expected : real_networks()) {
    HAYAGO_SHARED_FILE(path, std::string("models/") + expected.net + ".bin.gz");
    check(expected, path, isa, kTolerance);
  }
}

}  // namespace

TEST_CASE("real networks reproduce the printed outputs with ref kernels", "[nn][exec][slow]") {
  check_real("ref");
}

TEST_CASE("real networks reproduce the printed outputs with every fast ISA", "[nn][exec]") {
  for (const std::string& isa : usable_isas()) {
    if (isa != "ref") check_real(isa);
  }
}

TEST_CASE("generated networks reproduce the printed outputs", "[nn][exec][slow]") {
  HAYAGO_SHARED_FILE(tool, "tools/make_net.py");
  std::string name = (std::filesystem::temp_directory_path() / "hayago_net_XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder = name;
  int checked = 0;
  for (const Expected& expected : generated_networks()) {
    const std::string file = (folder / expected.net).string() + ".bin.gz";
    const std::string command = "python3 '" + tool + "' " + expected.net + " --seed 1 -o '" + file +
                                "' > '" + file + ".log' 2>&1";
    if (!std::filesystem::exists(file) && std::system(command.c_str()) != 0) continue;
    const bool deep = std::string(expected.net) == "b10c384h6nbttf";
    check(expected, file, "auto", deep ? kDeepTolerance : kTolerance);
    ++checked;
  }
  std::filesystem::remove_all(folder);
  if (checked == 0) HAYAGO_SKIP("tools/make_net.py does not run here (no python3?)");
}

}  // namespace hayago::test
