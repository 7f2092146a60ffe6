#!/usr/bin/env bash
# The kernel tests and the fuzzer of sparse structures, on kernels built to notice every misstep.
#
#   tests/programs/sanitize.sh sanitizers   AddressSanitizer and UndefinedBehaviorSanitizer
#   tests/programs/sanitize.sh bounds       checks of every index
#
# Needs GCC and an environment with the extra "test", meson-python, Cython and ninja.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kind="${1:?sanitizers or bounds}"
python="${PYTHON:-python}"
mutations="${MUTATIONS:-3000}"
work="${WORK:-$(mktemp -d)}"

case "$kind" in
    sanitizers)
        options=(-Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized)
        preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
        ;;
    bounds)
        options=(-Dbounds_checks=true -Dbuildtype=debugoptimized)
        preload=""
        ;;
    *)
        echo "unknown: $kind" >&2
        exit 2
        ;;
esac

settings=()
for option in "${options[@]}" -Dsimd=avx2; do settings+=("--config-settings=setup-args=$option"); done
[[ -d "$work/$kind" ]] || "$python" -m pip install --quiet --no-deps --no-build-isolation \
    "${settings[@]}" --target "$work/$kind" .

# The interpreter itself leaks by design; a finding of any other kind ends the process.
run() {
    env PYTHONPATH="$work/$kind" LD_PRELOAD="$preload" PYTHONMALLOC=malloc OMP_NUM_THREADS=2 \
        ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        "$python" -P "$@"
}

run -c "import sklinear_gd.kernels as k; assert k.available; print(k.simd, k.__file__)"
run -m pytest -q tests/kernels tests/designs tests/objective tests/solvers/test_lbfgs.py \
    tests/solvers/test_limited_memory.py tests/solvers/test_row_space.py \
    tests/solvers/test_smoothing.py tests/solvers/test_variance_reduction.py \
    tests/solvers/test_dual_ascent.py
for estimator in SVMGDClassifier SoftmaxGDClassifier; do
    run tests/programs/sparse_structures.py "$estimator" --mutations "$mutations"
done
