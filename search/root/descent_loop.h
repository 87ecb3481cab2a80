// The playouts of one search thread: keeps many descents on their way and their leaves coming back
// from the evaluator.
#pragma once
#include <functional>
#include <vector>

#include "search/playout/playout.h"

namespace hayago::search {

// What the loops of all threads share.
class SearchQuota {
 public:
  virtual ~SearchQuota() = default;
  // Whether this search is to end (limits of time and memory, errors, stop). Called before every
  // playout.
  virtual bool should_end() = 0;
  // The right to begin a playout; false if all allowed ones are on their way or done.
  virtual bool take_ticket() = 0;
  virtual void give_ticket_back() = 0;
  virtual void count_playout() = 0;
  virtual void fail(std::exception_ptr error) = 0;
  virtual double visits_left() const = 0;
};

class DescentLoop {
 public:
  // Drives up to `width` descents at once.
  DescentLoop(const SearchContext& c, Tree& tree, PlayoutThread& thread, int width,
              SearchQuota& quota);
  void run();
  // Spent on leaves that other threads evaluated.
  double parked_seconds() const { return parked_seconds_; }

 private:
  void start_one();
  void resume_parked();
  void collect_results(double seconds);
  void evaluate_here();
  void submit();
  void wait();
  void drain();
  void complete(Descent& descent);
  void settle(Descent& descent, const std::function<Progress()>& step);
  void abandon(Descent& descent, bool evaluating);

  PlayoutEnvironment env_;
  SearchQuota& quota_;
  Evaluator& net_;
  const bool inline_;
  std::vector<Descent*> idle_, parked_;
  std::vector<EvalJob*> prepared_;  // to be run or submitted
  std::size_t submitted_ = 0;       // on their way
  std::vector<EvalJob*> arrived_;
  double parked_seconds_ = 0;
};

}  // namespace hayago::search
