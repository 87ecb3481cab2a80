// The symmetry table of spec/02 section 10, its inverses, compositions, and averages.
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <vector>

#include "nn/outputs/postprocess.h"

namespace hayago::test {
namespace {

struct Point {
  int x, y;
};

// The table of section 10, for a square of edge n.
Point image(int symmetry, Point p, int n) {
  const int fx = n - 1 - p.x, fy = n - 1 - p.y;
  const Point table[] = {{p.x, p.y}, {p.x, fy}, {fx, p.y}, {fx, fy},
                         {p.y, p.x}, {fy, p.x}, {p.y, fx}, {fy, fx}};
  return table[symmetry];
}

std::vector<float> numbered(int count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

TEST_CASE("symmetry: points go where the table says", "[outputs]") {
  constexpr int n = 5, c = 3;
  const std::vector<float> in = numbered(n * n * c);
  for (int s = 0; s < nn::kNumSymmetries; ++s) {
    std::vector<float> out(in.size());
    nn::apply_symmetry(in.data(), n, n, c, s, out.data());
    std::vector<std::uint32_t> words(n * n), turned(n * n);
    std::iota(words.begin(), words.end(), 7u);
    nn::apply_symmetry(words.data(), n, n, s, turned.data());
    for (int y = 0; y < n; ++y) {
      for (int x = 0; x < n; ++x) {
        const Point to = image(s, {x, y}, n);
        for (int k = 0; k < c; ++k) {
          REQUIRE(out[static_cast<std::size_t>((to.y * n + to.x) * c + k)] ==
                  in[static_cast<std::size_t>((y * n + x) * c + k)]);
        }
        REQUIRE(turned[static_cast<std::size_t>(to.y * n + to.x)] ==
                words[static_cast<std::size_t>(y * n + x)]);
      }
    }
  }
}

TEST_CASE("symmetry: rectangles ignore the transpose", "[outputs]") {
  constexpr int w = 4, h = 3;
  const std::vector<float> in = numbered(w * h);
  for (int s = 0; s < nn::kNumSymmetries; ++s) {
    std::vector<float> out(in.size()), flips(in.size()), back(in.size());
    nn::apply_symmetry(in.data(), w, h, 1, s, out.data());
    nn::apply_symmetry(in.data(), w, h, 1, s & 3, flips.data());
    CHECK(out == flips);
    nn::undo_symmetry(out.data(), w, h, s, back.data());
    CHECK(back == in);
  }
  std::vector<float> out(in.size());
  nn::apply_symmetry(in.data(), w, h, 1, 1, out.data());  // flips rows
  CHECK(out[0] == in[2 * w]);
  nn::apply_symmetry(in.data(), w, h, 1, 2, out.data());  // flips columns
  CHECK(out[0] == in[w - 1]);
}

TEST_CASE("symmetry: inverses and compositions", "[outputs]") {
  constexpr int n = 4;
  const int inverses[] = {0, 1, 2, 3, 4, 6, 5, 7};
  const std::vector<float> in = numbered(n * n);
  for (int a = 0; a < nn::kNumSymmetries; ++a) {
    CHECK(nn::inverse_symmetry(a) == inverses[a]);
    std::vector<float> first(in.size()), undone(in.size());
    nn::apply_symmetry(in.data(), n, n, 1, a, first.data());
    nn::undo_symmetry(first.data(), n, n, a, undone.data());
    CHECK(undone == in);
    nn::apply_symmetry(first.data(), n, n, 1, nn::inverse_symmetry(a), undone.data());
    CHECK(undone == in);
    for (int b = 0; b < nn::kNumSymmetries; ++b) {
      std::vector<float> both(in.size()), composed(in.size());
      nn::apply_symmetry(first.data(), n, n, 1, b, both.data());
      nn::apply_symmetry(in.data(), n, n, 1, nn::compose_symmetries(a, b), composed.data());
      INFO(a << " then " << b);
      CHECK(both == composed);
    }
  }
}

std::shared_ptr<nn::NetOutput> output(float value, std::vector<float> policy,
                                      std::vector<float> ownership) {
  auto out = std::make_shared<nn::NetOutput>();
  out->white_win = out->white_loss = out->white_no_result = value;
  out->white_score_mean = out->white_score_mean_sq = out->white_lead = 10 * value;
  out->var_time_left = out->shortterm_winloss_error = out->shortterm_score_error = 100 * value;
  out->policy = std::move(policy);
  out->ownership = std::move(ownership);
  out->width = 2;
  out->height = 1;
  return out;
}

TEST_CASE("average: plain means of every field", "[outputs]") {
  const std::vector<std::shared_ptr<const nn::NetOutput>> outputs = {
      output(1, {0.25f, -1, 0.75f}, {1, -1}), output(2, {0.5f, -1, 0.5f}, {}),
      output(6, {0.75f, -1, 0.25f}, {0, 1})};
  const nn::NetOutput mean = nn::average_outputs(outputs);
  CHECK(mean.white_win == 3);
  CHECK(mean.white_loss == 3);
  CHECK(mean.white_no_result == 3);
  CHECK(mean.white_score_mean == 30);
  CHECK(mean.white_score_mean_sq == 30);
  CHECK(mean.white_lead == 30);
  CHECK(mean.var_time_left == 300);
  CHECK(mean.shortterm_winloss_error == 300);
  CHECK(mean.shortterm_score_error == 300);
  CHECK(mean.policy == std::vector<float>{0.5f, -1, 0.5f});
  CHECK(mean.ownership == std::vector<float>{0.5f, 0});  // over those that have it
  CHECK(mean.width == 2);
}

TEST_CASE("average: the first policy alone when legality differs", "[outputs]") {
  const std::vector<std::shared_ptr<const nn::NetOutput>> outputs = {
      output(1, {0.25f, -1, 0.75f}, {}), output(3, {-1, 0.5f, 0.5f}, {})};
  const nn::NetOutput mean = nn::average_outputs(outputs);
  CHECK(mean.white_win == 2);
  CHECK(mean.policy == outputs[0]->policy);
  CHECK(mean.ownership.empty());
}

}  // namespace
}  // namespace hayago::test
