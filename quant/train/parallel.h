// A few threads at the shards of a step.
#pragma once
#include <functional>

namespace hayago::quant {

// Calls work(0) to work(tasks - 1), task i on thread i % threads, one of which is the caller's, and
// returns when all have ended. Throws what the first failing task threw.
void run_tasks(int tasks, int threads, const std::function<void(int task)>& work);

}  // namespace hayago::quant
