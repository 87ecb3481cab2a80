#include "kernels/isa.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "kernels/list.h"

namespace hayago::test {
namespace {

using kernels::Isa;

TEST_CASE("ISA names round-trip and unknown names are refused", "[kernels]") {
  for (const Isa isa : {Isa::kRef, Isa::kSse2, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
    CHECK(kernels::parse_isa(kernels::isa_name(isa)) == isa);
  }
  CHECK_FALSE(kernels::parse_isa("avx"));
  CHECK_FALSE(kernels::parse_isa(""));
  CHECK_FALSE(kernels::parse_isa("AVX2"));
}

TEST_CASE("the best ISA is usable and ref always is", "[kernels]") {
  CHECK(kernels::isa_usable(Isa::kRef));
  CHECK(kernels::isa_usable(kernels::best_isa()));
  CHECK(kernels::best_isa() != Isa::kRef);
}

TEST_CASE("every operation has a kernel for every ISA, ref last, symbols unique", "[kernels]") {
  std::set<std::string_view> symbols;
  std::set<std::pair<std::string_view, Isa>> present;
  std::set<std::string_view> ops;
  std::string_view last_op;
  bool last_was_ref = true;
  for (const kernels::KernelInfo& info : kernels::kernel_list()) {
    INFO(info.symbol);
    CHECK(symbols.insert(info.symbol).second);
    CHECK(info.symbol.find(info.op) == 0);
    CHECK(info.symbol.find(kernels::isa_name(info.isa)) != std::string_view::npos);
    if (kernels::isa_usable(info.isa)) CHECK(info.compiled);
    if (info.op != last_op) CHECK(last_was_ref);
    last_op = info.op;
    last_was_ref = info.isa == Isa::kRef;
    CHECK(info.exact == last_was_ref);
    present.insert({info.op, info.isa});
    ops.insert(info.op);
  }
  CHECK(last_was_ref);
  CHECK(ops.size() == 7);
  for (const std::string_view op : ops) {
    for (const Isa isa : {Isa::kRef, Isa::kSse2, Isa::kAvx2, Isa::kAvx512, Isa::kNeon}) {
      INFO(op << " " << kernels::isa_name(isa));
      CHECK(present.count({op, isa}) == 1);
    }
  }
}

}  // namespace
}  // namespace hayago::test
