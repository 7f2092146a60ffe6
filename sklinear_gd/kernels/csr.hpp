// CSR rows. The weights stay feature-major, in the caller's arrays: one non-zero needs the weights of one feature
// for all classes, which lie side by side. Duplicates add up and the order of the indices is free.
//
// Plain SGD and AdaGrad (lazy_adagrad.hpp) are lazy where the caller says so: a batch then costs O(non-zeros), not
// O(features). The true weights of SGD are
//     W = scale * S(M, total - last_j)     for feature j, S the soft threshold,
// where M is what the array holds. The shrinkage of L2 changes `scale`; that of L1 adds l1 * rate / scale to
// `total`, and a feature catches up when it is next touched (thresholds in a row add up exactly). Where every weight
// changes in every step the gradient is a dense array.
//
// In conditioned variables V (see call.hpp) each value is multiplied by its feature's scale where it is used, and the
// center is one more sparse row, subtracted: rows stay sparse.
#pragma once
#include <algorithm>

#include "call.hpp"
#include "lazy_adagrad.hpp"
#include "strips.hpp"
#include "threads.hpp"

namespace {

// Where lazy plain SGD stands. Every thread keeps its own, all alike, so that none need be waited for.
struct Lazy {
    double scale, total;
};

template <class T, class I>
class CsrRows {
public:
    static constexpr bool SPARSE = true;

    CsrRows(const T* data, const I* indices, const I* indptr, std::ptrdiff_t n_rows, std::ptrdiff_t n_features)
        : rows_{data, indices, indptr, n_rows}, d_(n_features) {}

    std::ptrdiff_t block_rows(const Call<T>& call, std::ptrdiff_t width) const {
        constexpr std::ptrdiff_t RESIDUAL_BYTES = 1 << 18;
        if (is_lazy(call) && !is_adaptive(call) && !call.dual_takes_single_rows())
            return std::min(call.batch_size, call.n_order);  // it writes to W: one block a batch
        const std::ptrdiff_t rows = RESIDUAL_BYTES / (width * static_cast<std::ptrdiff_t>(sizeof(T)));
        return std::max<std::ptrdiff_t>(32, std::min<std::ptrdiff_t>(512, rows));
    }
    double row_work(std::ptrdiff_t n_scores) const {
        constexpr double SLOWER = 4, LOSS = 4;  // scattered multiply-adds than dense ones; a loss is like some entries
        return SLOWER * (rows_.mean_size() + LOSS) * static_cast<double>(n_scores);
    }

    void prepare(const Call<T>& call, std::ptrdiff_t, int threads, bool) {
        call_ = &call, width_ = call.width, lazy_ = is_lazy(call), adaptive_ = is_adaptive(call);
        strips_ = Strips<T, I>(width_, conditioned() ? Feature::scaled
                                       : lazy_ && !adaptive_ && call.l1 > 0 ? Feature::pending : Feature::plain);
        vectors_ = width_ / strips_.lanes, parts_ = (vectors_ + strips_.MOST - 1) / strips_.MOST;
        if (conditioned() && call.center) prepare_center(threads);
        cuts_ = Buffer<std::ptrdiff_t>(threads + 1);
        ahead_ = RowsAhead<T, I>(rows_, call);
        if (lazy_) {
            last_ = call.lag_of_features;
            state_ = Buffer<Lazy>(threads);
            for (int i = 0; i < threads; i++) state_[i] = {call.lag[0], call.lag[1]};
            if (adaptive_) adagrad_.prepare(call, most_entries(), threads);
        } else if (call.rates) {
            gradient_ = Buffer<T>(d_ * width_);
        }
    }
    void open(const Team& team) {
        if (team.me == 0 && (call_->rates || call_->gradient)) cut_features(team.size);
    }
    void close(const Team& team) {
        if (!lazy_) return;
        Lazy& now = state_[team.me];
        if (call_->settle) adaptive_ ? settle(own_features(team), now) : fold(own_features(team), now, 1.0);
        if (team.me == 0) call_->lag[0] = now.scale, call_->lag[1] = now.total;
    }

    // Whether features must catch up before a batch looks at their weights, and that they do: the member's.
    bool waits() const { return adaptive_ && last_; }
    void catch_up(const Team& team, const std::ptrdiff_t* row, std::ptrdiff_t n) const {
        const Range mine = own_features(team);
        for (std::ptrdiff_t r = 0; r < n; r++)
            for (auto p = rows_.indptr[row[r]]; p < rows_.indptr[row[r] + 1]; p++) {
                const auto j = static_cast<std::ptrdiff_t>(rows_.indices[p]);
                if (j >= mine.begin && j < mine.end) adagrad_.catch_up(j, state_[team.me].total);
            }
    }

    // The first member worked alone: the others catch up.
    void follow_first(int members) const {
        for (int i = 1; lazy_ && i < members; i++) state_[i] = state_[0];
    }

    // Rows with about as many non-zeros for every member.
    Range share_rows(const Team& team, const std::ptrdiff_t* row, std::ptrdiff_t rows) const {
        if (team.size == 1) return {0, rows};
        std::ptrdiff_t total = 0, seen = 0, r = 0;
        for (std::ptrdiff_t i = 0; i < rows; i++) total += rows_.size_of(row[i]);
        const auto until = [&](std::ptrdiff_t share) {
            while (r < rows && seen < share) seen += rows_.size_of(row[r++]);
            return r;
        };
        const std::ptrdiff_t begin = until(total * team.me / team.size);
        return {begin, team.me + 1 == team.size ? rows : until(total * (team.me + 1) / team.size)};
    }

    void scores(const Team& team, int, std::ptrdiff_t, const std::ptrdiff_t* row, std::ptrdiff_t n, T* out,
                std::ptrdiff_t out_stride) {
        if (!out) return;  // only the gradient is wanted
        const T* offset = call_->fit_intercept ? call_->params + d_ * width_ : nullptr;
        if (has_center()) {
            T* centered = centered_.get() + team.me * width_;
            const std::ptrdiff_t first = 0;
            score_rows(center(), &first, 1, offset, centered, width_, nullptr);
            offset = centered;
        }
        score_rows(rows_, row, n, offset, out, out_stride, &ahead_);
    }

    // The gradient of the team member's features; with a step also their update.
    void pull_back(const Team& team, int, const Block<T>& block, bool, const Step<T>* step, std::int64_t count,
                   const T* total, const std::ptrdiff_t*, std::ptrdiff_t) {
        const Range mine = own_features(team);
        if (adaptive_) {
            adaptive_step(team, mine, block, step);
            return;
        }
        if (lazy_) {
            lazy_step(mine, state_[team.me], block, *step);
            return;
        }
        T* to = call_->gradient ? call_->gradient : gradient_.get();
        const Beside<T> beside{nullptr, 0.0, call_->feature_scale};
        add_rows(block, mine, to, T(1), beside);
        if (step && has_center())
            for_strips([&](std::ptrdiff_t at, int count) {
                strips_.add[count](center().row(0), total, T(1), to, at, width_, mine, beside);
            });
        if (step) dense_step(mine, *step, count);
    }

    // W -= rate * x residual, plain SGD without a penalty, for a member that works alone.
    void step_along(std::ptrdiff_t row, const T* residual, T rate) const {
        add_row(row, residual, {0, d_}, call_->params, -rate, {});
    }

private:
    static bool is_lazy(const Call<T>& call) { return call.rates && call.lag; }
    static bool is_adaptive(const Call<T>& call) { return is_lazy(call) && call.optimizer.kind == OptimizerKind::adagrad; }

    // Entries of a batch, at most.
    std::ptrdiff_t most_entries() const {
        std::ptrdiff_t most = 0;
        for (std::ptrdiff_t begin = 0; begin < call_->n_order; begin += call_->batch_size) {
            std::ptrdiff_t entries = 0;
            for (auto i = begin; i < std::min(begin + call_->batch_size, call_->n_order); i++) entries += rows_.size_of(call_->order[i]);
            most = std::max(most, entries);
        }
        return most;
    }

    template <class Body>
    void for_strips(Body body) const {
        if (parts_ == 1) return body(0, static_cast<int>(vectors_));  // no division for each row
        for (std::ptrdiff_t i = 0; i < parts_; i++) {
            const std::ptrdiff_t first = vectors_ * i / parts_, last = vectors_ * (i + 1) / parts_;
            body(first * strips_.lanes, static_cast<int>(last - first));
        }
    }

    // out = offset + what the rows score, for all classes; with `ahead`, rows to come are asked for.
    void score_rows(const SparseRows<T, I>& rows, const std::ptrdiff_t* row, std::ptrdiff_t n, const T* offset, T* out,
                    std::ptrdiff_t stride, const RowsAhead<T, I>* ahead) const {
        const Lazy now = lazy_ ? state_[0] : Lazy{1.0, 0.0};
        const std::ptrdiff_t* end = call_->order + call_->n_order;
        for_strips([&](std::ptrdiff_t at, int count) {
            const std::ptrdiff_t real = std::min<std::ptrdiff_t>(count * strips_.lanes, call_->n_scores - at);
            strips_.score[count](rows, row, n,
                                 {call_->params + at, width_, {last_, now.total, call_->feature_scale},
                                  static_cast<T>(now.scale), offset ? offset + at : nullptr, real, out + at, stride},
                                 at ? nullptr : ahead, end);
        });
    }

    bool conditioned() const { return call_->rates && call_->feature_scale; }

    // The center as a row that is subtracted: its values other than 0.
    void prepare_center(int threads) {
        center_ = Buffer<T>(d_);
        center_columns_ = Buffer<I>(d_);
        center_starts_ = Buffer<I>(2);
        I& size = center_starts_[1];
        for (std::ptrdiff_t j = 0; j < d_; j++)
            if (call_->center[j] != 0) center_[size] = -call_->center[j], center_columns_[size++] = static_cast<I>(j);
        centered_ = Buffer<T>(threads * width_);
    }
    SparseRows<T, I> center() const { return {center_.get(), center_columns_.get(), center_starts_.get(), 1}; }
    bool has_center() const { return center_starts_ && center_starts_[1]; }

    void add_rows(const Block<T>& block, Range features, T* W, T factor, Beside<T> beside) const {
        for (std::ptrdiff_t r = 0; r < block.rows; r++)
            add_row(block.row[r], block.residual.get() + r * block.width, features, W, factor, beside);
    }
    void add_row(std::ptrdiff_t row, const T* residual, Range features, T* W, T factor, Beside<T> beside) const {
        if (!beside.last && moves_nothing(residual)) return;
        for_strips([&](std::ptrdiff_t at, int count) {
            strips_.add[count](rows_.row(row), residual, factor, W, at, width_, features, beside);
        });
    }

    // A row of a hinge that keeps the margin; but what lags behind catches up (see sparse_add).
    bool moves_nothing(const T* residual) const {
        return std::all_of(residual, residual + call_->n_scores, [](T r) { return r == 0; });
    }

    void lazy_step(Range mine, Lazy& now, const Block<T>& block, const Step<T>& step) const {
        constexpr double LEAST_SCALE = 1e-9;  // below, M would outgrow float32
        const double rate = static_cast<double>(step.rate), factor = 1 - rate * static_cast<double>(step.l2);
        if (now.scale * factor < LEAST_SCALE) fold(mine, now, factor);
        else now.scale *= factor;
        add_rows(block, mine, call_->params, static_cast<T>(-rate / now.scale), {last_, now.total, nullptr});
        now.total += static_cast<double>(step.l1) / now.scale;
    }

    void adaptive_step(const Team& team, Range mine, const Block<T>& block, const Step<T>* step) {
        for (std::ptrdiff_t r = 0; r < block.rows; r++)
            adagrad_.add(team, mine, rows_.row(block.row[r]), block.residual.get() + r * block.width);
        if (!step) return;
        double& total = state_[team.me].total;
        total += static_cast<double>(step->l1) * static_cast<double>(step->rate);
        adagrad_.step(team, *step, total);
    }
    void settle(Range mine, Lazy& now) const {
        for (std::ptrdiff_t j = mine.begin; j < mine.end && last_; j++) adagrad_.catch_up(j, now.total), last_[j] = 0;
        now = {1.0, 0.0};
    }

    // The true weights times `factor` into the array; from there on the scale is 1 and nothing is pending.
    void fold(Range mine, Lazy& now, double factor) const {
        const T scale = static_cast<T>(now.scale * factor);
        for (std::ptrdiff_t j = mine.begin; j < mine.end && (last_ || scale != 1); j++) {
            T* w = call_->params + j * width_;
            const T by = last_ ? static_cast<T>(now.total - last_[j]) : T(0);
            for (std::ptrdiff_t k = 0; k < width_; k++) w[k] = scale * soft_threshold(w[k], by);
            if (last_) last_[j] = 0;
        }
        now = {1.0, 0.0};
    }

    void dense_step(Range mine, const Step<T>& step, std::int64_t count) const {
        // The gradient is zeroed while it is in the first-level cache.
        const std::ptrdiff_t features = std::max<std::ptrdiff_t>(1, AT_ONCE / width_);
        const auto at = [](T* p, std::ptrdiff_t i) { return p ? p + i : p; };
        Step<T> inner = step;
        if (conditioned()) inner.l2 = 0;
        T spread[AT_ONCE];
        for (std::ptrdiff_t j = mine.begin; j < mine.end; j += features) {
            const std::ptrdiff_t rows = std::min(features, mine.end - j), i = j * width_, n = rows * width_;
            T *w = call_->params + i, *g = gradient_.get() + i, *thresholds = nullptr;
            if (conditioned() && step.l2 != 0) add_conditioned_l2(j, rows, step.l2);
            if (conditioned() && step.l1 > 0 && n <= AT_ONCE) thresholds = thresholds_of(j, rows, spread);
            inner(w, g, at(call_->state[0], i), at(call_->state[1], i), thresholds, n);
            std::fill_n(g, n, T(0));
            if (call_->average) add_to_average(call_->average + i, w, n, count);
        }
    }
    // The gradient of l2 / 2 sum (scale V)^2.
    void add_conditioned_l2(std::ptrdiff_t first, std::ptrdiff_t rows, T l2) const {
        const T *v = call_->params + first * width_, *scale = call_->feature_scale + first;
        T* g = gradient_.get() + first * width_;
        for (std::ptrdiff_t j = 0; j < rows; j++, v += width_, g += width_) {
            const T factor = l2 * scale[j] * scale[j];
            for (std::ptrdiff_t k = 0; k < width_; k++) g[k] += factor * v[k];
        }
    }
    T* thresholds_of(std::ptrdiff_t first, std::ptrdiff_t rows, T* out) const {
        for (std::ptrdiff_t j = 0; j < rows; j++) std::fill_n(out + j * width_, width_, call_->feature_scale[first + j]);
        return out;
    }

    static constexpr std::ptrdiff_t AT_ONCE = 1024;  // numbers in a run of an update

    Range own_features(const Team& team) const {
        return team.size == 1 ? Range{0, d_} : Range{cuts_[team.me], cuts_[team.me + 1]};
    }

    // Ranges of features with about equally many non-zeros, by a sample of the rows.
    void cut_features(int parts) const {
        constexpr std::ptrdiff_t BUCKETS = 1024, SAMPLE = 1 << 16;
        std::ptrdiff_t count[BUCKETS] = {}, total = 0, seen = 0, bucket = 0;
        const auto wanted = static_cast<std::ptrdiff_t>(static_cast<double>(SAMPLE) / (rows_.mean_size() + 1)) + 1;
        const std::ptrdiff_t stride = std::max<std::ptrdiff_t>(1, rows_.n / wanted), bucket_size = d_ / BUCKETS + 1;
        for (std::ptrdiff_t i = 0; parts > 1 && i < rows_.n; i += stride)
            for (auto p = rows_.indptr[i]; p < rows_.indptr[i + 1]; p++) count[rows_.indices[p] / bucket_size]++, total++;
        cuts_[0] = 0, cuts_[parts] = d_;
        for (int part = 1; part < parts; part++) {
            while (bucket < BUCKETS && seen < total * part / parts) seen += count[bucket++];
            cuts_[part] = std::min(d_, bucket * bucket_size);
        }
    }

    const SparseRows<T, I> rows_;
    std::ptrdiff_t d_, width_ = 0, vectors_ = 1, parts_ = 1;
    RowsAhead<T, I> ahead_;
    const Call<T>* call_ = nullptr;
    bool lazy_ = false, adaptive_ = false;
    Strips<T, I> strips_;
    Buffer<T> gradient_;
    double* last_ = nullptr;
    LazyAdaGrad<T> adagrad_;
    Buffer<Lazy> state_;
    Buffer<std::ptrdiff_t> cuts_;
    Buffer<T> center_, centered_;
    Buffer<I> center_columns_, center_starts_;
};

}  // namespace
