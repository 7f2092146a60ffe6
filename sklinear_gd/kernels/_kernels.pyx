# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: freethreading_compatible=True
# distutils: language = c++
"""The compiled kernels: arrays in, pointers to engine.hpp. Compiled once for each SIMD level.

Shapes and values are checked by `sklinear_gd.kernels`, which is the only caller.
"""

from libc.stdint cimport int32_t, int64_t

ctypedef fused real:
    float
    double

ctypedef fused integer:
    int32_t
    int64_t


cdef extern from *:
    """
    #if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    static bool cpu_has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
    static bool cpu_has_avx512() {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && cpu_has_avx2();
    }
    #else
    static bool cpu_has_avx2() { return false; }
    static bool cpu_has_avx512() { return false; }
    #endif
    #ifdef _OPENMP
    static const bool WITH_OPENMP = true;
    #else
    static const bool WITH_OPENMP = false;
    #endif
    """
    bint cpu_has_avx2()
    bint cpu_has_avx512()
    bint WITH_OPENMP


cdef extern from "engine.hpp" nogil:
    cdef enum class LossKind:
        pass

    cdef enum class OptimizerKind:
        pass

    cdef cppclass LossSpec:
        LossKind kind
        double margin, smoothing
        bint squared

    cdef cppclass OptimizerSpec:
        OptimizerKind kind
        double parameter[3]

    cdef cppclass Memory[T]:
        T* table
        const T* drift
        const T* mean
        const T* mean_intercept
        T* intercept
        const double* scales
        const double* shifts
        const double* intercept_rates

    cdef cppclass Dual[T]:
        T* table
        const double* widths
        const double* inner
        const double* shares
        double* vectors
        const double* center
        double center_square, rate, intercept_rate, n_rows
        bint has_intercept

    cdef cppclass Call[T]:
        const int32_t* y
        const double* weights
        const Py_ssize_t* order
        Py_ssize_t n_order, batch_size
        T* params
        Py_ssize_t n_features, n_scores, width
        bint fit_intercept
        LossSpec loss
        T* gradient
        double scale
        const double* rates
        OptimizerSpec optimizer
        T* state[2]
        int64_t updates_before
        double l2, l1
        T* average
        int64_t average_count
        const T* feature_scale
        const T* center
        double* lag
        double* lag_of_features
        bint settle
        Memory[T] memory
        Dual[T] dual

    cdef cppclass SmoothingCall[T]:
        const T* scores
        const int32_t* y
        const double* weights
        const double* shifts
        const Py_ssize_t* row
        Py_ssize_t n, n_scores, n_table, width
        LossSpec loss
        double* d_scores
        T* table

    cdef cppclass SmoothingSums:
        double smooth, plain, cost

    cdef cppclass SegmentCall[T]:
        const T* scores
        const T* change
        double share
        const int32_t* y
        const double* weights
        const Py_ssize_t* row
        Py_ssize_t n, n_rows, n_scores
        LossSpec loss

    cdef cppclass SegmentSums:
        double loss, slope

    SegmentSums losses_on_segment[T](const SegmentCall[T]&) except +
    SmoothingSums smoothed_losses[T](const SmoothingCall[T]&) except +
    double serve_dense[T](const T*, Py_ssize_t, const Call[T]&, T*) except +
    double serve_csr[T, I](const T*, const I*, const I*, Py_ssize_t, const Call[T]&, T*) except +
    void apply_update[T](const Call[T]&, double) except +
    int max_threads()
    void forget_threads()


cdef extern from "vectors.hpp" nogil:
    void multiply_vectors[T](
        const T*, Py_ssize_t, Py_ssize_t, const T*, const T*, Py_ssize_t, double*) except +
    void add_vectors[T](
        const T*, Py_ssize_t, Py_ssize_t, const double*, const T*, double, Py_ssize_t, T*) except +


cdef inline real* start(const real[:, ::1] array) noexcept:
    if array is None:
        return NULL
    return <real*> &array[0, 0]


cdef LossSpec loss_of(tuple loss):
    """`loss`: kind, margin, smoothing, squared."""
    cdef LossSpec spec
    spec.kind = <LossKind><int> loss[0]
    spec.margin, spec.smoothing, spec.squared = loss[1], loss[2], loss[3]
    return spec


cdef Call[real] describe(
    const int32_t[::1] y,
    const double[::1] weights,
    const Py_ssize_t[::1] order,
    const real[:, ::1] params,
    Py_ssize_t n_scores,
    bint fit_intercept,
    tuple loss,
    real[:, ::1] gradient,
    double scale,
    tuple training,
    tuple memory,
    tuple dual,
):
    """The call as the engine wants it."""
    cdef Call[real] call
    call.y = NULL
    call.weights = NULL
    if y is not None:
        call.y = &y[0]
    if weights is not None:
        call.weights = &weights[0]
    call.order = &order[0]
    call.n_order = call.batch_size = order.shape[0]
    call.params = start(params)
    call.n_features = params.shape[0] - fit_intercept
    call.width = params.shape[1]
    call.n_scores, call.fit_intercept = n_scores, fit_intercept
    if loss is not None:
        call.loss = loss_of(loss)
    call.gradient, call.scale = start(gradient), scale
    call.rates = NULL
    call.average = NULL
    call.feature_scale = NULL
    call.center = NULL
    call.lag = NULL
    call.lag_of_features = NULL
    if training is not None:
        with_training(call, training)
    if memory is not None:
        with_memory(call, memory)
    if dual is not None:
        with_dual(call, dual)
    return call


cdef void with_dual(Call[real]& call, tuple dual):
    """`dual`: table, widths, inner, shares, vectors, center, four numbers, has_intercept."""
    cdef real[:, ::1] table = dual[0]
    cdef const double[::1] widths = dual[1]
    cdef const double[::1] inner = dual[2]
    cdef const double[::1] shares = dual[3]
    cdef double[:, ::1] vectors = dual[4]
    cdef const double[::1] center = dual[5]
    call.dual.table, call.dual.widths = start(table), &widths[0]
    call.dual.shares, call.dual.vectors = &shares[0], &vectors[0, 0]
    if inner is not None:
        call.dual.inner = &inner[0]
    if center is not None:
        call.dual.center = &center[0]
    call.dual.center_square, call.dual.rate, call.dual.intercept_rate, call.dual.n_rows = dual[6]
    call.dual.has_intercept = dual[7]


cdef void with_memory(Call[real]& call, tuple memory):
    """`memory`: table; drift, mean, intercepts of both, scales, shifts, rates of the intercept, or None."""
    cdef real[:, ::1] table = memory[0]
    cdef const real[:, ::1] drift = memory[1]
    cdef const real[:, ::1] mean = memory[2]
    cdef const real[::1] mean_intercept = memory[3]
    cdef real[::1] intercept = memory[4]
    cdef const double[::1] scales = memory[5]
    cdef const double[::1] shifts = memory[6]
    cdef const double[::1] intercept_rates = memory[7]
    call.memory.table = start(table)
    call.memory.drift = start(drift)
    call.memory.mean = start(mean)
    if intercept is not None:
        call.memory.mean_intercept, call.memory.intercept = &mean_intercept[0], &intercept[0]
    if scales is not None:
        call.memory.scales, call.memory.shifts = &scales[0], &shifts[0]
        call.memory.intercept_rates = &intercept_rates[0]


cdef void with_training(Call[real]& call, tuple training):
    """`training`: batch size, optimizer, rates, l2, l1, average and its count, scale, center, lag, settle."""
    cdef const double[::1] rates
    cdef real[:, ::1] average
    cdef const real[::1] scale
    cdef const real[::1] center
    cdef double[::1] lag
    call.batch_size, optimizer, rates, call.l2, call.l1, *others = training
    average, call.average_count, scale, center, shared_and_features, call.settle = others
    call.rates = &rates[0]
    call.average = start(average)
    if scale is not None:
        call.feature_scale = &scale[0]
    if center is not None:
        call.center = &center[0]
    if shared_and_features is not None:
        lag = shared_and_features[0]
        call.lag = &lag[0]
        if shared_and_features[1] is not None:
            lag = shared_and_features[1]
            call.lag_of_features = &lag[0]
    with_optimizer(call, optimizer)


cdef void with_optimizer(Call[real]& call, tuple optimizer):
    """`optimizer`: kind, three parameters, updates made before, two arrays or None."""
    cdef real[:, ::1] array
    cdef int i
    call.optimizer.kind = <OptimizerKind><int> optimizer[0]
    for i in range(3):
        call.optimizer.parameter[i] = optimizer[1][i]
    call.updates_before = optimizer[2]
    for i in range(2):
        array = optimizer[3 + i]
        call.state[i] = start(array)


def dense(
    const real[:, ::1] X,
    const int32_t[::1] y,
    const double[::1] weights,
    const Py_ssize_t[::1] order,
    const real[:, ::1] params,
    Py_ssize_t n_scores,
    bint fit_intercept,
    tuple loss=None,
    real[:, ::1] gradient=None,
    double scale=1.0,
    tuple training=None,
    tuple memory=None,
    tuple dual=None,
    real[:, ::1] out=None,
):
    """Without y scores to `out`; else the sum of the losses, with a gradient, updates or residuals."""
    cdef Call[real] call = describe(
        y, weights, order, params, n_scores, fit_intercept, loss, gradient, scale, training,
        memory, dual,
    )
    cdef const real* x = start(X)
    cdef real* to = start(out)
    cdef double total
    with nogil:
        total = serve_dense(x, X.shape[0], call, to)
    return total


def csr(
    const real[::1] data,
    const integer[::1] indices,
    const integer[::1] indptr,
    const int32_t[::1] y,
    const double[::1] weights,
    const Py_ssize_t[::1] order,
    const real[:, ::1] params,
    Py_ssize_t n_scores,
    bint fit_intercept,
    tuple loss=None,
    real[:, ::1] gradient=None,
    double scale=1.0,
    tuple training=None,
    tuple memory=None,
    tuple dual=None,
    real[:, ::1] out=None,
):
    """The same for CSR rows."""
    cdef Call[real] call = describe(
        y, weights, order, params, n_scores, fit_intercept, loss, gradient, scale, training,
        memory, dual,
    )
    # Without stored entries there is no first one to point to.
    cdef const real* values = &data[0] if data.shape[0] else NULL
    cdef const integer* columns = &indices[0] if indices.shape[0] else NULL
    cdef const integer* starts = &indptr[0]
    cdef real* to = start(out)
    cdef double total
    with nogil:
        total = serve_csr(values, columns, starts, indptr.shape[0] - 1, call, to)
    return total


def segment(
    const real[:, ::1] scores,
    const int32_t[::1] y,
    const double[::1] weights,
    const Py_ssize_t[::1] index,
    tuple loss,
    const real[:, ::1] change,
    double share,
):
    """The sum of losses on a segment of scores, and its derivative by the share; see segment.hpp."""
    cdef SegmentCall[real] call
    cdef SegmentSums sums
    call.scores, call.change, call.share = start(scores), start(change), share
    call.y, call.row = &y[0], &index[0]
    call.weights = NULL
    if weights is not None:
        call.weights = &weights[0]
    call.n, call.n_rows, call.n_scores = index.shape[0], scores.shape[0], scores.shape[1]
    call.loss = loss_of(loss)
    with nogil:
        sums = losses_on_segment(call)
    return sums.loss, sums.slope


def smoothing(
    const real[:, ::1] scores,
    const int32_t[::1] y,
    const double[::1] weights,
    const double[:, ::1] shifts,
    const Py_ssize_t[::1] index,
    tuple loss,
    double[:, ::1] d_scores,
    real[:, ::1] table,
):
    """The sums of smoothed losses, losses and costs of given scores; see smoothing.hpp."""
    cdef SmoothingCall[real] call
    cdef SmoothingSums sums
    call.scores, call.y, call.row = start(scores), &y[0], &index[0]
    call.weights = NULL
    call.shifts = NULL
    if weights is not None:
        call.weights = &weights[0]
    if shifts is not None:
        call.shifts = &shifts[0, 0]
    call.n, call.n_scores = scores.shape[0], scores.shape[1]
    call.n_table, call.width = table.shape[0], table.shape[1]
    call.loss = loss_of(loss)
    call.d_scores, call.table = &d_scores[0, 0], start(table)
    with nogil:
        sums = smoothed_losses(call)
    return sums.smooth, sums.plain, sums.cost


def update(
    real[:, ::1] params,
    real[:, ::1] gradient,
    bint fit_intercept,
    tuple optimizer,
    double rate,
    double l1,
):
    """One step of the optimizer, and the soft threshold."""
    cdef Call[real] call
    call.params, call.gradient = start(params), start(gradient)
    call.n_features, call.width = params.shape[0] - fit_intercept, params.shape[1]
    call.fit_intercept, call.l1 = fit_intercept, l1
    with_optimizer(call, optimizer)
    with nogil:
        apply_update(call, rate)


def vector_products(
    const real[:, ::1] vectors,
    Py_ssize_t begin,
    const real[::1] first,
    const real[::1] second,
    double[:, ::1] out,
):
    """The products of columns of all vectors with two others to the two columns of `out`."""
    cdef const real* rows = &vectors[0, begin]
    with nogil:
        multiply_vectors(
            rows, vectors.shape[0], vectors.shape[1], &first[0], &second[0], first.shape[0], &out[0, 0]
        )


def vector_sum(
    const real[:, ::1] vectors,
    const double[::1] weights,
    const real[::1] last,
    double own,
    real[::1] out,
):
    """own * last and all vectors times their weights."""
    cdef const real* rows = &vectors[0, 0] if vectors.shape[0] else NULL
    cdef const double* factors = &weights[0] if weights.shape[0] else NULL
    with nogil:
        add_vectors(
            rows, vectors.shape[0], vectors.shape[1], factors, &last[0], own, out.shape[0], &out[0]
        )


def threads():
    """Threads that a call may use."""
    return max_threads()


def stay_on_one_thread():
    """To be called in a forked child, which has none of its parent's threads."""
    forget_threads()


def cpu_supports(str level):
    """Whether this CPU runs the module of the SIMD level."""
    if level == "avx512":
        return cpu_has_avx512()
    return cpu_has_avx2() if level == "avx2" else True


openmp = bool(WITH_OPENMP)
