// The subcommands. Each takes the words after its name and returns the exit status.
#pragma once
#include "gtp/cli/words.h"

namespace hayago::gtp {

int run_gtp(const Args& args);
int run_analysis(const Args& args);
int run_benchmark(const Args& args);
int run_play(const Args& args);     // a game on a terminal
int run_analyse(const Args& args);  // table of a game record for people
int run_match(const Args& args);    // games between two players
int run_evalsgf(const Args& args);  // one position of a game record
int run_features(const Args& args);
int run_synth_net(const Args& args);
int run_quantize(const Args& args);  // a network in int8
int run_distill(const Args& args);   // a small network that learns from a large one
int run_compare(const Args& args);   // differences between two networks
int run_convert(const Args& args);   // to another kind of file
int run_inspect(const Args& args);   // what a network file holds
int run_tune(const Args& args);      // which kernels are fastest here
int run_kernels(const Args& args);
int run_bench(const Args& args);  // search signature
int run_version(const Args& args);

}  // namespace hayago::gtp
