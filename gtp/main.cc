// The program: a table of subcommands.
#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "gtp/cmd/commands.h"

namespace {

using hayago::gtp::Args;

// The reference has those of kProgram, too: programs start them, look for `Uncaught exception` in
// what they say, and show the rest of that line to the user.
enum class ReadBy { kPerson, kProgram };

struct Subcommand {
  std::string_view name;
  int (*run)(const Args&);
  std::string_view help;
  ReadBy errors = ReadBy::kPerson;
};

constexpr std::array<Subcommand, 18> kSubcommands{{
    {"gtp", hayago::gtp::run_gtp, "play and analyse through the Go Text Protocol",
     ReadBy::kProgram},
    {"analysis", hayago::gtp::run_analysis, "analyse many positions through JSON lines",
     ReadBy::kProgram},
    {"benchmark", hayago::gtp::run_benchmark, "measure the speed of searches and suggest threads",
     ReadBy::kProgram},
    {"play", hayago::gtp::run_play, "a game against the engine on a terminal"},
    {"analyse", hayago::gtp::run_analyse, "table of the moves of a game record"},
    {"match", hayago::gtp::run_match, "play games between two configurations or engines"},
    {"evalsgf", hayago::gtp::run_evalsgf, "one position of a game record in numbers",
     ReadBy::kProgram},
    {"features", hayago::gtp::run_features, "network inputs of a position"},
    {"synth-net", hayago::gtp::run_synth_net, "write a random network for tests"},
    {"quantize", hayago::gtp::run_quantize, "turn a network into int8 and say what that changes"},
    {"distill", hayago::gtp::run_distill, "train a small network to say what a large one says"},
    {"compare", hayago::gtp::run_compare, "how far one network's evaluations are from another's"},
    {"convert", hayago::gtp::run_convert, "write a network as another kind of file"},
    {"inspect", hayago::gtp::run_inspect, "list the layers of a network file"},
    {"tune", hayago::gtp::run_tune, "measure which kernels are fastest here, for later runs"},
    {"kernels", hayago::gtp::run_kernels, "list the compute kernels and which are used here"},
    {"bench", hayago::gtp::run_bench, "print the search signature"},
    {"version", hayago::gtp::run_version, "print the version"},
}};

void print_usage(std::ostream& out) {
  out << "Usage: hayago SUBCOMMAND [flags]\n\n";
  for (const Subcommand& command : kSubcommands) {
    out << "  " << command.name << std::string(12 - command.name.size(), ' ') << command.help
        << '\n';
  }
  out << "\n'hayago SUBCOMMAND -help' lists the flags of a subcommand.\n";
}

int run_subcommand(const Subcommand& command, const Args& args) {
  const std::string before = command.errors == ReadBy::kProgram
                                 ? "Uncaught exception: "
                                 : "hayago " + std::string(command.name) + ": ";
  try {
    return command.run(args);
  } catch (const std::exception& error) {
    std::cerr << before << error.what() << std::endl;
  } catch (...) {
    std::cerr << before << "unknown error" << std::endl;
  }
  return 1;
}

int run(int argc, char** argv) {
  if (argc < 2) {
    print_usage(std::cout);
    return 0;
  }
  const std::string_view name = argv[1];
  for (const std::string_view word : {"help", "-h", "--h", "-help", "--help"}) {
    if (name != word) continue;
    print_usage(std::cout);
    return 0;
  }
  for (const std::string_view word : {"-version", "--version", "-V"}) {
    if (name == word) return hayago::gtp::run_version({});
  }
  for (const Subcommand& command : kSubcommands) {
    if (name == command.name) return run_subcommand(command, Args(argv + 2, argv + argc));
  }
  std::cerr << "Unknown subcommand: " << name << "\n\n";
  print_usage(std::cerr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
