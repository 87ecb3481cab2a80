// The seam between "what a network computes" and "how": CPU, CUDA, fake, check, fallback.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/exec/cpu_choices.h"
#include "nn/model/desc.h"
#include "nn/model/macs.h"

namespace hayago::nn {

// What callers need to know about a network without its weights.
struct NetInfo {
  std::string name;       // model name inside the file
  std::string file_name;  // as given, without directory
  std::string sha256;     // empty if it was not asked for (LoadOptions)
  int version = 0;
  int input_version = 7;
  int c_spatial = 22, c_global = 19;
  int c_meta = 0;           // 0 or 192
  int policy_channels = 1;  // 1, 2 or 4
  int score_channels = 4;   // 1, 2, 4 or 6
  bool prefer_pass_alive = false;
  Multipliers multipliers;
  long long parameters = 0;
  MacCounts macs;    // of one position; 0 of executors without weights
  std::string kind;  // "convnet", ...
  bool has_shortterm_errors() const { return version >= 9; }
};
NetInfo net_info(const ModelDesc& model);

// One position. All arrays belong to the caller.
struct PositionInput {
  const float* spatial = nullptr;  // (h*w, c_spatial), channel-last, no padding; plane 0 = board
  const float* global = nullptr;   // (c_global)
  const float* meta = nullptr;     // (192); null counts as zeros and is ignored without an encoder
  // Instead of spatial where all planes are 0 or 1: (h*w), bit i = plane i.
  const std::uint32_t* planes = nullptr;

  float plane(int i, int point, int c_spatial) const {
    if (planes != nullptr) return static_cast<float>(planes[point] >> i & 1u);
    return spatial[point * c_spatial + i];
  }
  bool on_board(int point, int c_spatial) const { return plane(0, point, c_spatial) != 0; }
};

// Raw outputs (spec/02 sections 7 and 8) in the orientation of the input (symmetries are the
// evaluator's business). Arrays belong to the caller.
struct RawOutput {
  float* policy = nullptr;     // (policy_channels, h*w)
  float* pass = nullptr;       // (policy_channels)
  float* value = nullptr;      // (3): win, loss, no result logits of the player to move
  float* score = nullptr;      // (score_channels)
  float* ownership = nullptr;  // (h*w), before tanh; null when not wanted
};

// Scratch memory and state of one calling thread, for one buffer size. Not thread-safe.
class ExecContext {
 public:
  virtual ~ExecContext() = default;
  // 1 <= inputs.size() == outputs.size() <= max_batch. The result for a position does not depend
  // on its slot or on the other positions (bitwise).
  virtual void run(std::span<const PositionInput> inputs, std::span<const RawOutput> outputs) = 0;
};

// A network ready to run. Immutable and shared by threads; each thread makes its own context.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual const NetInfo& info() const = 0;
  // e.g. "cpu avx512 fp32".
  virtual std::string description() const = 0;
  // True if a context may be driven by the thread that wants the result (CPU: no gain from waiting
  // for a batch); false if the evaluator should collect batches for few driving threads (GPU).
  virtual bool runs_inline() const = 0;
  virtual int max_batch() const = 0;
  // Contexts that one device wants to have busy: with 2 the next batch is ready when one ends.
  virtual int pipeline_depth() const { return 1; }
  // Contexts that keep all devices busy, pipeline_depth() per device or more. They are handed to
  // the devices in the order in which they are made.
  virtual int wanted_contexts() const { return pipeline_depth(); }
  virtual std::unique_ptr<ExecContext> make_context(int height, int width, int batch) const = 0;
};

struct CpuOptions {
  std::string isa = "auto";  // auto, or a name of kernels/isa.h
  // auto (the best for every layer), or a name of kernels/conv/kernels.inc such as "winograd4": the
  // float convolutions that it can compute use it, the others their best. ModelError for a name
  // that the instruction set does not have.
  std::string conv_algorithm = "auto";
  // "auto", or an algorithm for all 3x3 layers in int8: "direct", or "winograd2" or "winograd4",
  // which compute the layers that have scales for it.
  std::string int8_algorithm = "auto";
  // auto | fp32 | fp16 | bf16 | int8. auto: int8 for networks that have layers in int8, else fp32.
  // bf16: products of bfloat16, but for the first layer and the heads; 2 to 4 times as fast on
  // processors with AMX. fp16: 1x1 products of halves (nn/plan/narrow.h), on Arm; numbers beyond
  // 65504 make wrong or infinite outputs. ModelError where no instruction for it exists, or no
  // layer in int8.
  std::string precision = "auto";
  int max_batch = 16;
  // Most cores for one pass through the network, which are used while fewer contexts are at work;
  // 0: all of the machine, 1: always one. The results are the same bits.
  int cores = 0;
  CpuChoices choices;
};
// Throws ModelError if the network is well-formed but not supported (ungated ffn, dilation) or the
// ISA is unknown or not usable on this machine.
std::unique_ptr<Executor> make_cpu_executor(const ModelDesc& model, const CpuOptions& options = {});

// One context computes batches of at most max_batch positions, a device two contexts' batches at a
// time. Per-pixel activations are floats (fp32) or halves (fp16).
struct CudaOptions {
  // A device number for each context that is wanted; a device may occur more than once. Every
  // device gets at least two contexts.
  std::vector<int> devices = {0};
  std::string precision =
      "auto";  // auto | fp32 | fp16; auto: fp16 if all devices have tensor cores
  int max_batch = 1024;
};
// Throws kernels::GpuError if a device does not exist or fails, ModelError if the network or the
// precision is not supported. run() of a context throws GpuError, too, and std::runtime_error when
// a network's numbers leave the range of half precision.
std::unique_ptr<Executor> make_cuda_executor(const ModelDesc& model, const CudaOptions& options);

// Outputs that are a hash of the inputs, plausible and equal on every machine: for tests and the
// search signature. Needs no weights.
std::unique_ptr<Executor> make_fake_executor(int model_version = 8);

// Devices that take a fixed time per batch, for measuring searches without a network. Outputs are
// made up in about a microsecond and depend on the stones alone.
struct SimulatedDevices {
  int devices = 0;           // 0: run in the calling thread, in no time
  int batch = 90;            // most positions at once
  double batch_seconds = 0;  // a device takes that long for every batch
  int model_version = 8;
};
// Throws std::invalid_argument for numbers out of range.
std::unique_ptr<Executor> make_simulated_executor(const SimulatedDevices& devices);

// Runs `checked` and `reference` side by side, returns the outputs of `checked` and calls back with
// the worst absolute difference of each batch (called from the running thread).
using CheckReport = void (*)(void* user, double worst_policy_logit, double worst_value,
                             double worst_score, double worst_ownership);
std::unique_ptr<Executor> make_check_executor(std::shared_ptr<const Executor> checked,
                                              std::shared_ptr<const Executor> reference,
                                              CheckReport report, void* user);

// Runs `first` until a context of it throws kernels::GpuError; from then on every context, that one
// included, runs an executor that `make_second` makes for batches of the given size. on_failure is
// called once, with the error's text, from the thread that met it.
std::unique_ptr<Executor> make_fallback_executor(
    std::shared_ptr<const Executor> first,
    std::function<std::shared_ptr<const Executor>(int max_batch)> make_second,
    std::function<void(const std::string&)> on_failure);

}  // namespace hayago::nn
