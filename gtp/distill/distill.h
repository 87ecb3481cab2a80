// `hayago distill` from the first game to the student's file.
#pragma once
#include "gtp/distill/options.h"

namespace hayago::gtp {

// Prints what happens. The exit status is 0 when the student has been written, 1 when Ctrl-C or
// SIGTERM came before; all that there is has been saved then. Throws ConfigError, nn::ModelError
// and std::runtime_error.
int distill(DistillOptions options);

}  // namespace hayago::gtp
