// A tuning in words.
#pragma once
#include <string>

#include "gtp/config/tuning.h"

namespace hayago::gtp {

// "winograd5, panels of 3 vectors".
std::string choice_text(const nn::CpuChoice& choice);

// A few lines: what was chosen and what it gains by the measurements of single layers.
std::string summary_text(const TuningRecord& record);

// A table of all candidates of every layer shape with a sentence on each choice.
std::string explain_text(const TuningRecord& record);

}  // namespace hayago::gtp
