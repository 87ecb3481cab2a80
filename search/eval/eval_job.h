// One leaf evaluation on its way, and the times a thread spends on the way's stages.
#pragma once
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "search/board/hash.h"
#include "search/eval/evaluation.h"

namespace hayago::search {

struct EvalBuffers;  // private to search/eval

// Made by Evaluator::make_job, used by one thread, again and again. Several jobs of a thread may be
// on their way at once.
class EvalJob {
 public:
  explicit EvalJob(std::unique_ptr<EvalBuffers> buffers);
  ~EvalJob();
  EvalJob(const EvalJob&) = delete;
  EvalJob& operator=(const EvalJob&) = delete;

  EvaluationRef result;      // when finished without error
  std::exception_ptr error;  // when finished with one
  void* owner = nullptr;     // the caller's business: whose job this is

  EvalBuffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<EvalBuffers> buffers_;
};

// Wall-clock seconds of one thread.
struct EvalTimes {
  double features = 0;  // network inputs, legality, symmetry
  double network = 0;   // running the network in this thread
  double waiting = 0;   // for results of other threads
  double outputs = 0;   // post-processing, storing
  EvalTimes& operator+=(const EvalTimes& other) {
    features += other.features;
    network += other.network;
    waiting += other.waiting;
    outputs += other.outputs;
    return *this;
  }
  EvalTimes operator-(const EvalTimes& before) const {
    return {features - before.features, network - before.network, waiting - before.waiting,
            outputs - before.outputs};
  }
};

}  // namespace hayago::search
