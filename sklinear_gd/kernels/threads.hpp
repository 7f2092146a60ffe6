// A team of OpenMP threads where the compiler has OpenMP, the calling thread alone elsewhere. What each thread does
// is decided by its number in a fixed plan, never by who comes first, and no sum is shared: results are the same
// bits for any team.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace {

struct Range { std::ptrdiff_t begin, end; };

// Waits awake for some ten microseconds, then asleep. OpenMP's own barrier stays awake for milliseconds: where other
// programs want the cores too, it keeps them from the very thread that it waits for (measured: 70 times slower).
class Barrier {
public:
    void wait(int size) {
        if (size == 1) return;
        const unsigned phase = phase_.load();
        if (arrived_.fetch_add(1) + 1 == size) {
            arrived_.store(0);
            phase_.store(phase + 1);
            if (sleepers_.load() == 0) return;
            const std::lock_guard<std::mutex> lock(mutex_);
            wake_.notify_all();
            return;
        }
        for (int spins = 0; spins < 5000; spins++) {
            if (phase_.load() != phase) return;
#if defined(__SSE2__) || defined(_M_X64)
            _mm_pause();
#endif
        }
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_.fetch_add(1);  // before the last look at the phase: either side sees the other
        wake_.wait(lock, [&] { return phase_.load() != phase; });
        sleepers_.fetch_sub(1);
    }

private:
    std::atomic<int> arrived_{0}, sleepers_{0};
    std::atomic<unsigned> phase_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
};

struct Team {
    int me, size;
    Barrier* barrier;
    void wait() const { barrier->wait(size); }
    Range share(std::ptrdiff_t n, std::ptrdiff_t unit = 1) const {  // of 0..n, cut at multiples of the unit
        const std::ptrdiff_t units = (n + unit - 1) / unit;
        const auto cut = [&](int part) { const std::ptrdiff_t at = units * part / size * unit; return at < n ? at : n; };
        return {cut(me), cut(me + 1)};
    }
};

// Whether a team pays is measured, not believed: where cores are far apart, or busy with other programs, two threads
// take longer than one. Work goes in stretches; now and then one goes to the other choice, team or first member alone,
// and the faster of the two gets those that follow, more and more of them while the answer stays the same.
class Pace {
public:
    static constexpr double WORK = 8e6;  // multiply-adds of a stretch: some tenths of a millisecond

    bool alone() const { return alone_ != trial_; }
    // Whether the first member needs no other for so many stretches; they then count as done.
    bool alone_for(std::ptrdiff_t stretches) {
        if (!alone() || left_ <= stretches) return false;
        left_ -= static_cast<int>(stretches);
        return true;
    }
    // After a stretch: the seconds that a unit of its work took.
    void record(double seconds) {
        (alone() ? alone_seconds_ : team_seconds_) = seconds;
        if (trial_) {
            const bool better_alone = alone_seconds_ < team_seconds_;
            interval_ = better_alone == alone_ ? std::min(2 * interval_, MOST) : LEAST;
            alone_ = better_alone, trial_ = false, left_ = interval_;
        } else if (--left_ <= 0) {
            trial_ = true;
        }
    }

private:
    static constexpr int LEAST = 32, MOST = 1024;  // stretches between trials
    bool alone_ = false, trial_ = false;
    int left_ = 1, interval_ = LEAST;
    double alone_seconds_ = 0, team_seconds_ = 0;
};

// What was learned, for the next call of the same kind.
class Learned {
public:
    Pace get(std::size_t kind) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return kind == kind_ ? pace_ : Pace{};
    }
    void set(std::size_t kind, const Pace& pace) {
        const std::lock_guard<std::mutex> lock(mutex_);
        kind_ = kind, pace_ = pace;
    }

private:
    std::mutex mutex_;
    std::size_t kind_ = 0;
    Pace pace_;
};

// After fork the child has none of its parent's threads, but OpenMP believes in them and would wait for ever.
inline bool& forked() {
    static bool value = false;
    return value;
}
inline void forget_threads() { forked() = true; }

inline int max_threads() {
#ifdef _OPENMP
    return forked() ? 1 : omp_get_max_threads();
#else
    return 1;
#endif
}

// Threads that pay for `work` multiply-adds between two barriers (a barrier costs about a microsecond) in a call of
// `total`: to wake a team costs little where cores are idle and a time slice where they are not, so a call of less
// than a millisecond keeps to its own thread.
inline int useful_threads(double work, double total) {
    constexpr double WORK_PER_THREAD = 1e5, WORK_OF_A_TEAM = 4e6;
    if (total < WORK_OF_A_TEAM || work < 2 * WORK_PER_THREAD) return 1;
    const int most = max_threads();
    return work >= most * WORK_PER_THREAD ? most : static_cast<int>(work / WORK_PER_THREAD);
}

template <class Body>
void in_parallel(int threads, Body body) {
    Barrier barrier;
#ifdef _OPENMP
    if (threads > 1) {
#pragma omp parallel num_threads(threads)
        body(Team{omp_get_thread_num(), omp_get_num_threads(), &barrier});
        return;
    }
#else
    (void)threads;
#endif
    body(Team{0, 1, &barrier});
}

// The same for calls that are one stretch each: the team, or the first member alone where that was faster lately.
template <class Body>
void in_paced_parallel(std::size_t kind, int threads, double work, Body body) {
    constexpr std::size_t KINDS = 61;
    static Learned learned[KINDS];
    if (threads == 1) return in_parallel(1, body);
    Learned& before = learned[kind % KINDS];
    Pace pace = before.get(kind);
    const auto start = std::chrono::steady_clock::now();
    in_parallel(pace.alone() ? 1 : threads, body);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    pace.record(seconds.count() / work);
    before.set(kind, pace);
}

}  // namespace
