// The losses: each turns the scores of a row into d loss / d scores in place and returns the loss. A loss is a
// function over several rows that the engine calls through a pointer, so the engine is compiled once, not once a
// loss. The definitions are the `formula` methods in sklinear_gd/losses; names and signs are the same here.
//
// Rows of several scores are padded to whole vectors; the padding holds 0 before and after. Adding `pad` (0 on
// real columns, -inf on padding) takes the padding out of every maximum, hinge and exp. One score a row (two
// classes) is another loop, over rows, at the end.
#pragma once
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "exp.hpp"
#include "memory.hpp"

namespace {

enum class LossKind { weston_watkins, crammer_singer, one_vs_rest, softmax, squared_error };

// Row numbers and labels would index memory unchecked further down.
inline void check_row(std::ptrdiff_t row, std::ptrdiff_t n_rows) {
    if (row < 0 || row >= n_rows) throw std::invalid_argument("a row number is outside the matrix");
}
inline void check_label(std::int32_t y, std::ptrdiff_t n_scores) {
    if (y < 0 || y >= (n_scores == 1 ? 2 : n_scores)) throw std::invalid_argument("a label in y is outside 0..n_classes-1");
}

struct LossSpec {
    LossKind kind;
    double margin = 1, smoothing = 0;  // smoothing: of the hinge's kink, or of the labels
    bool squared = false;
};

template <class T>
struct LossRow {
    T margin, smoothing;
    std::ptrdiff_t width;            // whole vectors; 1 for one score a row
    const T *column, *pad, *share;   // 0, 1, 2, ...; 0 or -inf; the part of a smoothed label that every class gets
};

// s: (rows, width); label: class indices as T; value: one loss a row.
template <class T>
using LossFunction = void (*)(const LossRow<T>&, T* s, std::ptrdiff_t rows, const T* label, double* value);

// phi(z) and its slope. `z < 0` (not a maximum) lets NaN through: a diverged model must show.
struct PlainHinge {
    template <class T, int N>
    static void apply(Vec<T, N> z, T, Vec<T, N>& value, Vec<T, N>& slope) {
        const Vec<T, N> zero{};
        value = select<T, N>(z < zero, zero, z);
        slope = select<T, N>(z > zero, splat<T, N>(1), zero);
    }
};
struct SquaredHinge {
    template <class T, int N>
    static void apply(Vec<T, N> z, T, Vec<T, N>& value, Vec<T, N>& slope) {
        const Vec<T, N> zero{}, violation = select<T, N>(z < zero, zero, z);
        value = violation * violation;
        slope = violation + violation;
    }
};
struct SmoothedHinge {
    template <class T, int N>
    static void apply(Vec<T, N> z, T width, Vec<T, N>& value, Vec<T, N>& slope) {
        const Vec<T, N> zero{}, one = splat<T, N>(1), violation = select<T, N>(z < zero, zero, z);
        slope = smaller<T, N>(violation / splat<T, N>(width), one);
        value = slope * (violation - slope * splat<T, N>(width / 2));
    }
};

// z_j = s_j - s_y + margin, with -inf in place of the own class and of padding.
template <class T, int N>
inline Vec<T, N> violation(const LossRow<T>& loss, const T* row, std::ptrdiff_t c, T own_score, T label) {
    const Vec<T, N> s = load<T, N>(row + c) + load<T, N>(loss.pad + c);
    const Vec<T, N> z = s - splat<T, N>(own_score) + splat<T, N>(loss.margin);
    const Vec<T, N> minus_infinity = splat<T, N>(-std::numeric_limits<T>::infinity());
    return select<T, N>(load<T, N>(loss.column + c) == splat<T, N>(label), minus_infinity, z);
}

template <class T, class Phi>
void weston_watkins(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        const std::ptrdiff_t y = static_cast<std::ptrdiff_t>(label[r]);
        const T own_score = s[y];
        Vec<T, N> total{}, pull{};
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            Vec<T, N> phi, slope;
            Phi::template apply<T, N>(violation<T, N>(loss, s, c, own_score, label[r]), loss.smoothing, phi, slope);
            total += phi;
            pull += slope;
            store<T, N>(s + c, slope);
        }
        s[y] = -sum_lanes<T, N>(pull);
        value[r] = sum_lanes<T, N>(total);
    }
}

template <class T, class Phi>
void one_vs_rest(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    const Vec<T, N> one = splat<T, N>(1), minus_one = splat<T, N>(-1), margin = splat<T, N>(loss.margin);
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        Vec<T, N> total{};
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            Vec<T, N> phi, slope;
            const Vec<T, N> t = select<T, N>(load<T, N>(loss.column + c) == splat<T, N>(label[r]), one, minus_one);
            const Vec<T, N> z = margin - t * (load<T, N>(s + c) + load<T, N>(loss.pad + c));
            Phi::template apply<T, N>(z, loss.smoothing, phi, slope);
            total += phi;
            store<T, N>(s + c, Vec<T, N>{} - t * slope);
        }
        value[r] = sum_lanes<T, N>(total);
    }
}

// The largest violation of a row; NaN if any score is NaN.
template <class T, int N>
inline T worst_violation(const LossRow<T>& loss, const T* s, T own_score, T label) {
    Vec<T, N> top = splat<T, N>(-std::numeric_limits<T>::infinity()), poison{};
    for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
        top = larger<T, N>(top, violation<T, N>(loss, s, c, own_score, label));
        poison += load<T, N>(s + c) * Vec<T, N>{};
    }
    return largest_lane<T, N>(top) + sum_lanes<T, N>(poison);
}

template <class T, class Phi>
void crammer_singer(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        const std::ptrdiff_t y = static_cast<std::ptrdiff_t>(label[r]);
        const T own_score = s[y], top = worst_violation<T, N>(loss, s, own_score, label[r]);
        // Of equal maxima the first counts: the smallest column, as the largest of the negated ones.
        Vec<T, N> first = splat<T, N>(-static_cast<T>(loss.width));
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            const Vec<T, N> z = violation<T, N>(loss, s, c, own_score, label[r]);
            const Vec<T, N> here = select<T, N>(z == splat<T, N>(top), Vec<T, N>{} - load<T, N>(loss.column + c),
                                                splat<T, N>(-static_cast<T>(loss.width)));
            first = larger<T, N>(first, here);
            store<T, N>(s + c, Vec<T, N>{});
        }
        Vec<T, N> phi, slope;
        Phi::template apply<T, N>(splat<T, N>(top), loss.smoothing, phi, slope);
        const std::ptrdiff_t worst = static_cast<std::ptrdiff_t>(-largest_lane<T, N>(first));
        s[worst < loss.width ? worst : y] = slope[0];  // no column equals the top where it is NaN
        s[y] = -slope[0];
        value[r] = phi[0];
    }
}

// width * log(1 + sum exp(z / width)) in place of the maximum and the hinge; the square of that if asked.
template <class T, bool SQUARED>
void crammer_singer_smoothed(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    const T g = loss.smoothing;
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        const std::ptrdiff_t y = static_cast<std::ptrdiff_t>(label[r]);
        const T own_score = s[y], worst = worst_violation<T, N>(loss, s, own_score, label[r]);
        const T top = worst < 0 ? T(0) : worst;
        Vec<T, N> total{};
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            const Vec<T, N> z = violation<T, N>(loss, s, c, own_score, label[r]);
            const Vec<T, N> power = exp_nonpositive<T, N>((z - splat<T, N>(top)) / splat<T, N>(g));
            total += power;
            store<T, N>(s + c, power);
        }
        const T others = sum_lanes<T, N>(total), sum = std::exp(-top / g) + others;
        const double h = top + g * std::log(static_cast<double>(sum));
        const T factor = (SQUARED ? static_cast<T>(2 * h) : T(1)) / sum;
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) store<T, N>(s + c, load<T, N>(s + c) * splat<T, N>(factor));
        s[y] = -others * factor;
        value[r] = SQUARED ? h * h : h;
    }
}

template <class T>
void softmax(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    const double smoothing = static_cast<double>(loss.smoothing);
    const Vec<T, N> own_share = splat<T, N>(1 - loss.smoothing), zero{};
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        Vec<T, N> top = splat<T, N>(-std::numeric_limits<T>::infinity()), total{}, spread{};
        for (std::ptrdiff_t c = 0; c < loss.width; c += N)
            top = larger<T, N>(top, load<T, N>(s + c) + load<T, N>(loss.pad + c));
        const T highest = largest_lane<T, N>(top), own_score = s[static_cast<std::ptrdiff_t>(label[r])];
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            const Vec<T, N> shifted = load<T, N>(s + c) - splat<T, N>(highest);
            const Vec<T, N> power = exp_nonpositive<T, N>(shifted + load<T, N>(loss.pad + c));
            spread += shifted * load<T, N>(loss.share + c);
            total += power;
            store<T, N>(s + c, power);
        }
        const T sum = sum_lanes<T, N>(total), inverse = 1 / sum;
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            const Vec<T, N> own = select<T, N>(load<T, N>(loss.column + c) == splat<T, N>(label[r]), own_share, zero);
            store<T, N>(s + c, load<T, N>(s + c) * splat<T, N>(inverse) - own - load<T, N>(loss.share + c));
        }
        value[r] = std::log(static_cast<double>(sum)) - (1 - smoothing) * static_cast<double>(own_score - highest);
        if (smoothing > 0) value[r] -= sum_lanes<T, N>(spread);
    }
}

template <class T>
void squared_error(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    const Vec<T, N> zero{}, one = splat<T, N>(1), minus_one = splat<T, N>(-1);
    for (std::ptrdiff_t r = 0; r < rows; r++, s += loss.width) {
        Vec<T, N> total{};
        for (std::ptrdiff_t c = 0; c < loss.width; c += N) {
            const Vec<T, N> t = select<T, N>(load<T, N>(loss.column + c) == splat<T, N>(label[r]), one, minus_one);
            const Vec<T, N> residual = select<T, N>(load<T, N>(loss.pad + c) < zero, zero, load<T, N>(s + c) - t);
            total += residual * residual;
            store<T, N>(s + c, residual + residual);
        }
        value[r] = sum_lanes<T, N>(total);
    }
}

// ---- one score a row: t = +1 for class 1, -1 for class 0 ----

// body(score, label, value, count): one vector of rows, scores to residuals; the last, short one in a copy.
template <class T, class Body>
inline void for_vectors(T* s, std::ptrdiff_t rows, const T* label, double* value, Body body) {
    constexpr int N = LANES<T>;
    std::ptrdiff_t r = 0;
    for (; r + N <= rows; r += N) store<T, N>(s + r, body(load<T, N>(s + r), load<T, N>(label + r), value + r, N));
    if (r == rows) return;
    const int count = static_cast<int>(rows - r);
    T score[N] = {}, own[N] = {};
    std::copy(s + r, s + rows, score);
    std::copy(label + r, label + rows, own);
    store<T, N>(score, body(load<T, N>(score), load<T, N>(own), value + r, count));
    std::copy(score, score + count, s + r);
}

template <class T, int N>
inline Vec<T, N> sign(Vec<T, N> label) { return label * splat<T, N>(2) - splat<T, N>(1); }

template <class T, class Phi>
void binary_hinge(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for_vectors(s, rows, label, value, [&](Vec<T, N> score, Vec<T, N> own, double* to, int count) {
        const Vec<T, N> t = sign<T, N>(own);
        Vec<T, N> phi, slope;
        Phi::template apply<T, N>(splat<T, N>(loss.margin) - t * score, loss.smoothing, phi, slope);
        for (int i = 0; i < count; i++) to[i] = phi[i];
        return Vec<T, N>{} - t * slope;
    });
}

// log(1 + exp(u)) to `value`; returns its slope.
template <class T, int N>
inline Vec<T, N> soft_plus(Vec<T, N> u, double* value, int count) {
    const Vec<T, N> zero{}, one = splat<T, N>(1);
    const Vec<T, N> power = exp_nonpositive<T, N>(select<T, N>(u < zero, u, zero - u));
    constexpr int M = LANES<double>;
    double rest[N];
    for (int i = 0; i < N; i++) rest[i] = static_cast<double>(power[i]);
    for (int i = 0; i < N; i += M) store<double, M>(rest + i, log_of_one_plus<M>(load<double, M>(rest + i)));
    for (int i = 0; i < count; i++) value[i] = (u[i] < 0 ? 0.0 : static_cast<double>(u[i])) + rest[i];
    return select<T, N>(u < zero, power, one) / (one + power);
}

template <class T, bool SQUARED>
void binary_crammer_singer_smoothed(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for_vectors(s, rows, label, value, [&](Vec<T, N> score, Vec<T, N> own, double* to, int count) {
        const Vec<T, N> t = sign<T, N>(own), z = splat<T, N>(loss.margin) - t * score;
        Vec<T, N> slope = soft_plus<T, N>(z / splat<T, N>(loss.smoothing), to, count);
        for (int i = 0; i < count; i++) {
            const double h = to[i] * static_cast<double>(loss.smoothing);
            to[i] = SQUARED ? h * h : h;
            if (SQUARED) slope[i] *= static_cast<T>(2 * h);
        }
        return Vec<T, N>{} - t * slope;
    });
}

template <class T>
void logistic(const LossRow<T>& loss, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for_vectors(s, rows, label, value, [&](Vec<T, N> score, Vec<T, N> own, double* to, int count) {
        const Vec<T, N> target = own * splat<T, N>(1 - loss.smoothing) + splat<T, N>(loss.smoothing / 2);
        const Vec<T, N> slope = soft_plus<T, N>(score, to, count);
        for (int i = 0; i < count; i++) to[i] -= static_cast<double>(target[i]) * static_cast<double>(score[i]);
        return slope - target;
    });
}

template <class T>
void binary_squared_error(const LossRow<T>&, T* s, std::ptrdiff_t rows, const T* label, double* value) {
    constexpr int N = LANES<T>;
    for_vectors(s, rows, label, value, [&](Vec<T, N> score, Vec<T, N> own, double* to, int count) {
        const Vec<T, N> residual = score - sign<T, N>(own), square = residual * residual;
        for (int i = 0; i < count; i++) to[i] = square[i];
        return residual + residual;
    });
}

// ---- the choice, once a call ----

template <class T, class Phi>
LossFunction<T> hinge_function(LossKind kind, bool binary) {
    if (binary) return binary_hinge<T, Phi>;
    if (kind == LossKind::weston_watkins) return weston_watkins<T, Phi>;
    return kind == LossKind::crammer_singer ? crammer_singer<T, Phi> : one_vs_rest<T, Phi>;
}

template <class T>
LossFunction<T> loss_function(const LossSpec& spec, std::ptrdiff_t n_scores) {
    const bool binary = n_scores == 1, smoothed = spec.smoothing > 0;
    if (spec.kind == LossKind::softmax) return binary ? logistic<T> : softmax<T>;
    if (spec.kind == LossKind::squared_error) return binary ? binary_squared_error<T> : squared_error<T>;
    if (spec.kind == LossKind::crammer_singer && smoothed) {
        if (binary) return spec.squared ? binary_crammer_singer_smoothed<T, true> : binary_crammer_singer_smoothed<T, false>;
        return spec.squared ? crammer_singer_smoothed<T, true> : crammer_singer_smoothed<T, false>;
    }
    if (spec.squared) return hinge_function<T, SquaredHinge>(spec.kind, binary);
    if (smoothed) return hinge_function<T, SmoothedHinge>(spec.kind, binary);
    return hinge_function<T, PlainHinge>(spec.kind, binary);
}

// A loss with the constant vectors that it needs.
template <class T>
class Loss {
public:
    // `least_width`: columns that the caller wants at least
    Loss(const LossSpec& spec, std::ptrdiff_t n_scores, std::ptrdiff_t least_width)
        : width_(n_scores == 1 ? 1 : round_up(least_width, LANES<T>)), constants_(3 * width_),
          function_(loss_function<T>(spec, n_scores)) {
        T *column = constants_.get(), *pad = column + width_, *share = pad + width_;
        for (std::ptrdiff_t k = 0; k < width_; k++) {
            const bool real = k < n_scores;
            column[k] = static_cast<T>(k);
            pad[k] = real ? T(0) : -std::numeric_limits<T>::infinity();
            share[k] = real ? static_cast<T>(spec.smoothing / static_cast<double>(n_scores)) : T(0);
        }
        row_ = {static_cast<T>(spec.margin), static_cast<T>(spec.smoothing), width_, column, pad, share};
    }
    std::ptrdiff_t width() const { return width_; }
    void operator()(T* s, std::ptrdiff_t rows, const T* label, double* value) const {
        function_(row_, s, rows, label, value);
    }

private:
    std::ptrdiff_t width_;
    Buffer<T> constants_;
    LossFunction<T> function_;
    LossRow<T> row_;
};

}  // namespace
