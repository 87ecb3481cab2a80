// How the input of layers becomes bytes: the tensor's range, a step for every channel, and which
// channels are fine (kernels/narrow).
#pragma once
#include <cstdint>
#include <vector>

#include "quant/observe.h"

namespace hayago::quant {

// Of the error of values where channels are fine: that of the parts of a step, and about as much of
// rounding their weights.
inline constexpr double kLeftOfFine = 2.5 / (kernels::kFineParts * kernels::kFineParts);

// The steps of all input channels with the least cost of the errors that they make.
//
// A channel's step s makes errors of its values, which cost V s^2, and lets its weights, which are
// multiplied by s, take part in setting the steps of the outputs: the largest product of an output
// becomes 127. An output's step t makes errors of the weights, which cost t^2 q / s^2 for inputs of
// mean square q. So the cost is sum V s^2 + (sum over outputs of G t^2) * (sum of q / s^2), the
// second term once per reader. V and G are those of the sensitivity; without one, errors count
// relative to the variance of the output.
//
// No step is so small that a value which calibration saw is cut off: cutting few values off costs
// more than the finer steps of all others gain, as those few belong to one position.
class InputSteps {
 public:
  // `readers` are all layers that read the input: its bytes are the same for all.
  InputSteps(const std::vector<nn::NarrowLayer>& readers, const TensorStats& input,
             const Sensitivity& sensitivity, const QuantizeOptions& options);

  // At one point of a board, in the unit of the sensitivity.
  double cost() const;
  // As many channels as one more group of fine ones has: pixels are padded to such groups. 0 if
  // there are no more, or none may be fine.
  int next_group() const;
  // Those whose errors cost most become fine.
  void add_group();
  // Multiplications per point and fine channel.
  double products() const { return products_; }

  // Scale, zero, scales and fine channels; no weights.
  nn::LayerQuantization format() const;

 private:
  struct Reader {
    std::vector<double> largest;  // (channels, c_out): of all taps, absolute
    std::vector<double> costs;    // of an output's weights, per square of its step
    double taps = 1;
    std::vector<double> first, second;  // of largest * step, by output
    std::vector<std::size_t> first_channel;
  };
  void add_reader(const nn::NarrowLayer& layer, const TensorStats& input,
                  const Sensitivity& sensitivity, double left);
  void search();
  bool improve(std::size_t channel);
  void find_largest(Reader& reader, std::size_t output) const;
  double total(std::size_t channel, double step) const;
  double cost_of(std::size_t channel) const;
  bool is_fine(std::size_t channel) const;
  float unit() const;

  ByteRange range_;
  bool searched_;                            // or as options.channel_balance says
  std::vector<double> needed_;               // by channel: what its largest value takes
  std::vector<double> of_values_, squares_;  // of_values_: for a step of 1
  std::vector<Reader> readers_;
  std::vector<double> steps_;
  std::vector<std::int16_t> fine_;
  double products_ = 0;
};

// Groups of fine channels for those inputs where they reduce the cost most for the multiplications
// that they take, until these are that share of those of all layers.
void share_out_fine_channels(std::vector<InputSteps*> inputs, double products_of_all, double share);

}  // namespace hayago::quant
