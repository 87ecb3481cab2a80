// Work in numbered pieces on several threads, each with its own tools.
#pragma once
#include <cstddef>
#include <functional>

namespace hayago::gtp {

// Every thread calls `make_worker` once and the result for pieces 0 .. count - 1, in any order.
// After an error the threads stop at their next piece; the first one is rethrown.
void run_parallel(int threads, std::size_t count,
                  const std::function<std::function<void(std::size_t)>()>& make_worker);

}  // namespace hayago::gtp
