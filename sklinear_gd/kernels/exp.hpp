// exp and log(1 + x) of the losses, a whole vector at a time.
// exp for x <= 0 (softmax with its maximum taken out never needs more), within 1-2 ulp:
// x = n ln 2 + r, a polynomial for exp(r) on |r| <= ln 2 / 2, and 2^n put together in the exponent bits.
// Coefficients: Cephes expf (float32), the Taylor series up to r^13 (float64: the next term is below 1e-17).
#pragma once
#include "simd.hpp"

namespace {

template <class T> struct ExpConstants;
template <> struct ExpConstants<float> {
    static constexpr float lowest = -87.33f, log2e = 1.44269504088896341f;
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    static constexpr int bias = 127, mantissa = 23, terms = 8;
    static constexpr float series[terms] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                                            1.6666665459e-1f, 5.0000001201e-1f, 1.0f, 1.0f};
};
template <> struct ExpConstants<double> {
    static constexpr double lowest = -708.39, log2e = 1.4426950408889634074;
    static constexpr double ln2_high = 6.93145751953125e-1, ln2_low = 1.42860682030941723212e-6;
    static constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr int bias = 1023, mantissa = 52, terms = 14;
    static constexpr double series[terms] = {
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1.0, 1.0};
};

// Below `lowest` (where the result would be subnormal, and for -inf) the result is exactly 0; NaN stays NaN.
template <class T, int N>
inline Vec<T, N> exp_nonpositive(Vec<T, N> x) {
    using C = ExpConstants<T>;
#ifdef SKLINEAR_GD_VECTORS
    using I = typename IntegerOf<T>::type;
    const Vec<T, N> shifted = x * C::log2e + C::round, n = shifted - C::round;
    const Vec<T, N> r = (x - n * C::ln2_high) - n * C::ln2_low;
    Vec<T, N> p = splat<T, N>(C::series[0]);
    UNROLLED for (int i = 1; i < C::terms; i++) p = p * r + C::series[i];
    // Between vectors of one size a cast keeps the bits.
    const Vec<I, N> exponent = ((Vec<I, N>)shifted + I(C::bias)) << C::mantissa;
    return select<T, N>(x < splat<T, N>(C::lowest), Vec<T, N>{}, p * (Vec<T, N>)exponent);
#else
    for (int i = 0; i < N; i++) x[i] = x[i] < C::lowest ? T(0) : std::exp(x[i]);
    return x;
#endif
}

// log(1 + x) for 0 <= x <= 1 in float64, within 2 ulp: 2 atanh(z), z = x / (2 + x) <= 1 / 3, by its series up to z^33
// (the next term is below 1e-17 of it).
template <int N>
inline Vec<double, N> log_of_one_plus(Vec<double, N> x) {
    constexpr int TERMS = 17;
    const Vec<double, N> z = x / (splat<double, N>(2) + x), square = z * z;
    Vec<double, N> p = splat<double, N>(1.0 / (2 * TERMS - 1));
    UNROLLED for (int k = TERMS - 2; k >= 0; k--) p = p * square + splat<double, N>(1.0 / (2 * k + 1));
    return (z + z) * p;
}

}  // namespace
