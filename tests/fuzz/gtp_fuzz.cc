// Lines for the GTP engine with made-up evaluations and two visits per move. Every response must be
// framed correctly, whatever the lines say.
// fuzz-runs: 1500
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "gtp/config/parse.h"
#include "gtp/protocol/loop.h"
#include "nn/exec/executor.h"

namespace {

using namespace hayago::gtp;

// Commands that write files, wait on purpose, or lift the limits that keep a run short.
bool is_out_of_bounds(const std::string& line) {
  const std::string lower = to_lower(line);
  for (const char* word : {"sgf", "delay", "max", "threads", "benchmark", "kata-set-params"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

// A sequence of responses: '=' or '?' first, an empty line last.
bool is_framed(const std::string& out) {
  std::istringstream lines(out);
  bool at_start = true;
  for (std::string line; std::getline(lines, line);) {
    if (at_start && line[0] != '=' && line[0] != '?') return false;
    at_start = line.empty();
  }
  return at_start;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::cerr.setstate(std::ios::failbit);  // notices for people
  Config config;
  config.apply_overrides(
      "maxVisits=2,numSearchThreads=1,defaultBoardSize=5,nnCacheSizePowerOfTwo=6,"
      "nnMutexPoolSizePowerOfTwo=4,nodeTableShardsPowerOfTwo=8,forDeterministicTesting=true,"
      "logConfigContents=false");
  Log log(config, false, false);
  GtpModels models;
  models.main_path = "fake";
  models.main = hayago::nn::make_fake_executor();
  std::ostringstream stream;
  Output output(stream);
  LineQueue queue;
  bool raw_all = false;  // the one response with empty lines inside
  {
    Session session(ParamStore(config, false, false), models, "1", log, output, queue);
    std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
    int count = 0;
    for (std::string line; count < 40 && std::getline(lines, line); ++count) {
      if (is_out_of_bounds(line)) continue;
      raw_all = raw_all || line.find("kata-raw") != std::string::npos;
      if (!handle_line(session, line)) break;
    }
    session.end_background(false);
  }
  if (!raw_all && !is_framed(stream.str())) std::abort();
  return 0;
}
