#include "quant/train/parallel.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace hayago::quant {

void run_tasks(int tasks, int threads, const std::function<void(int task)>& work) {
  const int workers = std::clamp(threads, 1, std::max(tasks, 1));
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(std::max(tasks, 0)));
  const auto share = [&](int worker) {
    for (int task = worker; task < tasks; task += workers) {
      try {
        work(task);
      } catch (...) {
        errors[static_cast<std::size_t>(task)] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int worker = 1; worker < workers; ++worker) helpers.emplace_back(share, worker);
    share(0);
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace hayago::quant
