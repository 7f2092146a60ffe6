// Plain hinges beside their smoothed versions, both of given scores: what the method of multipliers wants to know of
// each row. The definition is Smoothing._slice in sklinear_gd/solvers/smoothing.py. X is not looked at: the scores
// come from one kernel, and another one pulls the derivatives back. In float64 whatever X is, since the costs are
// small differences of the losses.
#pragma once
#include <algorithm>
#include <cmath>

#include "losses.hpp"
#include "threads.hpp"

namespace {

// Arrays of n rows in the order of the scores; `row` says which row of the table is theirs.
template <class T>
struct SmoothingCall {
    const T* scores;            // (n, n_scores)
    const std::int32_t* y;      // (n,)
    const double *weights, *shifts;  // (n,) and (n, n_scores), or null
    const std::ptrdiff_t* row;  // (n,)
    std::ptrdiff_t n, n_scores, n_table, width;
    LossSpec loss;              // the smoothed one
    double* d_scores;           // (n, n_scores), written: the derivatives
    T* table;                   // (n_table, width), written: the same, weighted
};

// Of weighted rows: smoothed losses of the shifted scores, losses, and losses plus conjugates less <d, s>.
struct SmoothingSums { double smooth = 0, plain = 0, cost = 0; };

// The conjugate of every plain hinge is minus the margin times the slopes of its violations, inside of its domain.
inline double hinge_conjugate(const LossSpec& loss, const double* d, std::ptrdiff_t n_scores, std::int32_t y) {
    if (n_scores > 1 && loss.kind != LossKind::one_vs_rest) return loss.margin * d[y];  // minus the sum of the others
    double total = 0;
    for (std::ptrdiff_t k = 0; k < n_scores; k++) total += std::fabs(d[k]);
    return -loss.margin * total;
}

template <class T>
class SmoothedRows {
public:
    explicit SmoothedRows(const SmoothingCall<T>& call)
        : call_(call), smooth_(call.loss, call.n_scores, call.n_scores), plain_(kinked(call.loss), call.n_scores, call.n_scores),
          threads_(useful_threads(work(), work())),
          scratch_(threads_ * AT_ONCE * (2 * smooth_.width() + 3)), values_(3 * call.n) {}

    SmoothingSums run() {
        in_parallel(threads_, [this](Team team) {
            const Range mine = team.share(call_.n, AT_ONCE);
            for (std::ptrdiff_t first = mine.begin; first < mine.end; first += AT_ONCE)
                part(team.me, first, std::min(AT_ONCE, mine.end - first));
        });
        SmoothingSums sums;  // in the order of the rows, for any number of threads
        for (std::ptrdiff_t i = 0; i < call_.n; i++) {
            const double weight = call_.weights ? call_.weights[i] : 1.0, *value = values_.get() + 3 * i;
            sums.smooth += weight * value[0], sums.plain += weight * value[1], sums.cost += weight * value[2];
        }
        return sums;
    }

private:
    static constexpr std::ptrdiff_t AT_ONCE = 64;
    static constexpr double WORK = 16;  // about what a score costs, in multiply-adds
    double work() const { return WORK * static_cast<double>(call_.n_scores) * static_cast<double>(call_.n); }
    static LossSpec kinked(LossSpec loss) {
        loss.smoothing = 0;
        return loss;
    }

    void part(int me, std::ptrdiff_t first, std::ptrdiff_t n) {
        const std::ptrdiff_t K = call_.n_scores, width = smooth_.width();
        double* d = scratch_.get() + me * AT_ONCE * (2 * width + 3);
        double *slopes = d + AT_ONCE * width, *label = slopes + AT_ONCE * width, *smooth = label + AT_ONCE, *plain = smooth + AT_ONCE;
        for (std::ptrdiff_t r = 0; r < n; r++) {
            const T* scores = call_.scores + (first + r) * K;
            const double* shifts = call_.shifts ? call_.shifts + (first + r) * K : nullptr;
            label[r] = call_.y[first + r];
            for (std::ptrdiff_t k = 0; k < K; k++) {
                slopes[r * width + k] = static_cast<double>(scores[k]);
                d[r * width + k] = slopes[r * width + k] + (shifts ? shifts[k] : 0.0);
            }
            for (std::ptrdiff_t k = K; k < width; k++) slopes[r * width + k] = d[r * width + k] = 0;
        }
        smooth_(d, n, label, smooth);
        plain_(slopes, n, label, plain);
        for (std::ptrdiff_t r = 0; r < n; r++) close_row(first + r, d + r * width, smooth[r], plain[r]);
    }

    void close_row(std::ptrdiff_t i, const double* d, double smooth, double plain) {
        const std::ptrdiff_t K = call_.n_scores;
        const double weight = call_.weights ? call_.weights[i] : 1.0;
        const T* scores = call_.scores + i * K;
        T* table = call_.table + call_.row[i] * call_.width;
        double product = 0;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            product += d[k] * static_cast<double>(scores[k]);
            call_.d_scores[i * K + k] = d[k];
            table[k] = static_cast<T>(weight * d[k]);
        }
        double* value = values_.get() + 3 * i;
        value[0] = smooth, value[1] = plain, value[2] = plain + hinge_conjugate(call_.loss, d, K, call_.y[i]) - product;
    }

    const SmoothingCall<T> call_;
    const Loss<double> smooth_, plain_;
    const int threads_;
    Buffer<double> scratch_, values_;
};

template <class T>
SmoothingSums smoothed_losses(const SmoothingCall<T>& call) {
    for (std::ptrdiff_t i = 0; i < call.n; i++) {
        check_row(call.row[i], call.n_table);
        check_label(call.y[i], call.n_scores);
    }
    return SmoothedRows<T>(call).run();
}

}  // namespace
