// Dual coordinate ascent, for hinges with a kink and an L2 penalty: steps along x_i (d_i - m_i), with m_i the
// derivative that row i is remembered with and d_i the one at the scores that the step leads to. The weights are always
//     W = - 1 / (l2 n) sum_i (x_i - center) m_i,
// so that there is nothing to shrink: an update of sparse rows costs O(non-zeros). The center is taken off at the end:
//     W = U - center * lag,    lag = - 1 / (l2 n) sum_i (d_i - m_i) over the steps so far.
// The definition is DualMemory in sklinear_gd/solvers/dual_ascent.py; that of the derivatives is Loss.conjugate_prox.
#pragma once
#include <algorithm>

#include "call.hpp"
#include "threads.hpp"

namespace {

inline double within_one(double a) { return a < 0 ? 0 : (a > 1 ? 1 : a); }  // NaN stays NaN

// A row's derivatives d by `conjugate_prox`, from the scores s, what is remembered m, and the width q. K numbers each.
struct ConjugateProx {
    LossKind kind;
    double margin;
    std::ptrdiff_t K;

    void operator()(const double* s, const double* m, std::ptrdiff_t y, double q, double* d) const {
        if (K == 1 || kind == LossKind::one_vs_rest) columns(s, m, y, q, d);
        else if (kind == LossKind::weston_watkins) weston_watkins(s, m, y, q, d);
        else crammer_singer(s, m, y, q, d);
    }

private:
    void columns(const double* s, const double* m, std::ptrdiff_t y, double q, double* d) const {
        for (std::ptrdiff_t k = 0; k < K; k++) {
            const double t = (K == 1 ? y == 1 : y == k) ? 1 : -1;
            d[k] = -t * within_one(-t * m[k] + (margin - t * s[k]) / q);
        }
    }

    // The excess falls in t, by pieces of straight lines: Newton's steps, halved where they leave the bracket.
    void weston_watkins(const double* s, const double* m, std::ptrdiff_t y, double q, double* d) const {
        double total = 0;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            d[k] = m[k] + (s[k] - s[y] + margin) / q;
            if (k != y) total += m[k];
        }
        double low = -total - 1, high = static_cast<double>(K) - total, t = 0;
        for (int trial = 0; trial < MOST_TRIALS; trial++) {
            double excess = -total - t;
            int bends = 1;
            for (std::ptrdiff_t k = 0; k < K; k++) {
                const double a = d[k] - t;
                if (k == y) continue;
                excess += within_one(a);
                bends += a > 0 && a < 1;
            }
            (excess > 0 ? low : high) = t;
            const double newton = t + excess / bends, next = newton > low && newton < high ? newton : (low + high) / 2;
            if (newton == t || !(next > low && next < high)) break;
            t = next;
        }
        close(d, y, t, 1.0);
    }

    // A projection on the simplex: convex, so that Newton's steps from below never pass the root.
    void crammer_singer(const double* s, const double* m, std::ptrdiff_t y, double q, double* d) const {
        double sum = 0;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            d[k] = m[k] + (k == y ? s[k] / q + 1 : (s[k] + margin) / q);
            sum += d[k];
        }
        std::ptrdiff_t above = K;
        double t = (sum - 1) / static_cast<double>(K);
        for (std::ptrdiff_t trial = 0; trial <= K; trial++) {
            std::ptrdiff_t now = 0;
            sum = 0;
            for (std::ptrdiff_t k = 0; k < K; k++)
                if (d[k] > t) sum += d[k], now++;
            if (now == above || now == 0) break;
            above = now, t = (sum - 1) / static_cast<double>(now);
        }
        close(d, y, t, std::numeric_limits<double>::infinity());
    }

    // Slopes of the wrong classes, and minus their sum for the own one.
    void close(double* d, std::ptrdiff_t y, double t, double most) const {
        double pull = 0;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            const double a = d[k] - t;
            d[k] = a < 0 ? 0 : (a > most ? most : a);
            if (k != y) pull += d[k];
        }
        d[y] = -pull;
    }
    static constexpr int MOST_TRIALS = 200;
};

template <class T>
class DualAscent {
public:
    DualAscent(const Call<T>& call, std::ptrdiff_t capacity, std::ptrdiff_t width, int threads)
        : call_(call), dual_(call.dual), prox_{call.loss.kind, call.loss.margin, call.n_scores},
          kept_(runs() ? capacity * width : 0), scratch_(runs() ? threads * 3 * round_up(call.n_scores, CACHE_LINE) : 0),
          sums_(runs() ? 2 * call.n_scores : 0) {}
    bool runs() const { return dual_.table != nullptr; }
    T* kept() const { return kept_.get(); }  // (capacity, width): the scores of the rows in work

    // From the scores by U to those by W and b, which are kept beside.
    void complete(std::ptrdiff_t first, const std::ptrdiff_t* row, std::ptrdiff_t n, T* scores, std::ptrdiff_t stride) const {
        const double *b = dual_.vectors, *lag = b + 2 * call_.n_scores;
        T* kept = kept_.get() + first * stride;
        for (std::ptrdiff_t r = 0; r < n; r++, scores += stride, kept += stride) {
            const double inner = dual_.inner ? dual_.inner[row[r]] : 0.0;
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++)
                kept[k] = scores[k] = static_cast<T>(static_cast<double>(scores[k]) + b[k] - inner * lag[k]);
        }
    }

    // What a row's derivatives become less what they were, which the table then remembers, or a share of it.
    void exchange(const Team& team, std::ptrdiff_t at, std::ptrdiff_t row, double weight, double share, T* residual, std::ptrdiff_t stride) const {
        const std::ptrdiff_t K = call_.n_scores;
        double* s = scratch_.get() + team.me * 3 * round_up(K, CACHE_LINE);
        double *m = s + K, *d = m + K;
        T* RESTRICT remembered = dual_.table + row * call_.width;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            s[k] = static_cast<double>(kept_[at * stride + k]);
            m[k] = static_cast<double>(remembered[k]) / weight;
        }
        prox_(s, m, call_.y[row], dual_.widths[row], d);
        for (std::ptrdiff_t k = 0; k < K; k++) {
            const double before = static_cast<double>(remembered[k]), change = weight * d[k] - before;
            residual[k] = static_cast<T>(change);
            remembered[k] = static_cast<T>(share == 1 ? weight * d[k] : before + share * change);
        }
    }

    // For one thread, behind the exchange.
    void add(std::ptrdiff_t row, const T* residual) {
        const std::ptrdiff_t K = call_.n_scores;
        const double inner = dual_.inner ? dual_.inner[row] : 0.0;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            const double change = static_cast<double>(residual[k]);
            sums_[k] += change, sums_[K + k] += inner * change;
        }
    }
    void step(std::ptrdiff_t batch) {
        if (!call_.dual.has_intercept) return;
        const std::ptrdiff_t K = call_.n_scores;
        const auto size = static_cast<double>(std::min(call_.batch_size, call_.n_order - batch * call_.batch_size));
        const double share = dual_.shares[batch];
        double *b = dual_.vectors, *mean = b + K, *lag = mean + K;
        for (std::ptrdiff_t k = 0; k < K; k++) {
            const double change = sums_[k], of_center = sums_[K + k] - dual_.center_square * change;
            b[k] -= share * (dual_.intercept_rate * (change + size * mean[k]) - dual_.rate * of_center);
            mean[k] += share * change / dual_.n_rows;
            lag[k] -= share * dual_.rate * change;
            sums_[k] = sums_[K + k] = 0;
        }
    }

    // From U to W, each member some features.
    void close(const Team& team) const {
        if (!dual_.center) return;
        const Range mine = team.share(call_.n_features, CACHE_LINE);
        const double* lag = dual_.vectors + 2 * call_.n_scores;
        for (std::ptrdiff_t j = mine.begin; j < mine.end; j++)
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++)
                call_.params[j * call_.width + k] -= static_cast<T>(dual_.center[j] * lag[k]);
    }

private:
    const Call<T>& call_;
    const Dual<T> dual_;
    const ConjugateProx prox_;
    Buffer<T> kept_;
    Buffer<double> scratch_, sums_;
};

}  // namespace
