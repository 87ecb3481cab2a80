// Raw outputs of the real networks on the empty board against the numbers in spec/02 section 14.2.
#include <catch2/catch.hpp>

#include "nn/model/load.h"
#include "tests/nn/exec_support.h"
#include "tests/support/shared_data.h"

namespace hayago::test {
namespace {

struct Expected {
  const char* net;
  int size;
  std::vector<float> value, score;
  std::vector<float> policy;     // points (0,0), (1,0), (0,1), the centre, then pass
  std::vector<float> ownership;  // (0,0) and the centre
};

const std::vector<Expected>& expectations() {
  static const std::vector<Expected> all = {
      {"g170-b6c96-s175395328-d26788732",
       19,
       {2.883143f, 2.992974f, -5.918481f},
       {-0.02485512f, 1.325732f, -0.001587954f, -0.07233983f},
       {-5.388615f, -4.87227f, -5.398726f, -3.739107f, -3.598161f},
       {0.133658f, 0.01191821f}},
      {"g170-b6c96-s175395328-d26788732",
       9,
       {2.992174f, 3.042168f, -5.950719f},
       {0.002602398f, 0.08421022f, 0.01594558f, -0.309797f},
       {-6.404917f, -6.262457f, -6.373268f, 2.32306f, -4.431791f},
       {0.03592702f, 0.376564f}},
      {"b7c96h3tfrs-test5-cnorm",
       19,
       {0.3544968f, 0.7786714f, -5.622881f},
       {-0.04628745f, 0.0007168651f, -0.01458785f, 0.958069f, -3.88009f, -5.711015f},
       {-9.982758f, -10.50537f, -10.52505f, -7.36177f, -8.62472f},
       {0.02401437f, 0.002945647f}},
      {"b7c96h3tfrs-test5-cnorm",
       9,
       {-0.6471018f, 0.8801476f, -6.378138f},
       {-0.05474063f, -1.272716f, -0.0247338f, -1.725511f, -1.460112f, -4.862673f},
       {-7.895446f, -7.981277f, -7.980433f, 1.280303f, -5.682756f},
       {0.1748567f, 0.09448807f}},
      {"b7c96h6kv3qk32v16tflrs-fson-bnh",
       19,
       {0.9838606f, 1.188791f, -5.272146f},
       {-0.02698282f, -0.07056957f, -0.02277512f, 1.034253f, -0.9140564f, -2.96637f},
       {-2.533702f, -1.86365f, -1.862881f, -0.1172256f, 0.4802036f},
       {-0.06155802f, -0.02095293f}},
      {"b7c96h6kv3qk32v16tflrs-fson-bnh",
       9,
       {0.3528096f, 1.962306f, -6.810403f},
       {-0.1016195f, -0.857419f, 0.0003958456f, -3.439147f, -0.3033644f, -3.596059f},
       {-2.360686f, -2.163058f, -2.120096f, 4.917089f, 0.319434f},
       {0.09504008f, 0.04230881f}},
  };
  return all;
}

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

// spec/02 section 14.1: other binary32 implementations differ by up to 3e-5; five times that is
// still rounding. The printed numbers carry seven digits, which is below it.
constexpr double kTolerance = 1.5e-4;

void check_isa(const std::string& isa) {
  for (const Expected& expected : expectations()) {
    HAYAGO_SHARED_FILE(path, std::string("models/") + expected.net + ".bin.gz");
    nn::CpuOptions options;
    options.isa = isa;
    const auto executor = nn::make_cpu_executor(nn::load_model(path), options);
    const int size = expected.size, centre = size / 2 * size + size / 2;
    const TestOutput out = run_one(*executor, size, size, empty_board(executor->info(), size));
    const auto at = [](const std::vector<float>& v, int i) {
      return v[static_cast<std::size_t>(i)];
    };
    const std::vector<float> policy{at(out.policy, 0), at(out.policy, 1), at(out.policy, size),
                                    at(out.policy, centre), out.pass[0]};
    const std::vector<float> ownership{at(out.ownership, 0), at(out.ownership, centre)};
    INFO(isa << " " << expected.net << " " << size << "x" << size);
    CHECK(worst(out.value, expected.value) < kTolerance);
    CHECK(worst(out.score, expected.score) < kTolerance);
    CHECK(worst(policy, expected.policy) < kTolerance);
    CHECK(worst(ownership, expected.ownership) < kTolerance);
  }
}

}  // namespace

TEST_CASE("real networks reproduce the printed outputs with ref kernels", "[nn][exec][slow]") {
  check_isa("ref");
}

TEST_CASE("real networks reproduce the printed outputs with every fast ISA", "[nn][exec]") {
  for (const std::string& isa : usable_isas()) {
    if (isa != "ref") check_isa(isa);
  }
}

}  // namespace hayago::test
