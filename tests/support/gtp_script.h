// Plays a recorded GTP conversation (golden/README.md, section protocols) against a program.
#pragma once
#include <string>

namespace hayago::test {

struct GtpScriptResult {
  std::string output;      // complete stdout, then @cat files and "@exit STATUS"
  std::string error_text;  // stderr
  std::string problem;     // not empty: a time limit was exceeded, and where
};

// `script_path`: an NN-name.in.txt file; golden.cfg is made from golden-base.cfg beside it, the
// network is `model_path`. Runs in a fresh temporary folder.
GtpScriptResult run_gtp_script(const std::string& program, const std::string& script_path,
                               const std::string& model_path);

}  // namespace hayago::test
