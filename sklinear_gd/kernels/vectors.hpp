// The long vectors of L-BFGS, rows of one array: read once for the inner products of all with two others, and once for a
// sum of multiples. Work goes in chunks of columns that stay in the first caches, to whichever thread comes first. The
// products of a chunk are sums of their own, added up in the order of the chunks: the same bits for any number of threads.
#pragma once
#include <algorithm>
#include <atomic>

#include "memory.hpp"
#include "simd.hpp"
#include "threads.hpp"

namespace {

constexpr std::ptrdiff_t VECTOR_CHUNK = 4096;  // numbers

template <class Body>
void for_chunks(std::ptrdiff_t n, double work, Body body) {
    const std::ptrdiff_t chunks = (n + VECTOR_CHUNK - 1) / VECTOR_CHUNK;
    std::atomic<std::ptrdiff_t> next{0};
    in_paced_parallel(static_cast<std::size_t>(n), useful_threads(work, work), work, [&](const Team&) {
        for (std::ptrdiff_t i; (i = next.fetch_add(1)) < chunks;) {
            const std::ptrdiff_t begin = i * VECTOR_CHUNK;
            body(i, begin, std::min(VECTOR_CHUNK, n - begin));
        }
    });
}

// out[0] = a x, out[1] = a y.
template <class T>
void two_products(const T* a, const T* x, const T* y, std::ptrdiff_t n, double* out) {
    constexpr int N = LANES<T>, CHAINS = 4;  // independent sums hide the latency
    Vec<T, N> by_x[CHAINS] = {}, by_y[CHAINS] = {};
    std::ptrdiff_t p = 0;
    for (; p + CHAINS * N <= n; p += CHAINS * N)
        UNROLLED for (int c = 0; c < CHAINS; c++) {
            const Vec<T, N> own = load<T, N>(a + p + c * N);
            by_x[c] += own * load<T, N>(x + p + c * N);
            by_y[c] += own * load<T, N>(y + p + c * N);
        }
    out[0] = out[1] = 0;
    for (; p < n; p++) {
        out[0] += static_cast<double>(a[p] * x[p]);
        out[1] += static_cast<double>(a[p] * y[p]);
    }
    UNROLLED for (int c = 0; c < CHAINS; c++) {
        out[0] += static_cast<double>(sum_lanes<T, N>(by_x[c]));
        out[1] += static_cast<double>(sum_lanes<T, N>(by_y[c]));
    }
}

// out[2 i] and out[2 i + 1]: the products of row i with x and y, of n numbers each.
template <class T>
void multiply_vectors(const T* rows, std::ptrdiff_t n_rows, std::ptrdiff_t stride, const T* x, const T* y, std::ptrdiff_t n,
                     double* out) {
    const std::ptrdiff_t chunks = (n + VECTOR_CHUNK - 1) / VECTOR_CHUNK;
    Buffer<double> sums(chunks * 2 * n_rows);
    for_chunks(n, 2.0 * static_cast<double>(n_rows * n), [&](std::ptrdiff_t chunk, std::ptrdiff_t begin, std::ptrdiff_t size) {
        for (std::ptrdiff_t i = 0; i < n_rows; i++)
            two_products(rows + i * stride + begin, x + begin, y + begin, size, sums.get() + (chunk * n_rows + i) * 2);
    });
    std::fill_n(out, 2 * n_rows, 0.0);
    for (std::ptrdiff_t chunk = 0; chunk < chunks; chunk++)
        for (std::ptrdiff_t i = 0; i < 2 * n_rows; i++) out[i] += sums[chunk * 2 * n_rows + i];
}

// out += the sum of COUNT rows times their weights.
template <class T, int COUNT>
void add_rows(const T* const* row, const double* weight, std::ptrdiff_t n, T* out) {
    constexpr int N = LANES<T>;
    std::ptrdiff_t p = 0;
    for (; p + N <= n; p += N) {
        Vec<T, N> sum = load<T, N>(out + p);
        UNROLLED for (int i = 0; i < COUNT; i++) sum += load<T, N>(row[i] + p) * splat<T, N>(static_cast<T>(weight[i]));
        store<T, N>(out + p, sum);
    }
    for (; p < n; p++) {
        T sum = out[p];
        UNROLLED for (int i = 0; i < COUNT; i++) sum += row[i][p] * static_cast<T>(weight[i]);
        out[p] = sum;
    }
}

// out = own * last + the sum of all rows times their weights.
template <class T>
void add_vectors(const T* rows, std::ptrdiff_t n_rows, std::ptrdiff_t stride, const double* weights, const T* last, double own,
                std::ptrdiff_t n, T* out) {
    constexpr int TOGETHER = 4;
    for_chunks(n, static_cast<double>(n_rows * n), [&](std::ptrdiff_t, std::ptrdiff_t begin, std::ptrdiff_t size) {
        for (std::ptrdiff_t p = begin; p < begin + size; p++) out[p] = last[p] * static_cast<T>(own);
        std::ptrdiff_t i = 0;
        const T* row[TOGETHER];
        for (; i + TOGETHER <= n_rows; i += TOGETHER) {
            for (int k = 0; k < TOGETHER; k++) row[k] = rows + (i + k) * stride + begin;
            add_rows<T, TOGETHER>(row, weights + i, size, out + begin);
        }
        for (; i < n_rows; i++) {
            row[0] = rows + i * stride + begin;
            add_rows<T, 1>(row, weights + i, size, out + begin);
        }
    });
}

}  // namespace
