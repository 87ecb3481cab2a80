// What CpuOptions mean for a network on this machine.
#pragma once
#include "nn/exec/cpu/cpu_op.h"
#include "nn/exec/executor.h"
#include "nn/plan/narrow.h"

namespace hayago::nn {

struct CpuSetup {
  CpuKernels kernels;
  Precision precision;
};

// Throw ModelError for an instruction set, algorithm or precision that is unknown or that this
// machine or network does not have.
CpuSetup cpu_setup(const ModelDesc& model, const CpuOptions& options);
// With a precision of the caller's own instead of options.precision.
CpuSetup cpu_setup(const Precision& precision, const CpuOptions& options);

// The fused plan with its narrow layers. Layers in int8 for which the choices say "fp32" are in
// float. Throws as narrow() does.
Plan cpu_plan(const ModelDesc& model, const CpuSetup& setup);

// Positions that go through the network together unless a tuner knows better.
int default_positions(const Plan& plan);

}  // namespace hayago::nn
