// Fixed-width vectors: GCC/Clang vector extensions, which the compiler lowers to whatever the module is built
// for, and a plain array with the same operators for every other compiler. Loops over these vectors say exactly
// what is kept in registers; leaving it to the auto-vectoriser was 2-5 times slower.
// The lane count is a template argument (not the vector type: attributes are lost on template arguments).
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#if defined(__GNUC__) && !defined(SKLINEAR_GD_PLAIN_ARRAYS)
#define SKLINEAR_GD_VECTORS 1
#define UNROLLED _Pragma("GCC unroll 32")
// For functions that only prefetch: GCC takes them to do nothing, and drops the calls that are still there.
#define FETCHES inline __attribute__((always_inline))
#else
#define UNROLLED
#define FETCHES inline
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define RESTRICT __restrict
#else
#define RESTRICT __restrict__
#endif

namespace {

// Vector bytes, and how many accumulators fit the registers beside the operands (see dense.hpp).
#if defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, DOT_ROWS = 4, DOT_CLASSES = 5, OUTER_CLASSES = 10;
#elif defined(__AVX2__)
constexpr int VECTOR_BYTES = 32, DOT_ROWS = 3, DOT_CLASSES = 4, OUTER_CLASSES = 5;
#elif defined(__aarch64__)
constexpr int VECTOR_BYTES = 16, DOT_ROWS = 4, DOT_CLASSES = 5, OUTER_CLASSES = 10;
#else
constexpr int VECTOR_BYTES = 16, DOT_ROWS = 2, DOT_CLASSES = 5, OUTER_CLASSES = 5;
#endif

template <class T>
constexpr int LANES = VECTOR_BYTES / static_cast<int>(sizeof(T));

template <class T> struct IntegerOf;
template <> struct IntegerOf<float> { typedef std::int32_t type; };
template <> struct IntegerOf<double> { typedef std::int64_t type; };

#ifdef SKLINEAR_GD_VECTORS

template <class T, int N>
struct VectorOf {
    typedef T type __attribute__((vector_size(N * sizeof(T))));
    typedef T unaligned __attribute__((vector_size(N * sizeof(T)), aligned(sizeof(T)), may_alias));
};
template <class T> struct VectorOf<T, 1> { typedef T type, unaligned; };
template <class T, int N> using Vec = typename VectorOf<T, N>::type;

template <class T, int N> inline Vec<T, N> load(const T* p) {
    return *reinterpret_cast<const typename VectorOf<T, N>::unaligned*>(p);
}
template <class T, int N> inline void store(T* p, Vec<T, N> v) {
    *reinterpret_cast<typename VectorOf<T, N>::unaligned*>(p) = v;
}
template <class T, int N> inline Vec<T, N> splat(T x) { return x - Vec<T, N>{}; }  // x - 0 keeps -0 and NaN
template <class T, int N, class M> inline Vec<T, N> select(M mask, Vec<T, N> a, Vec<T, N> b) { return mask ? a : b; }

template <class T, int N> struct Halves { Vec<T, N / 2> low, high; };
template <class T, int N> inline Halves<T, N> halves(Vec<T, N> v) {
    union { Vec<T, N> whole; Vec<T, N / 2> half[2]; } u = {v};
    return {u.half[0], u.half[1]};
}

#else  // any other compiler: arrays, which its own vectoriser may or may not recognise

template <int N> struct Mask { bool lane[N]; };
template <class T, int N> struct Vec {
    T lane[N];
    T& operator[](int i) { return lane[i]; }
    T operator[](int i) const { return lane[i]; }
};
#define LANEWISE(op) \
    template <class T, int N> inline Vec<T, N> operator op(Vec<T, N> a, Vec<T, N> b) { \
        for (int i = 0; i < N; i++) a.lane[i] = a.lane[i] op b.lane[i]; \
        return a; \
    }
LANEWISE(+) LANEWISE(-) LANEWISE(*) LANEWISE(/)
#undef LANEWISE
#define COMPARE(op) \
    template <class T, int N> inline Mask<N> operator op(Vec<T, N> a, Vec<T, N> b) { \
        Mask<N> m; \
        for (int i = 0; i < N; i++) m.lane[i] = a.lane[i] op b.lane[i]; \
        return m; \
    }
COMPARE(>) COMPARE(<) COMPARE(==)
#undef COMPARE
template <class T, int N> inline Vec<T, N>& operator+=(Vec<T, N>& a, Vec<T, N> b) { return a = a + b; }

template <class T, int N> inline Vec<T, N> load(const T* p) {
    Vec<T, N> v;
    for (int i = 0; i < N; i++) v.lane[i] = p[i];
    return v;
}
template <class T, int N> inline void store(T* p, Vec<T, N> v) {
    for (int i = 0; i < N; i++) p[i] = v.lane[i];
}
template <class T, int N> inline Vec<T, N> splat(T x) {
    Vec<T, N> v;
    for (int i = 0; i < N; i++) v.lane[i] = x;
    return v;
}
template <class T, int N> inline Vec<T, N> select(Mask<N> mask, Vec<T, N> a, Vec<T, N> b) {
    for (int i = 0; i < N; i++) a.lane[i] = mask.lane[i] ? a.lane[i] : b.lane[i];
    return a;
}
template <class T, int N> struct Halves { Vec<T, N / 2> low, high; };
template <class T, int N> inline Halves<T, N> halves(Vec<T, N> v) {
    return {load<T, N / 2>(v.lane), load<T, N / 2>(v.lane + N / 2)};
}

#endif

template <class T, int N> inline Vec<T, N> larger(Vec<T, N> a, Vec<T, N> b) { return select<T, N>(a > b, a, b); }
template <class T, int N> inline Vec<T, N> smaller(Vec<T, N> a, Vec<T, N> b) { return select<T, N>(a < b, a, b); }

// Reductions of one vector by halves: the order is fixed, so the result is too.
template <class T, int N> inline T sum_lanes(Vec<T, N> v) {
    if constexpr (N == 2) return v[0] + v[1];
    else {
        const auto h = halves<T, N>(v);
        return sum_lanes<T, N / 2>(h.low + h.high);
    }
}
template <class T, int N> inline T largest_lane(Vec<T, N> v) {
    if constexpr (N == 2) return v[0] > v[1] ? v[0] : v[1];
    else {
        const auto h = halves<T, N>(v);
        return largest_lane<T, N / 2>(larger<T, N / 2>(h.low, h.high));
    }
}

// Ask for a cache line: for use at once (first-level cache), or for the next block (second-level cache; there the
// requests do not crowd out those of the loop in work). Addresses behind the end of an array are harmless.
FETCHES void fetch_soon(const void* address) {
#ifdef SKLINEAR_GD_VECTORS
    __builtin_prefetch(address, 0, 3);
#else
    (void)address;
#endif
}
FETCHES void fetch_later(const void* address) {
#ifdef SKLINEAR_GD_VECTORS
    __builtin_prefetch(address, 0, 2);
#else
    (void)address;
#endif
}

}  // namespace
