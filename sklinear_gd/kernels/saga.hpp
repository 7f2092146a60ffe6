// SAGA: steps along x_i (d_i - m_i) summed over a batch, plus the mean gradient M, with m_i the derivative that row i
// is remembered with. M stands still during a call, so that the true weights are
//     W = scale_t U + shift_t M
// with numbers that depend on the rates alone: scale_t is the shrinkage of L2, shift_t the sum of the rates, shrunk
// alike. What changes with the rows is U, by plain steps without a penalty: an update costs what one of plain SGD
// does, on sparse rows O(non-zeros), and features that no row of the batch has need no visit (the "lagged updates" of
// other solvers, without their counters). The scores that M gives to each row are known before (`drift`).
#pragma once
#include <algorithm>

#include "call.hpp"
#include "threads.hpp"

namespace {

template <class T>
class Saga {
public:
    Saga(const Call<T>& call)
        : call_(call), memory_(call.memory), offset_(call.width), sum_(call.width) {
        if (memory_.intercept) std::copy_n(memory_.intercept, call.n_scores, offset_.get());
    }
    bool runs() const { return memory_.scales != nullptr; }
    // The residuals are the table's rows, there is no loss.
    bool recalls() const { return memory_.table && !runs(); }

    void recall(const std::ptrdiff_t* row, std::ptrdiff_t n, T scale, T* residual, std::ptrdiff_t stride) const {
        for (std::ptrdiff_t r = 0; r < n; r++, residual += stride) {
            const T* remembered = memory_.table + row[r] * call_.width;
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++) residual[k] = scale * remembered[k];
        }
    }

    // From the scores by U to those by W and b.
    void add_drift(std::ptrdiff_t batch, const std::ptrdiff_t* row, std::ptrdiff_t n, T* scores, std::ptrdiff_t stride) const {
        const auto scale = static_cast<T>(memory_.scales[batch]), shift = static_cast<T>(memory_.shifts[batch]);
        for (std::ptrdiff_t r = 0; r < n; r++, scores += stride) {
            const T* drift = memory_.drift + row[r] * call_.n_scores;
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++)
                scores[k] = scale * scores[k] + shift * drift[k] + offset_[k];
        }
    }

    // A row's derivatives become what they change in the table, which remembers them.
    void remember(std::ptrdiff_t row, T weight, T scale, T* residual) const {
        T* RESTRICT remembered = memory_.table + row * call_.width;
        for (std::ptrdiff_t k = 0; k < call_.n_scores; k++) {
            const T derivative = weight * residual[k];
            residual[k] = scale * (derivative - remembered[k]);
            remembered[k] = derivative;
        }
    }

    // For one thread, in phase 2.
    void add_to_intercept(const Block<T>& block) {
        if (!memory_.intercept) return;
        for (std::ptrdiff_t r = 0; r < block.rows; r++)
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++) sum_[k] += block.residual[r * block.width + k];
    }
    void step_intercept(std::ptrdiff_t batch) {
        if (!memory_.intercept) return;
        const auto rate = static_cast<T>(memory_.intercept_rates[batch]);
        for (std::ptrdiff_t k = 0; k < call_.n_scores; k++) {
            offset_[k] -= rate * (sum_[k] + memory_.mean_intercept[k]);
            sum_[k] = 0;
        }
    }

    // From U to W, each member some features; without a mean the next call goes on with U.
    void close(const Team& team, std::ptrdiff_t batches) {
        if (team.me == 0 && memory_.intercept) std::copy_n(offset_.get(), call_.n_scores, memory_.intercept);
        if (!memory_.mean) return;
        const Range mine = team.share(call_.n_features * call_.width, CACHE_LINE);
        const auto scale = static_cast<T>(memory_.scales[batches]), shift = static_cast<T>(memory_.shifts[batches]);
        T* RESTRICT w = call_.params;
        const T* RESTRICT mean = memory_.mean;
        for (std::ptrdiff_t i = mine.begin; i < mine.end; i++) w[i] = scale * w[i] + shift * mean[i];
    }

private:
    const Call<T>& call_;
    const Memory<T> memory_;
    Buffer<T> offset_, sum_;
};

}  // namespace
