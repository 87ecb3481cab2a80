// The one-definition trap: a helper that an ISA file emits as a weak symbol may be the copy that
// the linker keeps for the whole program, which then dies on an older processor. Every weak
// definition in the object of an ISA file must carry the ISA in its name.
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/shared_data.h"

namespace {

struct Report {
  int isa_objects = 0, weak_symbols = 0;
  std::vector<std::string> offenders;
};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// listing: what nm prints for an archive, "member.o:" lines followed by "address type name" lines.
Report check_listing(const std::string& listing) {
  static const std::regex kMember(
      R"(^((sse2|avx2|avxvnni|avx512|avx512vnni|avx512bf16|amx|neon|neondot|neonfp16)_)?)"
      R"(.*\.o:$)");
  static const std::regex kWeak(R"(^[0-9a-f]+ W (.*)$)");
  Report report;
  std::istringstream in(listing);
  std::string isa, member;
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_match(line, match, kMember)) {
      isa = match[2];
      member = line;
      report.isa_objects += isa.empty() ? 0 : 1;
    } else if (!isa.empty() && std::regex_match(line, match, kWeak)) {
      ++report.weak_symbols;
      // xsimd's AVX2 batches live in its AVX registers, and nobody else here uses those.
      const std::string needed = isa == "avx2" ? "avx" : isa;
      if (lower(match[1]).find(needed) == std::string::npos) {
        report.offenders.push_back(member + " " + match[1].str());
      }
    }
  }
  return report;
}

std::string run_nm(const std::string& archive) {
  const std::string command = "nm '" + archive + "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 65536> buffer;
  while (pipe) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get());
    if (count == 0) break;
    text.append(buffer.data(), count);
  }
  return text;
}

}  // namespace

TEST_CASE("the weak symbol check finds offenders", "[house]") {
  const Report report = check_listing(
      "isa.cc.o:\n0000000000000000 W _ZSt4fooi\n\n"
      "avx2_f32.cc.o:\n0000000000000000 W _ZN6hayago4Avx23runEv\n"
      "0000000000000000 T _ZN6hayago4plainEv\n                 U memcpy\n"
      "0000000000000000 V DW.ref.__gxx_personality_v0\n"
      "0000000000000010 W _ZNSt6vectorIfE4pushEv\n");
  CHECK(report.isa_objects == 1);
  CHECK(report.weak_symbols == 2);
  REQUIRE(report.offenders.size() == 1);
  CHECK(report.offenders[0] == "avx2_f32.cc.o: _ZNSt6vectorIfE4pushEv");
}

TEST_CASE("weak symbols of ISA files carry the ISA in their name", "[house]") {
  const std::string listing = run_nm(std::string(HAYAGO_BINARY_DIR) + "/libhayago_kernels.a");
  if (listing.empty()) HAYAGO_SKIP("nm could not list the kernel library");
  const Report report = check_listing(listing);
  CHECK(report.isa_objects > 0);
  for (const std::string& offender : report.offenders) FAIL_CHECK(offender);
}
