// Rows in CSR storage, and asking for those to come.
#pragma once
#include <algorithm>

#include "call.hpp"
#include "simd.hpp"

namespace {

template <class T, class I>
struct SparseRow {
    const T* data;
    const I* indices;
    std::ptrdiff_t size;
};

template <class T, class I>
struct SparseRows {
    const T* data;
    const I *indices, *indptr;
    std::ptrdiff_t n;

    std::ptrdiff_t size_of(std::ptrdiff_t row) const { return static_cast<std::ptrdiff_t>(indptr[row + 1] - indptr[row]); }
    SparseRow<T, I> row(std::ptrdiff_t row) const { return {data + indptr[row], indices + indptr[row], size_of(row)}; }
    double mean_size() const { return n ? static_cast<double>(indptr[n] - indptr[0]) / static_cast<double>(n) : 0; }
};

// Shuffled rows lie anywhere: those to come are asked for, and before them where they begin.
template <class T, class I>
class RowsAhead {
public:
    RowsAhead() = default;
    RowsAhead(const SparseRows<T, I>& rows, const Call<T>& call)
        : rows_(rows), memory_(call.memory), dual_(call.dual), y_(call.y), n_scores_(call.n_scores), width_(call.width),
          ahead_(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(ENTRIES / (rows.mean_size() + 1)), 1, 16)) {}

    // For the row that comes now; `left` row numbers are to be read from it on.
    FETCHES void ask(const std::ptrdiff_t* row, std::ptrdiff_t left) const {
        if (left > 2 * ahead_) fetch_soon(rows_.indptr + row[2 * ahead_]);
        if (left <= ahead_ || row[ahead_] == row[0] + ahead_) return;  // rows in their order come by themselves
        ask_for_remembered(row[ahead_]);
        constexpr std::ptrdiff_t MOST = 8 * LINE;
        const SparseRow<T, I> next = rows_.row(row[ahead_]);
        for (std::ptrdiff_t p = 0; p < std::min(next.size, MOST); p += LINE) {
            fetch_soon(next.data + p);
            fetch_soon(next.indices + p);
        }
        if (next.size && next.size < MOST) fetch_soon(next.data + next.size - 1);  // rows begin anywhere in a line
    }

private:
    static constexpr double ENTRIES = 128;
    static constexpr std::ptrdiff_t LINE = CACHE_LINE / static_cast<std::ptrdiff_t>(sizeof(T));

    // What SAGA or dual ascent keeps of a row.
    FETCHES void ask_for_remembered(std::ptrdiff_t row) const {
        ask_for_scores(memory_.table, row * width_);
        ask_for_scores(memory_.drift, row * n_scores_);
        ask_for_scores(dual_.table, row * width_);
        if (dual_.table) fetch_soon(dual_.widths + row), fetch_soon(y_ + row);
        if (dual_.inner) fetch_soon(dual_.inner + row);
    }
    // As many numbers as a row has scores.
    FETCHES void ask_for_scores(const T* array, std::ptrdiff_t begin) const {
        for (std::ptrdiff_t k = 0; array && k < n_scores_; k += LINE) fetch_soon(array + begin + k);
    }

    SparseRows<T, I> rows_{};
    Memory<T> memory_;
    Dual<T> dual_;
    const std::int32_t* y_ = nullptr;
    std::ptrdiff_t n_scores_ = 0, width_ = 0, ahead_ = 1;
};

}  // namespace
