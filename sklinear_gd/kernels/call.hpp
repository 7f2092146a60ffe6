// What one call from Python asks for, as plain pointers and numbers, and the block of rows that is in work.
#pragma once
#include <cstddef>
#include <cstdint>

#include "losses.hpp"
#include "memory.hpp"
#include "optimizers.hpp"

namespace {

// What SAGA remembers and knows before; see saga.hpp. All null where there is none.
template <class T>
struct Memory {
    T* table = nullptr;            // (n_rows, width): the derivatives by the scores that each row is remembered with
    const T* drift = nullptr;      // (n_rows, n_scores): the scores that the mean gradient of W gives to each row
    const T* mean = nullptr;       // (n_features, width): that gradient; null where U is to stay
    const T* mean_intercept = nullptr;  // (n_scores,), and the intercept itself; null without one
    T* intercept = nullptr;
    // (n_batches + 1,): before each update and behind the last; null: see Saga::recalls
    const double *scales = nullptr, *shifts = nullptr;
    const double* intercept_rates = nullptr;  // (n_batches,)
};

// What dual coordinate ascent remembers and knows before; see dual.hpp. The table is null where there is none.
template <class T>
struct Dual {
    T* table = nullptr;              // (n_rows, width): the weighted derivatives that each row is remembered with
    const double* widths = nullptr;  // (n_rows,): by how much a row's scores fall when its derivatives grow by 1
    const double* inner = nullptr;   // (n_rows,): the row times the center; null without one
    const double* shares = nullptr;  // (n_batches,): of the way that a step goes
    double* vectors = nullptr;       // (3, n_scores): the intercept, the mean of the table, the center's factor
    const double* center = nullptr;  // (n_features,); null where U is to stay, or there is none
    double center_square = 0, rate = 0, intercept_rate = 0, n_rows = 1;
    bool has_intercept = false;
};

// Arrays of the model are feature-major: (n_features + fit_intercept, width), classes contiguous, the last row
// the intercept, columns from n_scores on zero.
template <class T>
struct Call {
    // rows
    const std::int32_t* y;
    const double* weights;          // or null: all 1
    const std::ptrdiff_t* order;    // row numbers
    std::ptrdiff_t n_order, batch_size;
    // model
    T* params;
    std::ptrdiff_t n_features, n_scores, width;
    bool fit_intercept;
    LossSpec loss;
    // a gradient: scale * sum is added to it; null where only the loss is wanted
    T* gradient;
    double scale;
    // or updates, one a batch: rates is not null
    const double* rates;
    OptimizerSpec optimizer;
    T* state[2];
    std::int64_t updates_before;
    double l2, l1;
    T* average;
    std::int64_t average_count;
    // or null. With them the model stands in conditioned variables, scores are
    //     c + sum_j (x_j - center_j) * scale_j * V_j,
    // and the penalties are those of W_j = scale_j * V_j. One number a feature each.
    const T* feature_scale;
    const T* center;
    // Lazy updates touch only the features that the rows have; null where each touches all weights. What features
    // share ({scale, total}, see csr.hpp), and `total` when each was last touched, null without L1. They are kept from
    // call to call, and with `settle` no feature lags behind after this one.
    double* lag;
    double* lag_of_features;
    bool settle;
    // With it the model's rows are U of saga.hpp, the rates are those of U, and the intercept is in the memory alone.
    Memory<T> memory;
    // With it they are U of dual.hpp, the rates are shares of its rate, and the intercept is in its vectors alone.
    Dual<T> dual;
    bool dual_takes_single_rows() const { return dual.table && batch_size == 1; }
};

// Some rows between their scores and their gradient. There are two, used in turn, so that a thread may begin the
// next while another still reads this one.
template <class T>
struct Block {
    Block(std::ptrdiff_t capacity, std::ptrdiff_t width)
        : width(width), row(capacity), residual(round_up(capacity, CACHE_LINE) * width),
          label(round_up(capacity, CACHE_LINE)), value(round_up(capacity, CACHE_LINE)) {}
    std::ptrdiff_t width, rows = 0;
    Buffer<std::ptrdiff_t> row;
    Buffer<T> residual;  // (rows, width): scores, then what the gradient takes of each row
    Buffer<T> label;
    Buffer<double> value;
};

}  // namespace
