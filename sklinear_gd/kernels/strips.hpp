// The inner loops over a sparse row: products with the weights of some classes, and additions to them.
#pragma once
#include "sparse_rows.hpp"
#include "threads.hpp"

namespace {

// The classes that one pass over a row serves: COUNT vectors of N lanes.
template <class T, int N, int COUNT>
struct Strip {
    Vec<T, N> v[COUNT];
    static Strip read(const T* p) {
        Strip s;
        UNROLLED for (int i = 0; i < COUNT; i++) s.v[i] = load<T, N>(p + i * N);
        return s;
    }
    static FETCHES void fetch(const T* p) {
        constexpr int BYTES = N * COUNT * static_cast<int>(sizeof(T));
        UNROLLED for (int at = 0; at < BYTES; at += CACHE_LINE) fetch_soon(reinterpret_cast<const char*>(p) + at);
    }
    void write(T* p) const { UNROLLED for (int i = 0; i < COUNT; i++) store<T, N>(p + i * N, v[i]); }
    void add(T factor, const Strip& other) { UNROLLED for (int i = 0; i < COUNT; i++) v[i] += other.v[i] * splat<T, N>(factor); }
    void threshold(T by) {  // w - clamp(w, -by, by); NaN stays NaN
        const Vec<T, N> high = splat<T, N>(by), low = splat<T, N>(-by);
        UNROLLED for (int i = 0; i < COUNT; i++) {
            const Vec<T, N> w = v[i];
            v[i] = w - select<T, N>(w > high, high, select<T, N>(w < low, low, w));
        }
    }
};

// What a value meets beside the weights of its feature.
enum class Feature { plain, pending, scaled };

// Pending: what has not been subtracted from a feature yet, total - last. Scaled: what its values are multiplied by.
template <class T>
struct Beside {
    double* last;
    double total;
    const T* scale;
};

// The sum of data[p] * W[indices[p]] over the row, for the classes of one strip.
template <class T, class I, int N, int COUNT, Feature KIND>
inline Strip<T, N, COUNT> sparse_dot(SparseRow<T, I> row, const T* W, std::ptrdiff_t width, Beside<T> beside) {
    using S = Strip<T, N, COUNT>;
    constexpr int CHAINS = COUNT >= 4 ? 1 : (COUNT >= 2 ? 2 : 4), AHEAD = 8;  // independent sums hide the latency
    S sum[CHAINS] = {};
    const auto take = [&](std::ptrdiff_t p, S& to) {
        const auto j = static_cast<std::ptrdiff_t>(row.indices[p]);
        S weights = S::read(W + j * width);
        if constexpr (KIND == Feature::pending) weights.threshold(static_cast<T>(beside.total - beside.last[j]));
        to.add(KIND == Feature::scaled ? row.data[p] * beside.scale[j] : row.data[p], weights);
    };
    std::ptrdiff_t p = 0;
    for (; p + CHAINS <= row.size; p += CHAINS) {
        if (N > 1 && p + CHAINS + AHEAD <= row.size)  // single weights are loaded as early without
            UNROLLED for (int c = 0; c < CHAINS; c++) S::fetch(W + static_cast<std::ptrdiff_t>(row.indices[p + c + AHEAD]) * width);
        UNROLLED for (int c = 0; c < CHAINS; c++) take(p + c, sum[c]);
    }
    for (; p < row.size; p++) take(p, sum[0]);
    UNROLLED for (int c = 1; c < CHAINS; c++) sum[0].add(T(1), sum[c]);
    return sum[0];
}

// Where the scores of rows come from and go to, for the classes of one strip: out = offset + scale * dot.
template <class T>
struct Scoring {
    const T* W;
    std::ptrdiff_t width;
    Beside<T> beside;
    T scale;
    const T* offset;       // or null
    std::ptrdiff_t real;   // classes but for the padding
    T* out;
    std::ptrdiff_t stride;
};

// With `ahead`, rows to come are asked for, up to the end of the row numbers.
template <class T, class I, int N, int COUNT, Feature KIND>
void sparse_scores(const SparseRows<T, I>& rows, const std::ptrdiff_t* row, std::ptrdiff_t n, const Scoring<T>& to,
                   const RowsAhead<T, I>* ahead, const std::ptrdiff_t* end) {
    T* out = to.out;
    for (std::ptrdiff_t r = 0; r < n; r++, out += to.stride) {
        if (ahead) ahead->ask(row + r, end - (row + r));
        const auto sum = sparse_dot<T, I, N, COUNT, KIND>(rows.row(row[r]), to.W, to.width, to.beside);
        if constexpr (N * COUNT == 1) {
            out[0] = sum.v[0] * to.scale + (to.offset ? to.offset[0] : T(0));
        } else {
            T dot[N * COUNT];
            sum.write(dot);
            for (std::ptrdiff_t k = 0; k < to.real; k++) out[k] = dot[k] * to.scale + (to.offset ? to.offset[k] : T(0));
        }
    }
}

// W[indices[p]] += data[p] * factor * residual for the features begin..end, after they have caught up.
template <class T, class I, int N, int COUNT, Feature KIND>
void sparse_add(SparseRow<T, I> row, const T* residual, T factor, T* W, std::ptrdiff_t at, std::ptrdiff_t width,
                Range features, Beside<T> beside) {
    using S = Strip<T, N, COUNT>;
    S direction = {};
    direction.add(factor, S::read(residual + at));
    const auto span = static_cast<std::size_t>(features.end - features.begin);
    for (std::ptrdiff_t p = 0; p < row.size; p++) {
        const auto j = static_cast<std::ptrdiff_t>(row.indices[p]);
        if (static_cast<std::size_t>(j - features.begin) >= span) continue;
        T* weights = W + j * width;
        S updated;
        if constexpr (KIND == Feature::pending) {
            const T by = static_cast<T>(beside.total - beside.last[j]);
            beside.last[j] = beside.total;
            if (COUNT * N == width) {  // the usual case, without a branch that nobody can predict
                updated = S::read(weights + at);
                updated.threshold(by);
            } else {  // the first strip catches up for all of them
                for (std::ptrdiff_t k = 0; by != 0 && k < width; k += N) {
                    auto part = Strip<T, N, 1>::read(weights + k);
                    part.threshold(by);
                    part.write(weights + k);
                }
                updated = S::read(weights + at);
            }
        } else {
            updated = S::read(weights + at);
        }
        updated.add(KIND == Feature::scaled ? row.data[p] * beside.scale[j] : row.data[p], direction);
        updated.write(weights + at);
    }
}

// The strips that cover `width` columns (see padded_width): one narrow vector, or whole vectors up to four at once.
template <class T, class I>
struct Strips {
    typedef void (*Score)(const SparseRows<T, I>&, const std::ptrdiff_t*, std::ptrdiff_t, const Scoring<T>&,
                          const RowsAhead<T, I>*, const std::ptrdiff_t*);
    typedef void (*Add)(SparseRow<T, I>, const T*, T, T*, std::ptrdiff_t, std::ptrdiff_t, Range, Beside<T>);
    static constexpr int MOST = 4;  // vectors
    Score score[MOST + 1] = {};
    Add add[MOST + 1] = {};
    int lanes = 1;

    Strips() = default;
    Strips(std::ptrdiff_t width, Feature kind) {
        if (kind == Feature::pending) choose<Feature::pending>(width);
        else if (kind == Feature::scaled) choose<Feature::scaled>(width);
        else choose<Feature::plain>(width);
    }

private:
    template <Feature KIND>
    void choose(std::ptrdiff_t width) {
        constexpr int FULL = LANES<T>;
        if (width % FULL == 0) {
            set<FULL, 1, KIND>(), set<FULL, 2, KIND>(), set<FULL, 3, KIND>(), set<FULL, 4, KIND>();
        } else if (FULL >= 4 && width == FULL / 2) {
            set<FULL / 2, 1, KIND>();
        } else if (FULL >= 8 && width == FULL / 4) {
            set<FULL / 4, 1, KIND>();
        } else {
            set<1, 1, KIND>();
        }
    }
    template <int N, int COUNT, Feature KIND>
    void set() {
        if constexpr (N >= 1)
            lanes = N, score[COUNT] = sparse_scores<T, I, N, COUNT, KIND>, add[COUNT] = sparse_add<T, I, N, COUNT, KIND>;
    }
};

}  // namespace
