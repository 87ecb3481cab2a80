// The inner namespace of everything that is compiled once by the CUDA compiler and once for the
// emulation, so that a program can hold both.
#pragma once

#ifdef HAYAGO_CUDA_EMULATE
#define HAYAGO_GPU_BACKEND emulated
#else
#define HAYAGO_GPU_BACKEND cuda
#endif
