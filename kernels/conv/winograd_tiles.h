// The one-dimensional transforms of Winograd F(m x m, r x r): m outputs from a = m + r - 1 inputs
// by a products, y = A^T [(G g) * (B^T d)]. With interpolation points p_0 .. p_{a-2} and infinity,
// row j of B^T holds the coefficients of prod_{k != j} (x - p_k) (the last row those of all
// factors), row j of G is (1, p_j, .. p_j^(r-1)) / prod_{k != j} (p_j - p_k), and column j of A^T
// is p_j^0 .. p_j^(m-1). The packing code (winograd_pack.cc) derives G from kPoints, so only B^T
// and A^T are written out.
#pragma once
#include "kernels/cpu/vec.h"

namespace hayago::kernels {

struct WinogradF4 {
  static constexpr int kKernel = 3, kOut = 4, kIn = 6;
  static constexpr double kPoints[] = {0, 1, -1, 2, -2};
  static constexpr const char* kName = "winograd4";

  template <class V>
  HAYAGO_INLINE static void input(const V (&d)[6], V* out) {
    const V four(4.0f), five(5.0f), two(2.0f);
    const V even = mul_add(V(-4.0f), d[2], d[4]), odd = mul_add(V(-4.0f), d[1], d[3]);
    const V even2 = d[4] - d[2], odd2 = two * (d[3] - d[1]);
    out[0] = mul_add(four, d[0], d[4]) - five * d[2];
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = mul_add(four, d[1], d[5]) - five * d[3];
  }

  template <class V>
  HAYAGO_INLINE static void output(const V (&m)[6], V* out) {
    const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const V sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    out[0] = m[0] + sum1 + sum2;
    out[1] = mul_add(V(2.0f), difference2, difference1);
    out[2] = mul_add(V(4.0f), sum2, sum1);
    out[3] = mul_add(V(8.0f), difference2, difference1) + m[5];
  }
};

// 19 = 4 * 5 - 1: sixteen tiles cover a full board with 784 products instead of F4's 900.
struct WinogradF5 {
  static constexpr int kKernel = 3, kOut = 5, kIn = 7;
  static constexpr double kPoints[] = {0, 1, -1, 2, -2, 0.5};
  static constexpr const char* kName = "winograd5";

  // B^T of F5 for the points shared with F4 is B^T of F4 applied after the factor (x - 1/2).
  template <class V>
  HAYAGO_INLINE static void input(const V (&d)[7], V* out) {
    const V half(-0.5f);
    const V e[6] = {mul_add(half, d[0], d[1]), mul_add(half, d[1], d[2]),
                    mul_add(half, d[2], d[3]), mul_add(half, d[3], d[4]),
                    mul_add(half, d[4], d[5]), mul_add(half, d[5], d[6])};
    V f[6];
    WinogradF4::input(e, f);
    for (int i = 0; i < 5; ++i) out[i] = f[i];
    out[5] = mul_add(V(4.0f), d[1], d[5]) - V(5.0f) * d[3];
    out[6] = f[5];
  }

  template <class V>
  HAYAGO_INLINE static void output(const V (&m)[7], V* out) {
    const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const V sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    out[0] = (m[0] + m[5]) + (sum1 + sum2);
    out[1] = mul_add(V(0.5f), m[5], mul_add(V(2.0f), difference2, difference1));
    out[2] = mul_add(V(0.25f), m[5], mul_add(V(4.0f), sum2, sum1));
    out[3] = mul_add(V(0.125f), m[5], mul_add(V(8.0f), difference2, difference1));
    out[4] = mul_add(V(0.0625f), m[5], mul_add(V(16.0f), sum2, sum1)) + m[6];
  }
};

// F(3 x 3, 5 x 5) for the first layer of older networks: 49 tiles of 49 products cover a full board
// instead of 9025 direct ones. As many inputs and the same points as F5, so the same B^T.
struct WinogradF3Kernel5 {
  static constexpr int kKernel = 5, kOut = 3, kIn = 7;
  static constexpr double kPoints[] = {0, 1, -1, 2, -2, 0.5};
  static constexpr const char* kName = "winograd3";

  template <class V>
  HAYAGO_INLINE static void input(const V (&d)[7], V* out) {
    WinogradF5::input(d, out);
  }

  template <class V>
  HAYAGO_INLINE static void output(const V (&m)[7], V* out) {
    const V sum1 = m[1] + m[2], difference1 = m[1] - m[2];
    const V sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    out[0] = (m[0] + m[5]) + (sum1 + sum2);
    out[1] = mul_add(V(0.5f), m[5], mul_add(V(2.0f), difference2, difference1));
    out[2] = mul_add(V(0.25f), m[5], mul_add(V(4.0f), sum2, sum1)) + m[6];
  }
};

}  // namespace hayago::kernels
