// `hayago distill` from the first game to the student's file.
#pragma once
#include "gtp/distill/options.h"

namespace hayago::gtp {

// Prints what happens. After Ctrl-C or SIGTERM all that there is has been saved, and the signal
// ends the program as it would have done. Throws ConfigError, nn::ModelError and
// std::runtime_error.
int distill(DistillOptions options);

}  // namespace hayago::gtp
