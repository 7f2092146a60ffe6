// AdaGrad over sparse rows, without L2: a batch moves only the features that its rows have. Of the others L1 alone
// wants something, which waits. A weight's metric is rate / (sqrt(sum) + epsilon) and its sum stands still meanwhile,
// so that thresholds in a row add up exactly: the true weights are
//     W = S(M, (total - last_j) / (sqrt(sum) + epsilon))    for feature j, S the soft threshold,
// where M is what the array holds and l1 * rate has been added to `total` in each update.
// The gradient of a batch is compact, with a row for each feature that the batch has.
#pragma once
#include <algorithm>
#include <cmath>

#include "call.hpp"
#include "sparse_rows.hpp"
#include "threads.hpp"

namespace {

template <class T>
class LazyAdaGrad {
public:
    // `most`: entries of a batch, at most.
    void prepare(const Call<T>& call, std::ptrdiff_t most, int threads) {
        call_ = &call, most_ = std::min(most, call.n_features);
        place_ = Buffer<std::int32_t>(call.n_features);
        features_ = Buffer<std::ptrdiff_t>(threads * most_);
        gradient_ = Buffer<T>(threads * most_ * call.width);
        count_ = Buffer<std::ptrdiff_t>(threads);
    }

    // Add a row's part to the gradient of a range of features.
    template <class I>
    void add(const Team& team, Range features, SparseRow<T, I> row, const T* RESTRICT residual) {
        const std::ptrdiff_t width = call_->width;
        for (std::ptrdiff_t p = 0; p < row.size; p++) {
            const auto j = static_cast<std::ptrdiff_t>(row.indices[p]);
            if (j < features.begin || j >= features.end) continue;
            T* RESTRICT g = gradient_of(team, j);
            const T value = row.data[p];
            for (std::ptrdiff_t k = 0; k < width; k++) g[k] += value * residual[k];
        }
    }

    // The update of every feature that the team member has a gradient of; they have caught up before.
    void step(const Team& team, const Step<T>& step, double total) {
        const std::ptrdiff_t width = call_->width, first = team.me * most_;
        for (std::ptrdiff_t i = first; i < first + count_[team.me]; i++) {
            const std::ptrdiff_t j = features_[i];
            T* g = gradient_.get() + i * width;
            step(call_->params + j * width, g, call_->state[0] + j * width, nullptr, nullptr, width);
            std::fill_n(g, width, T(0));
            place_[j] = 0;
            if (call_->lag_of_features) call_->lag_of_features[j] = total;
        }
        count_[team.me] = 0;
    }

    // What has waited for a feature.
    void catch_up(std::ptrdiff_t j, double total) const {
        const T by = static_cast<T>(total - call_->lag_of_features[j]);
        const T epsilon = static_cast<T>(call_->optimizer.parameter[0]);
        call_->lag_of_features[j] = total;
        if (by == 0) return;
        T* RESTRICT w = call_->params + j * call_->width;
        const T* RESTRICT sum = call_->state[0] + j * call_->width;
        for (std::ptrdiff_t k = 0; k < call_->width; k++) w[k] = soft_threshold(w[k], by / (std::sqrt(sum[k]) + epsilon));
    }

private:
    // The row of a feature, which is zero at first.
    T* gradient_of(const Team& team, std::ptrdiff_t j) {
        const std::ptrdiff_t first = team.me * most_;
        if (place_[j] == 0) {
            features_[first + count_[team.me]] = j;
            place_[j] = static_cast<std::int32_t>(++count_[team.me]);
        }
        return gradient_.get() + (first + place_[j] - 1) * call_->width;
    }

    const Call<T>* call_ = nullptr;
    std::ptrdiff_t most_ = 0;
    Buffer<std::int32_t> place_;  // of a feature among those of its member, from 1; 0 without a gradient
    Buffer<std::ptrdiff_t> features_, count_;
    Buffer<T> gradient_;
};

}  // namespace
