// Command line conventions (spec/09 section 1).
#include "gtp/cli/args.h"

#include <catch2/catch.hpp>

using hayago::gtp::Args;
using hayago::gtp::normalise_args;

TEST_CASE("single-dash long flags become double-dash ones", "[cli]") {
  CHECK(normalise_args({"-model", "x", "--config", "y", "-model=z"}) ==
        Args{"--model", "x", "--config", "y", "--model=z"});
  CHECK(normalise_args({"-t", "1", "-v", "-5", "-h", "-n=3", "word"}) ==
        Args{"-t", "1", "-v", "-5", "-h", "-n=3", "word"});
  CHECK(normalise_args({"-a", "--", "-model", "x"}) == Args{"-a"});
  CHECK(normalise_args({"-model", "x", "-ignore_rest", "-y"}) == Args{"--model", "x"});
}

TEST_CASE("shared flags: repeats, missing values, unknown flags", "[cli]") {
  const auto parse = [](const Args& args, hayago::gtp::CommonOptions& options) {
    CLI::App app("test", "test");
    hayago::gtp::add_config_options(app, options);
    hayago::gtp::add_model_options(app, options, true);
    return hayago::gtp::parse_args(app, args);
  };
  hayago::gtp::CommonOptions options;
  CHECK(
      !parse({"-model", "m", "-config", "a", "-config=b", "-override-config", "x=1,y=2"}, options));
  CHECK(options.model == "m");
  CHECK(options.configs == std::vector<std::string>{"a", "b"});
  CHECK(options.overrides == std::vector<std::string>{"x=1,y=2"});
  for (const Args& bad : {Args{"-model"}, Args{"-foo"}, Args{"stray"}, Args{"-config", "a", "b"},
                          Args{"-model", "a", "-model", "b"}}) {
    INFO(bad[0] << " " << bad.size());
    hayago::gtp::CommonOptions ignored;
    CHECK(parse(bad, ignored) == 2);
  }
}
