// A zeroed, cache-line aligned array that frees itself. NumPy aligns to 16 bytes only, and a 64-byte vector
// that straddles two lines costs two accesses, so whatever the inner loops read again and again lives here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace {

constexpr std::ptrdiff_t CACHE_LINE = 64;

template <class T>
class Buffer {
public:
    explicit Buffer(std::ptrdiff_t size = 0) : size_(size) {
        if (size <= 0) return;
        raw_ = std::calloc(static_cast<std::size_t>(size) * sizeof(T) + CACHE_LINE, 1);
        if (!raw_) throw std::bad_alloc();
        const auto address = reinterpret_cast<std::uintptr_t>(raw_);
        data_ = reinterpret_cast<T*>((address + CACHE_LINE - 1) & ~std::uintptr_t(CACHE_LINE - 1));
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(raw_, other.raw_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Buffer() { std::free(raw_); }

    T* get() const { return data_; }
    T& operator[](std::ptrdiff_t i) const {
#ifdef SKLINEAR_GD_BOUNDS_CHECKS
        if (i < 0 || i >= size_) std::abort();
#endif
        return data_[i];
    }
    explicit operator bool() const { return data_ != nullptr; }

private:
    void* raw_ = nullptr;
    T* data_ = nullptr;
    std::ptrdiff_t size_;
};

inline std::ptrdiff_t round_up(std::ptrdiff_t value, std::ptrdiff_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace
