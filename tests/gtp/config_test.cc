// Configuration syntax and typed access (spec/09 sections 2 and 3).
#include "gtp/config/config.h"

#include <catch2/catch.hpp>
#include <functional>
#include <regex>
#include <set>

#include "gtp/config/keys.h"
#include "gtp/config/load_params.h"
#include "gtp/config/parse.h"
#include "gtp/protocol/param_store.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"

using hayago::gtp::Config;
using hayago::gtp::ConfigError;

namespace {

Config from_text(const std::string& text) {
  Config config;
  config.load_text(text, "test.cfg");
  return config;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string load_error(const std::string& text) {
  return error_of([&] { from_text(text); });
}

}  // namespace

TEST_CASE("config values: plain, quoted, with comments", "[config]") {
  const Config config = from_text(
      "# comment\r\n"
      "  a = one two # tail\r\n"
      "b=x=y\n"
      "c = \"quo\\\"ted # kept\"   # tail\n"
      "\n"
      "d\t=\t 7");
  CHECK(config.get_string("a") == "one two");
  CHECK(config.get_string("b") == "x=y");
  CHECK(config.get_string("c") == "quo\"ted # kept");
  CHECK(config.int_or("d", 0, 10, 0) == 7);
  CHECK(config.keys().size() == 4);
}

TEST_CASE("config lines that are no pairs are refused with their place", "[config]") {
  for (const char* line :
       {"foo", "foo=", "= bar", "fo o = 1", "fo.o = 1", "foo = \"a", "foo = \"a\" b", "foo = \"\"",
        "\xEF\xBB\xBF"
        "foo = 1"}) {
    INFO(line);
    const std::string error = load_error(std::string("ok = 1\n") + line + "\n");
    CHECK(error.find("test.cfg, line 2") != std::string::npos);
    CHECK(error.find("key = value") != std::string::npos);
  }
  const std::string twice = load_error("a = 1\nb = 2\na = 3\n");
  CHECK(twice.find("'a'") != std::string::npos);
  CHECK(twice.find("line 3") != std::string::npos);
  CHECK(twice.find("line 1") != std::string::npos);
}

TEST_CASE("typed access names key, place and what was expected", "[config]") {
  const Config config = from_text("i = 5x\nj = 11\nd = nan\ne = 1 2\nt = yes\nu = 2\nok = 1e2\n");
  const auto has = [](const std::string& error, std::vector<std::string> parts) {
    INFO(error);
    for (const std::string& part : parts) CHECK(error.find(part) != std::string::npos);
  };
  has(error_of([&] { config.int_or("i", 0, 10, 0); }), {"'i'", "line 1", "0 to 10", "5x"});
  has(error_of([&] { config.int_or("j", 0, 10, 0); }), {"'j'", "line 2", "0 to 10", "11"});
  has(error_of([&] { config.double_or("d", 0, 1, 0); }), {"'d'", "line 3", "number"});
  has(error_of([&] { config.double_or("e", 0, 1, 0); }), {"'e'", "line 4", "1 2"});
  has(error_of([&] { config.bool_or("t", false); }), {"'t'", "line 5", "true or false"});
  has(error_of([&] { config.enabled_or("u", 2); }), {"'u'", "line 6", "auto"});
  has(error_of([&] { config.get_string("gone"); }), {"'gone'", "test.cfg"});
  CHECK(config.double_or("ok", 0, 1000, 0) == 100);
  CHECK(config.enabled_or("t", 2) == 1);
  CHECK(config.int_or("absent", 0, 1, 1) == 1);
}

TEST_CASE("time is kept for lag unless a configuration file decides", "[config]") {
  const auto lag = [](const Config& config) {
    return hayago::gtp::ParamStore(config, false, false).genmove().lag_buffer;
  };
  Config config;
  CHECK(lag(config) == 1);
  config.apply_overrides("lagBuffer=0.25");
  CHECK(lag(config) == 0.25);
  const std::string required =
      "logAllGTPCommunication = false\nlogSearchInfo = false\nnumSearchThreads = 1\n"
      "rules = chinese\n";
  const hayago::test::TempDir dir;
  Config file;
  file.load_file(dir.write("silent.cfg", required));
  CHECK(lag(file) == 0);  // as the reference
  file.load_file(dir.write("lag.cfg", "lagBuffer = 2\n"));
  CHECK(lag(file) == 2);
}

TEST_CASE("overrides replace, delete, and know about rules", "[config]") {
  Config config = from_text("maxVisits = 5\nrules = chinese\nlagBuffer = 1\n");
  config.apply_overrides(" maxVisits = 8 , lagBuffer=,, x=a=b ");
  CHECK(config.get_string("maxVisits") == "8");
  CHECK(!config.contains("lagBuffer"));
  CHECK(config.get_string("x") == "a=b");
  CHECK(config.source().find("test.cfg") == 0);
  CHECK(config.where("maxVisits") == "override");
  config.apply_overrides("koRule=SIMPLE");
  CHECK(!config.contains("rules"));
  config.apply_overrides("rules=japanese");
  CHECK(!config.contains("koRule"));
  CHECK(error_of([&] { config.apply_overrides("a=1,maxVisits"); }).find("'maxVisits'") !=
        std::string::npos);
}

TEST_CASE("files, includes and their errors", "[config]") {
  const hayago::test::TempDir dir;
  const std::string main = dir.write("main.cfg", "a = 1\n@include sub/one.cfg\nb = 3\n");
  dir.write("sub/one.cfg", "a = 2\nb = 2\n@include = 'two.cfg' # comment\n");
  dir.write("sub/two.cfg", "c = 5\n");
  Config config;
  config.load_file(main);
  CHECK(config.get_string("a") == "2");
  CHECK(config.get_string("b") == "3");
  CHECK(config.get_string("c") == "5");
  CHECK(config.where("c").find("two.cfg, line 1") != std::string::npos);
  config.load_file(dir.write("later.cfg", "c = 6\n"));
  CHECK(config.get_string("c") == "6");

  const std::string loop = dir.write("loop.cfg", "@include loop.cfg\n");
  CHECK(error_of([&] { Config().load_file(loop); }).find("twice") != std::string::npos);
  const std::string missing = dir.write("missing.cfg", "x = 1\n@include nothere.cfg\n");
  const std::string error = error_of([&] { Config().load_file(missing); });
  CHECK(error.find("nothere.cfg") != std::string::npos);
  CHECK(error.find("line 2") != std::string::npos);
  for (const char* bad : {"@foo x", "@include", "@includes x", "@include #"}) {
    INFO(bad);
    CHECK(!load_error(bad).empty());
  }
  CHECK(!error_of([&] { Config().load_file(dir.path()); }).empty());
}

TEST_CASE("unused keys are reported with the nearest known name", "[config]") {
  const Config config =
      from_text("maxVisit = 5\nmaxTime = 3\ncudaFoo = 1\nxyzzyplugh = 2\nresignThreshold = 0\n");
  config.double_or("maxTime", 0, 10, 0);
  CHECK(config.unused_keys() ==
        std::vector<std::string>{"maxVisit", "resignThreshold", "xyzzyplugh"});
  const auto lines = config.unused_key_warnings();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].find("'maxVisits'") != std::string::npos);
  CHECK(lines[1].find("without effect here") != std::string::npos);
  CHECK(lines[2].find("did you mean") == std::string::npos);
}

TEST_CASE("keys that do nothing here say what happens instead", "[config]") {
  const Config config = from_text(
      "cudaUseFP16 = true\nopenclUseFP16 = auto\nuseFP16 = false\nuseFP16-0 = 1\n"
      "deviceToUseThread1 = 1\nnumEigenThreadsPerModel = 4\n"
      "maxVisits = 5\nhomeDataDir = x\n");
  CHECK(config.unused_keys() == std::vector<std::string>{"homeDataDir", "maxVisits"});
  const auto lines = config.no_effect_warnings();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("key 'cudaUseFP16' ("));
  CHECK(lines[0].ends_with(", line 1) has no effect: the network runs on the CPU"));
  CHECK(lines[1].find("'deviceToUseThread1'") != std::string::npos);
  CHECK(lines[2].find("numSearchThreads") != std::string::npos);
  CHECK(lines[3].find("'useFP16-0'") != std::string::npos);
}

TEST_CASE("every key of the specification is known", "[config]") {
  HAYAGO_SHARED_FILE(spec, "spec/09-config-and-cli.md");
  bool in_keys = false;
  int count = 0;
  std::set<std::string> unknown;
  const std::regex name("[a-z]+[A-Z][A-Za-z0-9]*");
  for (const std::string& line : hayago::test::read_lines(spec)) {
    if (line.starts_with("## ")) in_keys = line[3] >= '4' && line[3] <= '6';
    // Tables of keys name them in the first column.
    if (!in_keys || !line.starts_with("| ") || line.starts_with("| key ")) continue;
    const std::string cell = line.substr(0, line.find(" | "));
    for (std::sregex_iterator it(cell.begin(), cell.end(), name), end; it != end; ++it) {
      // The rest of "<backend>UseFP16" or of an abbreviation with dots is no key.
      const auto at = static_cast<std::size_t>(it->position());
      if (at > 0 && cell[at - 1] != ' ' && cell[at - 1] != '`') continue;
      ++count;
      if (!hayago::gtp::is_known_key(it->str())) unknown.insert(it->str());
    }
  }
  CHECK(count > 70);
  CHECK(unknown == std::set<std::string>{});
}

TEST_CASE("key suggestions", "[config]") {
  using hayago::gtp::suggest_key;
  CHECK(suggest_key("MaxVisits") == "maxVisits");
  CHECK(suggest_key("cpuctExploraton") == "cpuctExploration");
  CHECK(suggest_key("logAllGtpComunication") == "logAllGTPCommunication");
  CHECK(!suggest_key("foo"));
  CHECK(hayago::gtp::edit_distance("abcd", "acbd") == 1);
  CHECK(hayago::gtp::edit_distance("", "abc") == 3);
}

TEST_CASE("the key registry has no key twice", "[config]") {
  std::set<std::string_view> seen;
  for (const auto& key : hayago::gtp::key_list()) {
    INFO(key.name);
    CHECK(seen.insert(key.name).second);
  }
  CHECK(seen.count("maxVisits") == 1);
  CHECK(seen.count("rules") == 1);
}

TEST_CASE("numbers as text", "[config]") {
  using namespace hayago::gtp;
  for (const char* good : {".5", "5.", "1e2", "+7.5", " 3 ", "-0"}) CHECK(parse_double(good));
  for (const char* bad : {"", "nan", "inf", "0x10", "1e400", "6,5", "1 2", "+", "--1", "+-1"}) {
    INFO(bad);
    CHECK(!parse_double(bad));
  }
  CHECK(parse_int("+9") == 9);
  CHECK(!parse_int("9.0"));
  CHECK(!parse_int("99999999999"));
  CHECK(parse_int64("1125899906842624") == 1125899906842624);
}

TEST_CASE("search parameters from a configuration", "[config]") {
  using hayago::gtp::load_search_params;
  const hayago::search::SearchParams defaults;
  const auto params = load_search_params(
      from_text("rootNoiseEnabled = true\npolicyOptimism = 0.1\nrootPolicyTemperature = 1.5\n"
                "fpuLossProp = 0.25\nmaxVisits = 77\nplayoutDoublingAdvantagePla = \"WHITE\"\n"),
      defaults, false);
  CHECK(params.max_visits == 77);
  CHECK(params.root_fpu_reduction_max == 0);
  CHECK(params.root_policy_optimism == 0.1);
  CHECK(params.root_policy_temperature_early == 1.5);
  CHECK(params.root_fpu_loss_prop == 0.25);
  CHECK(params.playout_doubling_advantage_pla == hayago::search::Color::kWhite);
  const auto error = [&](const char* text) {
    return error_of([&] { load_search_params(from_text(text), defaults, false); });
  };
  CHECK(error("humanSLChosenMoveProp = 0.5").find("-human-model") != std::string::npos);
  CHECK(error("humanSLProfile = rank_99k").find("rank_99k") != std::string::npos);
  CHECK(error("maxVisits = 0").find("'maxVisits'") != std::string::npos);
  CHECK(error("numBots = 2").find("'numBots'") != std::string::npos);
}

TEST_CASE("a config that switches a parameter off leaves its key unused", "[config]") {
  const Config config = from_text("fpuParentWeight = 0.5\n");
  hayago::gtp::load_search_params(config, {}, false);
  CHECK(config.unused_keys() == std::vector<std::string>{"fpuParentWeight"});
}
