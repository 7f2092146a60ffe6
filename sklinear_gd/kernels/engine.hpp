// The one loop behind every call: batches, cut into blocks of rows that fit the cache; each block in two phases.
//   1. rows are shared out:     scores -> loss -> residual (weight * d loss / d scores)
//   2. features are shared out: gradient, and behind the last block of a batch its update
// So no sum is shared between threads, and the result is the same bits for any number of them, which may change on
// the way (see Pace).
// The row storage (dense.hpp, csr.hpp) does the products, loss and step come through pointers: the loop is compiled
// once for each kind of rows. Callers have checked every shape, row number and label.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>

#include "call.hpp"
#include "csr.hpp"
#include "dense.hpp"
#include "dual.hpp"
#include "saga.hpp"
#include "segment.hpp"
#include "smoothing.hpp"
#include "threads.hpp"

namespace {

// The intercept is the last row of each array. One thread sees to it, in phase 2. Its gradient is the sum of the
// residuals, which centred features ask for too: then every thread makes the sum for itself.
template <class T>
class Intercept {
public:
    Intercept(const Call<T>& call, int threads)
        : call_(call), all_(call.center != nullptr), sum_(call.fit_intercept ? threads * call.width : 0) {}

    void add(const Team& team, const Block<T>& block) {
        if (!sum_ || !(all_ || team.me == 0)) return;
        T* sum = sum_.get() + team.me * call_.width;
        for (std::ptrdiff_t r = 0; r < block.rows; r++)
            for (std::ptrdiff_t k = 0; k < call_.n_scores; k++) sum[k] += block.residual[r * block.width + k];
    }
    const T* total(const Team& team) const { return sum_ ? sum_.get() + team.me * call_.width : nullptr; }
    void update(const Team& team, const Step<T>& step, std::int64_t count) {
        if (!sum_ || !(all_ || team.me == 0)) return;
        T *b = row(call_.params), *sum = sum_.get() + team.me * call_.width;
        if (team.me == 0) {
            without_penalty(step)(b, sum, row(call_.state[0]), row(call_.state[1]), nullptr, call_.n_scores);
            if (call_.average) add_to_average(row(call_.average), b, call_.n_scores, count);
        }
        std::fill_n(sum, call_.n_scores, T(0));
    }
    void close() {
        for (std::ptrdiff_t k = 0; sum_ && call_.gradient && k < call_.n_scores; k++) row(call_.gradient)[k] += sum_[k];
    }

private:
    T* row(T* array) const { return array ? array + call_.n_features * call_.width : nullptr; }
    const Call<T>& call_;
    const bool all_;
    Buffer<T> sum_;
};

template <class T, class Rows>
class Engine {
public:
    // `residuals`: null, or where the residual of each row is written to, width columns a row.
    Engine(Rows& rows, const Call<T>& call, T* residuals)
        : rows_(rows), call_(call), all_residuals_(residuals), loss_(call.loss, call.n_scores, std::max(call.n_scores, call.width)),
          capacity_(std::min(rows.block_rows(call, loss_.width()), std::max<std::ptrdiff_t>(call.n_order, 1))),
          threads_(useful_threads(rows.row_work(call.n_scores) * static_cast<double>(std::min(capacity_, call.batch_size)),
                                  rows.row_work(call.n_scores) * static_cast<double>(call.n_order))),
          blocks_{{capacity_, loss_.width()}, {capacity_, loss_.width()}}, intercept_(call, threads_), saga_(call),
          dual_(call, capacity_, loss_.width(), threads_) {
        rows_.prepare(call, capacity_, threads_, call.batch_size > capacity_);
    }

    double run() {
        static Learned learned;
        const std::ptrdiff_t unit = call_.rates ? call_.batch_size : capacity_, batch = call_.rates ? unit : 0;
        const auto kind = static_cast<std::size_t>((call_.n_features * 8191 + call_.n_scores) * 8191 + batch + 1);
        const double work = rows_.row_work(call_.n_scores) * static_cast<double>(unit);
        units_ = (call_.n_order + unit - 1) / unit;
        stretch_ = 1 + static_cast<std::ptrdiff_t>(Pace::WORK / (work + 1));
        if (threads_ > 1) pace_ = learned.get(kind);
        turns_[0].alone = pace_.alone();
        const bool alone = pace_.alone_for((units_ + stretch_ - 1) / stretch_);
        in_parallel(alone ? 1 : threads_, [this](Team team) { this->work(team); });
        if (threads_ > 1) learned.set(kind, pace_);
        return total_;
    }

private:
    // What comes next: from which unit, and whether the first member does it alone.
    struct Stretch {
        std::ptrdiff_t begin;
        bool alone;
    };

    void work(const Team& team) {
        rows_.open(team);
        team.wait();
        if (team.size == 1) run_units(team, 0, units_);
        else run_stretches(team);
        rows_.close(team);
        if (team.me == 0) intercept_.close();
        if (saga_.runs() || dual_.runs()) team.wait();
        if (saga_.runs()) saga_.close(team, (call_.n_order + call_.batch_size - 1) / call_.batch_size);
        if (dual_.runs()) dual_.close(team);
    }

    void run_stretches(const Team& team) {
        // Two, in turn: the first member writes the next while others may still read this one.
        for (int turn = 0;; turn = 1 - turn) {
            const Stretch now = turns_[turn];
            if (now.begin >= units_) return;
            std::ptrdiff_t next = std::min(units_, now.begin + stretch_);
            if (!now.alone) {
                const auto start = std::chrono::steady_clock::now();
                run_units(team, now.begin, next);
                team.wait();
                if (team.me == 0) record(start, next - now.begin);
            } else if (team.me == 0) {
                next = run_alone(now.begin);
                rows_.follow_first(team.size);
            }
            if (team.me == 0) turns_[1 - turn] = {next, pace_.alone()};
            team.wait();
        }
    }
    // The first member's stretches, until the others are wanted; returns where.
    std::ptrdiff_t run_alone(std::ptrdiff_t begin) {
        Barrier nobody;
        while (begin < units_ && pace_.alone()) {
            const std::ptrdiff_t end = std::min(units_, begin + stretch_);
            const auto start = std::chrono::steady_clock::now();
            run_units(Team{0, 1, &nobody}, begin, end);
            record(start, end - begin);
            begin = end;
        }
        return begin;
    }
    void record(std::chrono::steady_clock::time_point start, std::ptrdiff_t units) {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        pace_.record(seconds.count() / static_cast<double>(units));
    }

    // Units are batches where there are updates, else the blocks of all rows.
    void run_units(const Team& team, std::ptrdiff_t begin, std::ptrdiff_t end) {
        if (!call_.rates) return run_blocks(team, {0, 0, call_.n_order, units_, call_.scale}, {begin, end});
        if constexpr (Rows::SPARSE)
            if (team.size == 1 && call_.dual_takes_single_rows()) return run_single_rows(team, begin, end);
        for (std::ptrdiff_t number = begin; number < end; number++) {
            const std::ptrdiff_t first = number * call_.batch_size, size = std::min(call_.batch_size, call_.n_order - first);
            const std::ptrdiff_t blocks = (size + capacity_ - 1) / capacity_;
            if (rows_.waits()) {
                rows_.catch_up(team, call_.order + first, size);
                team.wait();
            }
            run_blocks(team, {number, first, size, blocks, 1.0 / static_cast<double>(size)}, {0, blocks});
        }
    }

    // Dual ascent in batches of one sparse row, by one member. What is done for each batch would cost as much as the
    // row, and the losses, which nothing waits for, follow for many rows.
    void run_single_rows(const Team& team, std::ptrdiff_t begin, std::ptrdiff_t end) {
        const Block<T>& block = blocks_[0];
        for (std::ptrdiff_t next; begin < end; begin = next) {
            next = std::min(begin + capacity_, end);
            for (std::ptrdiff_t number = begin; number < next; number++) {
                const std::ptrdiff_t at = number - begin, *row = call_.order + number;
                T* residual = block.residual.get() + at * block.width;
                block.label[at] = static_cast<T>(call_.y[*row]);
                rows_.scores(team, 0, at, row, 1, residual, block.width);
                dual_.complete(at, row, 1, residual, block.width);
                dual_.exchange(team, at, *row, weight(*row), call_.dual.shares[number], residual, block.width);
                rows_.step_along(*row, residual, static_cast<T>(call_.rates[number]));
                dual_.add(*row, residual);
                dual_.step(number);
            }
            loss_(dual_.kept(), next - begin, block.label.get(), block.value.get());
            for (std::ptrdiff_t at = 0; at < next - begin; at++) total_ += block.value[at] * weight(call_.order[begin + at]);
        }
    }
    double weight(std::ptrdiff_t row) const { return call_.weights ? call_.weights[row] : 1.0; }

    struct Batch {
        std::ptrdiff_t number, first, size, blocks;
        double scale;  // of the gradient
    };
    void run_blocks(const Team& team, const Batch& batch, Range blocks) {
        for (std::ptrdiff_t i = blocks.begin; i < blocks.end; i++) {
            const int slot = static_cast<int>(i % 2);
            const std::ptrdiff_t begin = batch.size * i / batch.blocks, end = batch.size * (i + 1) / batch.blocks;
            residuals(team, slot, batch.number, batch.first + begin, end - begin, batch.scale);
            team.wait();
            const bool updates = call_.rates && i + 1 == batch.blocks;
            gradient(team, slot, batch.number, i == 0, updates, batch.first + end);
            if (updates) team.wait();
        }
    }

    // Phase 1: the member's rows.
    void residuals(const Team& team, int slot, std::ptrdiff_t batch, std::ptrdiff_t first, std::ptrdiff_t size, double scale) {
        Block<T>& block = blocks_[slot];
        const std::ptrdiff_t* row = call_.order + first;
        const Range mine = rows_.share_rows(team, row, size);
        if (team.me == 0) block.rows = size;
        const std::ptrdiff_t n = mine.end - mine.begin;
        for (std::ptrdiff_t r = mine.begin; r < mine.end; r++) {
            block.row[r] = row[r];
            block.label[r] = static_cast<T>(call_.y[row[r]]);
        }
        T* residual = block.residual.get() + mine.begin * block.width;
        rows_.scores(team, slot, mine.begin, row + mine.begin, n, saga_.recalls() ? nullptr : residual, block.width);
        if (saga_.recalls()) return saga_.recall(row + mine.begin, n, static_cast<T>(scale), residual, block.width);
        if (saga_.runs()) saga_.add_drift(batch, row + mine.begin, n, residual, block.width);
        if (dual_.runs()) dual_.complete(mine.begin, row + mine.begin, n, residual, block.width);
        loss_(residual, n, block.label.get() + mine.begin, block.value.get() + mine.begin);
        for (std::ptrdiff_t r = 0; r < n; r++) {
            const double own = weight(row[mine.begin + r]);
            const T factor = static_cast<T>(own * scale);
            block.value[mine.begin + r] *= own;
            if (dual_.runs()) {
                const std::ptrdiff_t at = mine.begin + r;
                dual_.exchange(team, at, row[at], own, call_.dual.shares[batch], residual + r * block.width, block.width);
                continue;
            }
            if (saga_.runs()) {
                saga_.remember(row[mine.begin + r], static_cast<T>(own), static_cast<T>(scale), residual + r * block.width);
                continue;
            }
            T* own_residual = residual + r * block.width;
            for (std::ptrdiff_t k = 0; k < block.width; k++) own_residual[k] *= factor;
            if (!all_residuals_) continue;
            T* kept = all_residuals_ + row[mine.begin + r] * call_.width;
            kept[0] = own_residual[0];  // a call that copies one number would be most of the work
            if (call_.n_scores > 1) std::copy_n(own_residual + 1, call_.n_scores - 1, kept + 1);
        }
    }

    // Phase 2: the member's features; the first member also adds up the losses, in the order of the rows.
    void gradient(const Team& team, int slot, std::ptrdiff_t batch, bool fresh, bool updates, std::ptrdiff_t next) {
        const Block<T>& block = blocks_[slot];
        const auto t = static_cast<std::int64_t>(batch) + 1;
        Step<T> step{};
        if (updates) step = make_step<T>(call_.optimizer, call_.updates_before + t, call_.rates[batch], call_.l2, call_.l1);
        if (team.me == 0)
            for (std::ptrdiff_t r = 0; r < block.rows; r++) total_ += block.value[r];
        if (team.me == 0 && saga_.runs()) saga_.add_to_intercept(block);
        if (team.me == 0 && dual_.runs())
            for (std::ptrdiff_t r = 0; r < block.rows; r++) dual_.add(block.row[r], block.residual.get() + r * block.width);
        if (!call_.rates && !call_.gradient) return;
        // The member's rows of the next block, if it is as large as this one: a guess is enough.
        const Range ahead = rows_.share_rows(team, call_.order + next, std::min(block.rows, call_.n_order - next));
        intercept_.add(team, block);
        rows_.pull_back(team, slot, block, fresh, updates ? &step : nullptr, call_.average_count + t,
                        intercept_.total(team), call_.order + next + ahead.begin, ahead.end - ahead.begin);
        if (updates) intercept_.update(team, step, call_.average_count + t);
        if (updates && team.me == 0 && saga_.runs()) saga_.step_intercept(batch);
        if (updates && team.me == 0 && dual_.runs()) dual_.step(batch);
    }

    Rows& rows_;
    const Call<T>& call_;
    T* all_residuals_;
    Loss<T> loss_;
    std::ptrdiff_t capacity_;
    int threads_;
    Block<T> blocks_[2];
    Intercept<T> intercept_;
    Saga<T> saga_;
    DualAscent<T> dual_;
    Pace pace_;
    std::ptrdiff_t units_ = 0, stretch_ = 1;
    Stretch turns_[2] = {};
    double total_ = 0;
};

// Scores alone, (n_order, n_scores). A row's scores do not depend on who computes them, so here the next rows go to
// whoever comes first: no thread waits for another that shares its core with somebody else.
template <class T, class Rows>
void predict(Rows& rows, const Call<T>& call, T* out) {
    constexpr std::ptrdiff_t AT_ONCE = 64;
    const double work = rows.row_work(call.n_scores) * static_cast<double>(call.n_order);
    const int threads = useful_threads(work, work);
    rows.prepare(call, threads * AT_ONCE, threads, false);
    std::atomic<std::ptrdiff_t> next{0};
    const auto kind = static_cast<std::size_t>((call.n_features * 8191 + call.n_scores) * 8191 + 1);
    in_paced_parallel(kind, threads, work, [&](Team team) {
        rows.open(team);
        team.wait();
        for (std::ptrdiff_t r; (r = next.fetch_add(AT_ONCE)) < call.n_order;)
            rows.scores(team, 0, team.me * AT_ONCE, call.order + r, std::min(AT_ONCE, call.n_order - r),
                        out + r * call.n_scores, call.n_scores);
    });
}

// One optimizer step on whole arrays; `gradient` holds the smooth penalty already.
template <class T>
void apply_update(const Call<T>& call, double rate) {
    const auto step = make_step<T>(call.optimizer, call.updates_before + 1, rate, 0.0, call.l1);
    const std::ptrdiff_t size = call.n_features * call.width;
    const auto at = [](T* p, std::ptrdiff_t i) { return p ? p + i : p; };
    const auto work = static_cast<double>(size);
    in_parallel(useful_threads(work, work), [&](Team team) {
        const Range mine = team.share(size, CACHE_LINE);
        step(call.params + mine.begin, call.gradient + mine.begin, at(call.state[0], mine.begin),
             at(call.state[1], mine.begin), nullptr, mine.end - mine.begin);
    });
    if (call.fit_intercept)
        without_penalty(step)(call.params + size, call.gradient + size, at(call.state[0], size), at(call.state[1], size),
                              nullptr, call.width);
}

template <class T>
void check_rows(const Call<T>& call, std::ptrdiff_t n_rows) {
    for (std::ptrdiff_t i = 0; i < call.n_order; i++) {
        check_row(call.order[i], n_rows);
        if (call.y) check_label(call.y[call.order[i]], call.n_scores);
    }
}

// What Python calls: without labels scores to `out`; otherwise the loss, with a gradient, updates, or residuals to `out`.
template <class T, class Rows>
double serve(Rows rows, std::ptrdiff_t n_rows, const Call<T>& call, T* out) {
    check_rows(call, n_rows);
    if (call.y) return Engine<T, Rows>(rows, call, out).run();
    predict(rows, call, out);
    return 0;
}
template <class T>
double serve_dense(const T* x, std::ptrdiff_t n_rows, const Call<T>& call, T* out) {
    return serve(DenseRows<T>(x, call.n_features), n_rows, call, out);
}
template <class T, class I>
double serve_csr(const T* data, const I* indices, const I* indptr, std::ptrdiff_t n_rows, const Call<T>& call, T* out) {
    return serve(CsrRows<T, I>(data, indices, indptr, n_rows, call.n_features), n_rows, call, out);
}

}  // namespace
