// The update rules, one plain loop each over a run of parameters, their gradient and their state: element by
// element, so the compiler vectorises them itself. The definitions are the `step` methods in
// sklinear_gd/optimizers (PyTorch's rules). With an L1 penalty the same loop ends in the soft threshold by
// l1 * metric, the step size that the rule really gave to this coordinate.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "simd.hpp"

namespace {

enum class OptimizerKind { sgd, momentum, nesterov, adagrad, rmsprop, adam };

struct OptimizerSpec {
    OptimizerKind kind;
    double parameter[3];  // in the order in which the Python class names them
};

template <class T> struct Step;
template <class T>
using StepFunction = void (*)(const Step<T>&, T* w, const T* g, T* first, T* second, const T* scale, std::ptrdiff_t n);

// One update: what all its coordinates share. `first` and `second` are the arrays of the state, in the order of
// the Python class: velocity; sum; square; mean and square.
template <class T>
struct Step {
    StepFunction<T> function;
    T rate, l2;
    T l1;             // the soft threshold, or what the coordinate's own metric is multiplied by to give it
    T keep, take;     // first <- keep * first + take * gradient (or its square)
    T keep2, take2;   // the same for second
    T lead, spread;   // Adam's bias corrections, 1 / (1 - beta^t), of mean and square
    T epsilon;

    // `scale` is null or what each threshold of L1 is multiplied by.
    void operator()(T* w, const T* g, T* first, T* second, const T* scale, std::ptrdiff_t n) const {
        function(*this, w, g, first, second, scale, n);
    }
};

template <class T>
inline T soft_threshold(T w, T by) { return w > by ? w - by : (w < -by ? w + by : (w != w ? w : T(0))); }

template <class T, OptimizerKind KIND, bool L1>
void update(const Step<T>& step, T* RESTRICT w, const T* RESTRICT g, T* RESTRICT first, T* RESTRICT second,
            const T* RESTRICT scale, std::ptrdiff_t n) {
    const Step<T> c = step;  // a copy: the compiler need not fear that a store changes it
    for (std::ptrdiff_t i = 0; i < n; i++) {
        const T gradient = g[i] + c.l2 * w[i];
        T direction = gradient, metric = c.rate, threshold = c.l1;
        if constexpr (KIND == OptimizerKind::momentum) {
            direction = first[i] = c.keep * first[i] + gradient;
        } else if constexpr (KIND == OptimizerKind::nesterov) {
            first[i] = c.keep * first[i] + gradient;
            direction = gradient + c.keep * first[i];
        } else if constexpr (KIND == OptimizerKind::adagrad || KIND == OptimizerKind::rmsprop) {
            first[i] = c.keep * first[i] + c.take * (gradient * gradient);
            metric = c.rate / (std::sqrt(first[i]) + c.epsilon);
        } else if constexpr (KIND == OptimizerKind::adam) {
            first[i] = c.keep * first[i] + c.take * gradient;
            second[i] = c.keep2 * second[i] + c.take2 * (gradient * gradient);
            metric = c.rate / (std::sqrt(second[i] * c.spread) + c.epsilon);
            direction = first[i] * c.lead;
        }
        if constexpr (KIND >= OptimizerKind::adagrad) threshold = c.l1 * metric;
        const T moved = w[i] - metric * direction;
        if (L1 && scale) threshold *= scale[i];
        w[i] = L1 ? soft_threshold(moved, threshold) : moved;
    }
}

template <class T, OptimizerKind KIND>
StepFunction<T> step_function(bool l1) { return l1 ? update<T, KIND, true> : update<T, KIND, false>; }

template <class T>
StepFunction<T> step_function(OptimizerKind kind, bool l1) {
    switch (kind) {
        case OptimizerKind::sgd: return step_function<T, OptimizerKind::sgd>(l1);
        case OptimizerKind::momentum: return step_function<T, OptimizerKind::momentum>(l1);
        case OptimizerKind::nesterov: return step_function<T, OptimizerKind::nesterov>(l1);
        case OptimizerKind::adagrad: return step_function<T, OptimizerKind::adagrad>(l1);
        case OptimizerKind::rmsprop: return step_function<T, OptimizerKind::rmsprop>(l1);
        default: return step_function<T, OptimizerKind::adam>(l1);
    }
}

// Update number t (from 1). The numbers are made in double; each is rounded to T once.
template <class T>
Step<T> make_step(const OptimizerSpec& optimizer, std::int64_t t, double rate, double l2, double l1) {
    const double* p = optimizer.parameter;
    double keep = 0, take = 1, keep2 = 0, lead = 1, spread = 1, epsilon = 0, threshold = l1;
    const auto steps = static_cast<double>(t);
    switch (optimizer.kind) {
        case OptimizerKind::sgd: threshold = l1 * rate; break;
        case OptimizerKind::momentum:
            keep = p[0], threshold = l1 * rate * (1 - std::pow(keep, steps)) / (1 - keep);
            break;
        case OptimizerKind::nesterov:
            keep = p[0], threshold = l1 * rate * (1 - std::pow(keep, steps + 1)) / (1 - keep);
            break;
        case OptimizerKind::adagrad: keep = 1, epsilon = p[0]; break;
        case OptimizerKind::rmsprop: keep = p[0], take = 1 - keep, epsilon = p[1]; break;
        case OptimizerKind::adam:
            keep = p[0], take = 1 - keep, keep2 = p[1], epsilon = p[2];
            lead = 1 / (1 - std::pow(keep, steps)), spread = 1 / (1 - std::pow(keep2, steps));
            break;
    }
    const auto round = [](double x) { return static_cast<T>(x); };
    return {step_function<T>(optimizer.kind, l1 > 0), round(rate), round(l2), round(threshold), round(keep),
            round(take), round(keep2), round(1 - keep2), round(lead), round(spread), round(epsilon)};
}

// The same update for what is never penalised, the intercept.
template <class T>
Step<T> without_penalty(Step<T> step) {
    step.l2 = step.l1 = 0;
    return step;
}

// Polyak-Ruppert: average <- average + (w - average) / count, count including this one.
template <class T>
void add_to_average(T* RESTRICT average, const T* RESTRICT w, std::ptrdiff_t n, std::int64_t count) {
    const T share = static_cast<T>(1.0 / static_cast<double>(count));
    for (std::ptrdiff_t i = 0; i < n; i++) average[i] += (w[i] - average[i]) * share;
}

}  // namespace
