// Losses on a segment of scores, s + share * change, and how fast they grow along it. X is not looked at. The
// definition is WeightedLosses.losses_on_segment in sklinear_gd/objective/weighted_losses.py.
#pragma once
#include <algorithm>

#include "losses.hpp"
#include "threads.hpp"

namespace {

template <class T>
struct SegmentCall {
    const T *scores, *change;  // (n_rows, n_scores) each; the change may be null: all 0
    double share;
    const std::int32_t* y;       // (n_rows,)
    const double* weights;       // (n_rows,), or null: all 1
    const std::ptrdiff_t* row;   // (n,): the rows that count
    std::ptrdiff_t n, n_rows, n_scores;
    LossSpec loss;
};

// Of weighted rows: the losses, and their derivatives by the share.
struct SegmentSums { double loss = 0, slope = 0; };

template <class T>
class Segment {
public:
    explicit Segment(const SegmentCall<T>& call)
        : call_(call), loss_(call.loss, call.n_scores, call.n_scores), parts_((call.n + AT_ONCE - 1) / AT_ONCE),
          threads_(useful_threads(work(), work())),
          scores_(threads_ * AT_ONCE * loss_.width()), labels_(threads_ * AT_ONCE), values_(threads_ * AT_ONCE), sums_(2 * parts_) {}

    SegmentSums run() {
        in_parallel(threads_, [this](Team team) {
            const Range mine = team.share(parts_);
            for (std::ptrdiff_t i = mine.begin; i < mine.end; i++) part(team.me, i);
        });
        SegmentSums sums;  // in the order of the parts, for any number of threads
        for (std::ptrdiff_t i = 0; i < parts_; i++) sums.loss += sums_[2 * i], sums.slope += sums_[2 * i + 1];
        return sums;
    }

private:
    static constexpr std::ptrdiff_t AT_ONCE = 64;
    static constexpr double WORK = 8;  // about what a score costs, in multiply-adds

    double work() const { return WORK * static_cast<double>(call_.n_scores) * static_cast<double>(call_.n); }

    void part(int me, std::ptrdiff_t number) {
        const std::ptrdiff_t K = call_.n_scores, width = loss_.width();
        const std::ptrdiff_t first = number * AT_ONCE, n = std::min(AT_ONCE, call_.n - first), *row = call_.row + first;
        T *s = scores_.get() + me * AT_ONCE * width, *label = labels_.get() + me * AT_ONCE;
        double* value = values_.get() + me * AT_ONCE;
        const T share = static_cast<T>(call_.share);
        for (std::ptrdiff_t r = 0; r < n; r++) {
            const T *scores = call_.scores + row[r] * K, *change = call_.change ? call_.change + row[r] * K : nullptr;
            label[r] = static_cast<T>(call_.y[row[r]]);
            for (std::ptrdiff_t k = 0; k < K; k++) s[r * width + k] = scores[k] + (change ? share * change[k] : T(0));
        }
        loss_(s, n, label, value);  // the padding stays 0
        double loss = 0, slope = 0;
        for (std::ptrdiff_t r = 0; r < n; r++) {
            const double weight = call_.weights ? call_.weights[row[r]] : 1.0;
            loss += weight * value[r];
            if (!call_.change) continue;
            const T *d = s + r * width, *change = call_.change + row[r] * K;
            double own = 0;
            for (std::ptrdiff_t k = 0; k < K; k++) own += static_cast<double>(d[k]) * static_cast<double>(change[k]);
            slope += weight * own;
        }
        sums_[2 * number] = loss, sums_[2 * number + 1] = slope;
    }

    const SegmentCall<T> call_;
    const Loss<T> loss_;
    const std::ptrdiff_t parts_;
    const int threads_;
    Buffer<T> scores_, labels_;
    Buffer<double> values_, sums_;
};

template <class T>
SegmentSums losses_on_segment(const SegmentCall<T>& call) {
    for (std::ptrdiff_t i = 0; i < call.n; i++) {
        check_row(call.row[i], call.n_rows);
        check_label(call.y[call.row[i]], call.n_scores);
    }
    return Segment<T>(call).run();
}

}  // namespace
