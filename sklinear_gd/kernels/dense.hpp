// Dense rows. Inside a call the weights stand in panels of FEATURES features (two vectors): panel p is
// (n_scores, FEATURES), features contiguous. So both products run over whole vectors of features and no class is
// padded: 10 classes cost 10 columns, not 16, and one class is nothing special. The public, feature-major arrays
// are turned into panels when a call begins and back when it ends.
//   scores:   DOT_ROWS x DOT_CLASSES dot products in registers; a row is read once from memory.
//   gradient: OUTER_CLASSES x FEATURES sums in registers over all rows of the block, then the update of the panel.
// Rows are read where they lie, through their numbers; only the features behind the last whole panel are copied.
#pragma once
#include "call.hpp"
#include "threads.hpp"

namespace {

template <class T>
constexpr int FEATURES = 2 * LANES<T>;

// The rows that come after those in work: tiles fetch them from memory while they compute, each tile of a row group
// its share, so that memory and arithmetic are both busy all the time.
template <class T>
struct Ahead {
    const T* const* rows;
    std::ptrdiff_t at, step;  // elements: the first, and how many a panel
};

// out[r][c] = offset[c] + x_r . w_c for ROWS rows and CLASSES classes. `tail`: the rows' last, zero-padded panel.
template <class T, int ROWS, int CLASSES>
void dot_tile(const T* const* x, Ahead<T> ahead, const T* const* tail, const T* w, std::ptrdiff_t panels, std::ptrdiff_t stride,
              const T* offset, T* out, std::ptrdiff_t out_stride) {
    constexpr int N = LANES<T>;
    constexpr std::ptrdiff_t LINE = CACHE_LINE / static_cast<std::ptrdiff_t>(sizeof(T));
    Vec<T, N> sum[ROWS][CLASSES] = {};
    const auto add_panel = [&](const T* const* rows, std::ptrdiff_t at) {
        UNROLLED for (int half = 0; half < FEATURES<T>; half += N) {
            Vec<T, N> feature[ROWS];
            UNROLLED for (int r = 0; r < ROWS; r++) feature[r] = load<T, N>(rows[r] + at + half);
            UNROLLED for (int c = 0; c < CLASSES; c++) {
                const Vec<T, N> weight = load<T, N>(w + c * FEATURES<T> + half);
                UNROLLED for (int r = 0; r < ROWS; r++) sum[r][c] += weight * feature[r];
            }
        }
        w += stride;
    };
    for (std::ptrdiff_t p = 0; p < panels; p++) {
        UNROLLED for (int r = 0; r < ROWS; r++) fetch_later(ahead.rows[r] + ahead.at);
        if (ahead.step > LINE) UNROLLED for (int r = 0; r < ROWS; r++) fetch_later(ahead.rows[r] + ahead.at + LINE);
        ahead.at += ahead.step;
        add_panel(x, p * FEATURES<T>);
    }
    if (tail) add_panel(tail, 0);
    UNROLLED for (int r = 0; r < ROWS; r++)
        UNROLLED for (int c = 0; c < CLASSES; c++) out[r * out_stride + c] = offset[c] + sum_lanes<T, N>(sum[r][c]);
}

// A walk along the rows of the next block, two cache lines a step, taken while the gradient of this one is computed:
// that leaves the first-level cache nearly idle, so here memory and arithmetic overlap best.
template <class T>
class Walk {
public:
    Walk(const T* x, std::ptrdiff_t d, const std::ptrdiff_t* row, std::ptrdiff_t rows)
        : x_(x), d_(d), row_(row), end_(row + rows) { next_row(); }
    static constexpr std::ptrdiff_t LINE = CACHE_LINE / static_cast<std::ptrdiff_t>(sizeof(T)), STEP = 2 * LINE;
    std::ptrdiff_t steps() const { return left_; }  // to the end of the row
    const T* at() const { return at_; }
    void advance(std::ptrdiff_t steps) {
        at_ += steps * STEP;
        left_ -= steps;
        if (left_ == 0) next_row();
    }

private:
    void next_row() {
        if (row_ == end_) {
            left_ = 0;
            return;
        }
        at_ = x_ + *row_++ * d_;
        left_ = (d_ + STEP - 1) / STEP;
    }
    const T *x_, *at_ = nullptr;
    std::ptrdiff_t d_, left_ = 0;
    const std::ptrdiff_t *row_, *end_;
};

// to[c][:] = keep * to[c][:] + factor * sum over the rows of residual[r][c] * x_r[at : at + FEATURES].
template <class T, int CLASSES>
void outer_tile(const T* const* x, std::ptrdiff_t at, std::ptrdiff_t rows, const T* residual, std::ptrdiff_t width,
                T* to, T keep, T factor, Walk<T>* walk) {
    constexpr int N = LANES<T>;
    Vec<T, N> sum[CLASSES][2] = {};
    const auto add_row = [&](std::ptrdiff_t r) {
        const Vec<T, N> low = load<T, N>(x[r] + at), high = load<T, N>(x[r] + at + N);
        fetch_soon(x[r] + at + 2 * N);  // the next panel
        fetch_soon(x[r] + at + 3 * N);
        UNROLLED for (int c = 0; c < CLASSES; c++) {
            const Vec<T, N> factor = splat<T, N>(residual[r * width + c]);
            sum[c][0] += factor * low;
            sum[c][1] += factor * high;
        }
    };
    std::ptrdiff_t r = 0;
    while (walk && r < rows && walk->steps()) {
        const std::ptrdiff_t steps = std::min(rows - r, walk->steps());
        const T* ahead = walk->at();
        for (std::ptrdiff_t i = 0; i < steps; i++, r++, ahead += Walk<T>::STEP) {
            fetch_later(ahead);
            fetch_later(ahead + Walk<T>::LINE);
            add_row(r);
        }
        walk->advance(steps);
    }
    for (; r < rows; r++) add_row(r);
    UNROLLED for (int c = 0; c < CLASSES; c++)
        UNROLLED for (int half = 0; half < 2; half++, to += N) {
            const Vec<T, N> term = sum[c][half] * splat<T, N>(factor);
            store<T, N>(to, keep == 0 ? term : term + load<T, N>(to) * splat<T, N>(keep));
        }
}

// The tiles by their number of classes: f<1>, f<2>, ... chosen at run time.
template <class T, int ROWS, int CLASSES = DOT_CLASSES>
inline auto dot_function(int classes) {
    if constexpr (CLASSES == 1) return dot_tile<T, ROWS, 1>;
    else return classes == CLASSES ? dot_tile<T, ROWS, CLASSES> : dot_function<T, ROWS, CLASSES - 1>(classes);
}
template <class T, int CLASSES = OUTER_CLASSES>
inline auto outer_function(int classes) {
    if constexpr (CLASSES == 1) return outer_tile<T, 1>;
    else return classes == CLASSES ? outer_tile<T, CLASSES> : outer_function<T, CLASSES - 1>(classes);
}

// begin..end in the fewest parts of at most `most`, as equal as can be.
template <class Body>
inline void for_even_parts(std::ptrdiff_t begin, std::ptrdiff_t end, std::ptrdiff_t most, Body body) {
    const std::ptrdiff_t size = end - begin, parts = (size + most - 1) / most;
    for (std::ptrdiff_t i = 0; i < parts; i++) body(begin + size * i / parts, begin + size * (i + 1) / parts);
}

template <class T>
class DenseRows {
public:
    static constexpr bool SPARSE = false;
    static constexpr std::ptrdiff_t BLOCK_BYTES = 1 << 19, RESIDUAL_BYTES = 1 << 18, WEIGHT_BYTES = 1 << 14;

    DenseRows(const T* x, std::ptrdiff_t n_features) : x_(x), d_(n_features) {}

    // Rows of X and of residuals that stay in the second-level cache from the scores to the gradient.
    std::ptrdiff_t block_rows(const Call<T>&, std::ptrdiff_t width) const {
        const auto size = static_cast<std::ptrdiff_t>(sizeof(T));
        const std::ptrdiff_t rows = std::min(BLOCK_BYTES / (size * (d_ + 1)), RESIDUAL_BYTES / (size * width));
        return std::max<std::ptrdiff_t>(32, std::min<std::ptrdiff_t>(512, rows)) / DOT_ROWS * DOT_ROWS;
    }
    double row_work(std::ptrdiff_t n_scores) const { return static_cast<double>(d_) * static_cast<double>(n_scores); }

    void prepare(const Call<T>& call, std::ptrdiff_t capacity, int threads, bool several_blocks) {
        call_ = &call, k_ = call.n_scores, panels_ = d_ / FEATURES<T>, rest_ = d_ - panels_ * FEATURES<T>;
        all_panels_ = panels_ + (rest_ > 0), panel_size_ = k_ * FEATURES<T>;
        const std::ptrdiff_t size = all_panels_ * panel_size_;
        weights_ = Buffer<T>(size);
        offset_ = Buffer<T>(k_);
        if (call.rates) {
            for (int i = 0; i < 2; i++)
                if (call.state[i]) state_[i] = Buffer<T>(size);
            if (call.average) average_ = Buffer<T>(size);
            plain_ = call.optimizer.kind == OptimizerKind::sgd && !(call.l1 > 0) && !call.average && !call.feature_scale;
            if (call.feature_scale) prepare_conditions(call, threads, size);
            scratch_ = Buffer<T>(threads * panel_size_);
        }
        if (call.gradient || (call.rates && several_blocks)) gradient_ = Buffer<T>(size);
        for (auto& rows : rows_) rows = Buffer<const T*>(capacity);
        if (rest_)
            for (int i = 0; i < 2; i++) {
                tails_[i] = Buffer<T>(capacity * FEATURES<T>);
                tail_rows_[i] = Buffer<const T*>(capacity);
                for (std::ptrdiff_t r = 0; r < capacity; r++) tail_rows_[i][r] = tails_[i].get() + r * FEATURES<T>;
            }
    }

    bool waits() const { return false; }
    void catch_up(const Team&, const std::ptrdiff_t*, std::ptrdiff_t) const {}
    void open(const Team& team) {
        to_panels(team, call_->params, model());
        if (variables_) {
            const Range mine = team.share(all_panels_);
            for (std::ptrdiff_t p = mine.begin; p < mine.end; p++) weights_of_panel(p);
        }
        for (int i = 0; i < 2; i++)
            if (state_[i]) to_panels(team, call_->state[i], state_[i]);
        if (average_) to_panels(team, call_->average, average_);
    }
    void close(const Team& team) {
        if (call_->rates) {
            from_panels(team, model(), call_->params, false);
            for (int i = 0; i < 2; i++)
                if (state_[i]) from_panels(team, state_[i], call_->state[i], false);
            if (average_) from_panels(team, average_, call_->average, false);
        }
        if (call_->gradient) from_panels(team, gradient_, call_->gradient, true);
    }

    void follow_first(int) const {}  // members keep nothing that the first one moves on alone
    Range share_rows(const Team& team, const std::ptrdiff_t*, std::ptrdiff_t rows) const { return team.share(rows, DOT_ROWS); }

    // Scores of n rows, given by their numbers, to `out`; they are kept as numbers at, at + 1, ... of the slot.
    void scores(const Team& team, int slot, std::ptrdiff_t at, const std::ptrdiff_t* row, std::ptrdiff_t n, T* out,
                std::ptrdiff_t out_stride) {
        place(slot, at, row, n);
        if (!out) return;  // only the gradient is wanted
        const T* offset = minus_center_ ? centered(team, intercept()) : intercept();
        const std::ptrdiff_t column_bytes = all_panels_ * FEATURES<T> * static_cast<std::ptrdiff_t>(sizeof(T));
        const std::ptrdiff_t at_once = std::max<std::ptrdiff_t>(WEIGHT_BYTES / column_bytes, DOT_CLASSES);
        for_even_parts(0, k_, at_once, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
            std::ptrdiff_t r = 0;
            for (; r + DOT_ROWS <= n; r += DOT_ROWS)
                score_rows<DOT_ROWS>(slot, at + r, r + 2 * DOT_ROWS <= n, first, last, offset, out + r * out_stride, out_stride);
            for (; r < n; r++) score_rows<1>(slot, at + r, r + 2 <= n, first, last, offset, out + r * out_stride, out_stride);
        });
    }

    // The gradient of the team member's features; with a step also their update. `fresh`: the first block of a sum.
    // `next`: the rows whose scores the member will compute next. `total`: the sum of the batch's residuals.
    void pull_back(const Team& team, int slot, const Block<T>& block, bool fresh, const Step<T>* step, std::int64_t count,
                   const T* total, const std::ptrdiff_t* next, std::ptrdiff_t n_next) {
        const Range mine = team.share(all_panels_);
        Walk<T> walk(x_, d_, next, n_next);
        // A plain step needs no gradient of its own: it goes straight to the weights.
        const bool plain = step && plain_ && !gradient_;
        const T keep = plain ? 1 - step->rate * step->l2 : T(!fresh), factor = plain ? -step->rate : T(1);
        for (std::ptrdiff_t p = mine.begin; p < mine.end; p++) {
            const bool whole = p < panels_;
            const T* const* x = whole ? rows_[slot].get() : tail_rows_[slot].get();
            T* to = plain ? at(weights_, p) : gradient_ ? at(gradient_, p) : scratch_.get() + team.me * panel_size_;
            for_even_parts(0, k_, OUTER_CLASSES, [&](std::ptrdiff_t first, std::ptrdiff_t last) {
                outer_function<T>(static_cast<int>(last - first))(x, whole ? p * FEATURES<T> : 0, block.rows,
                                                                  block.residual.get() + first, block.width,
                                                                  to + first * FEATURES<T>, keep, factor,
                                                                  first == 0 ? &walk : nullptr);
            });
            if (step && !plain) update_panel(team, p, to, *step, count, total);
        }
    }

private:
    const T* intercept() const {
        return call_->fit_intercept ? call_->params + d_ * call_->width : offset_.get();
    }

    void place(int slot, std::ptrdiff_t at, const std::ptrdiff_t* row, std::ptrdiff_t n) {
        for (std::ptrdiff_t r = 0; r < n; r++) {
            const T* x = x_ + row[r] * d_;
            rows_[slot][at + r] = x;
            if (rest_) std::copy(x + panels_ * FEATURES<T>, x + d_, tails_[slot].get() + (at + r) * FEATURES<T>);
        }
    }

    template <int ROWS>
    void score_rows(int slot, std::ptrdiff_t r, bool more, std::ptrdiff_t first, std::ptrdiff_t last, const T* offset, T* out,
                    std::ptrdiff_t out_stride) {
        const T* const* rows = rows_[slot].get() + r;
        const T* const* tail = rest_ ? tail_rows_[slot].get() + r : nullptr;
        const std::ptrdiff_t tiles = (last - first + DOT_CLASSES - 1) / DOT_CLASSES;
        Ahead<T> ahead{more ? rows + ROWS : rows, 0, FEATURES<T> / tiles};
        for_even_parts(first, last, DOT_CLASSES, [&](std::ptrdiff_t a, std::ptrdiff_t b) {
            dot_function<T, ROWS>(static_cast<int>(b - a))(rows, ahead, tail, weights_.get() + a * FEATURES<T>, panels_,
                                                           panel_size_, offset + a, out + a, out_stride);
            ahead.at += panels_ * ahead.step;
        });
    }

    void update_panel(const Team& team, std::ptrdiff_t p, T* g, const Step<T>& step, std::int64_t count, const T* total) {
        T* model = at(this->model(), p);
        const T* thresholds = nullptr;
        Step<T> inner = step;
        if (variables_) {
            condition(p, g, step.l2, total);
            inner.l2 = 0;
            if (step.l1 > 0) thresholds = thresholds_of_panel(team, p);
        }
        inner(model, g, at(state_[0], p), at(state_[1], p), thresholds, panel_size_);
        if (variables_) weights_of_panel(p);
        if (average_) add_to_average(at(average_, p), model, panel_size_, count);
    }

    // -- conditioned variables V, with weights_ = scale * V; the center is a row of its own ----------------------

    const Buffer<T>& model() const { return variables_ ? variables_ : weights_; }

    void prepare_conditions(const Call<T>& call, int threads, std::ptrdiff_t size) {
        variables_ = Buffer<T>(size);
        scale_ = Buffer<T>(all_panels_ * FEATURES<T>);
        std::copy(call.feature_scale, call.feature_scale + d_, scale_.get());
        if (call.l1 > 0) thresholds_ = Buffer<T>(threads * panel_size_);
        if (!call.center) return;
        minus_center_ = Buffer<T>(all_panels_ * FEATURES<T>);
        for (std::ptrdiff_t j = 0; j < d_; j++) minus_center_[j] = -call.center[j];
        centered_ = Buffer<T>(threads * k_);
    }

    // offset - center . W, for the team member.
    const T* centered(const Team& team, const T* offset) {
        T* out = centered_.get() + team.me * k_;
        const T* row = minus_center_.get();
        for_even_parts(0, k_, DOT_CLASSES, [&](std::ptrdiff_t a, std::ptrdiff_t b) {
            dot_function<T, 1>(static_cast<int>(b - a))(&row, Ahead<T>{&row, 0, 0}, nullptr, weights_.get() + a * FEATURES<T>,
                                                        all_panels_, panel_size_, offset + a, out + a, k_);
        });
        return out;
    }

    // From the gradient by W, without penalty, to that by V, with it.
    void condition(std::ptrdiff_t p, T* RESTRICT g, T l2, const T* total) const {
        const T *RESTRICT w = at(weights_, p), *RESTRICT scale = scale_.get() + p * FEATURES<T>;
        const T* RESTRICT minus_center = minus_center_ ? minus_center_.get() + p * FEATURES<T> : nullptr;
        for (std::ptrdiff_t c = 0; c < k_; c++, g += FEATURES<T>, w += FEATURES<T>) {
            if (minus_center)
                for (int i = 0; i < FEATURES<T>; i++) g[i] += total[c] * minus_center[i];
            for (int i = 0; i < FEATURES<T>; i++) g[i] = scale[i] * (g[i] + l2 * w[i]);
        }
    }
    const T* thresholds_of_panel(const Team& team, std::ptrdiff_t p) const {
        T* out = thresholds_.get() + team.me * panel_size_;
        for (std::ptrdiff_t c = 0; c < k_; c++)
            std::copy_n(scale_.get() + p * FEATURES<T>, FEATURES<T>, out + c * FEATURES<T>);
        return out;
    }
    void weights_of_panel(std::ptrdiff_t p) const {
        T *RESTRICT w = at(weights_, p);
        const T *RESTRICT v = at(variables_, p), *RESTRICT scale = scale_.get() + p * FEATURES<T>;
        for (std::ptrdiff_t c = 0; c < k_; c++, w += FEATURES<T>, v += FEATURES<T>)
            for (int i = 0; i < FEATURES<T>; i++) w[i] = scale[i] * v[i];
    }
    T* at(const Buffer<T>& panels, std::ptrdiff_t p) const { return panels ? panels.get() + p * panel_size_ : nullptr; }

    template <class Body>
    void for_own_features(const Team& team, Body body) const {
        const Range mine = team.share(all_panels_);
        for (std::ptrdiff_t p = mine.begin; p < mine.end; p++) {
            const std::ptrdiff_t count = p < panels_ ? FEATURES<T> : rest_;
            for (std::ptrdiff_t i = 0; i < count; i++)
                body((p * FEATURES<T> + i) * call_->width, p * panel_size_ + i);
        }
    }
    void to_panels(const Team& team, const T* from, const Buffer<T>& to) const {
        for_own_features(team, [&](std::ptrdiff_t outside, std::ptrdiff_t inside) {
            for (std::ptrdiff_t k = 0; k < k_; k++) to[inside + k * FEATURES<T>] = from[outside + k];
        });
    }
    void from_panels(const Team& team, const Buffer<T>& from, T* to, bool add) const {
        for_own_features(team, [&](std::ptrdiff_t outside, std::ptrdiff_t inside) {
            for (std::ptrdiff_t k = 0; k < k_; k++) {
                const T value = from[inside + k * FEATURES<T>];
                to[outside + k] = add ? to[outside + k] + value : value;
            }
        });
    }

    const T* x_;
    std::ptrdiff_t d_, k_ = 0, panels_ = 0, rest_ = 0, all_panels_ = 0, panel_size_ = 0;
    const Call<T>* call_ = nullptr;
    bool plain_ = false;
    Buffer<T> weights_, state_[2], average_, gradient_, scratch_, offset_;
    Buffer<T> variables_, scale_, minus_center_, centered_, thresholds_;  // empty where nothing is conditioned
    Buffer<const T*> rows_[2], tail_rows_[2];
    Buffer<T> tails_[2];
};

}  // namespace
