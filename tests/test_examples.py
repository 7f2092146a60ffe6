"""The scripts in examples/ run, without a warning, and print what they promise."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image
from scipy import sparse

matplotlib.use("Agg")

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
GALLERY = sorted(EXAMPLES.glob("plot_*.py"))
NUMBER = r"-?\d+(?:\.\d+)?"


def printed_by(script, *arguments, **environment):
    """Return what a script prints in a process of its own, where warnings are errors."""
    environment = {**os.environ, "SKLINEAR_GD_DATA": "", **environment}
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def table(text):
    """Return the rows that begin with an estimator's name, as lists of words."""
    return [line.split() for line in text.splitlines() if re.match(r"S\w+GDClassifier ", line)]


def three_classes(rng, n_rows, n_features):
    """Return counts, of which one tells the class, and the classes 0, 1, 2 in turn."""
    y = np.arange(n_rows) % 3
    X = rng.poisson(0.3, size=(n_rows, n_features))
    X[np.arange(n_rows), y] += 20
    return X, y


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a tiny MNIST, CIFAR-10 and newsgroups in the format of the examples."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    X, y = three_classes(rng, 400, 3 * 4 * 4)
    parts = {"y_train": y[:300], "y_test": y[300:]}
    X = np.minimum(X * 10, 255).astype(np.uint8)
    for name in ("mnist.npz", "cifar10_20k.npz"):
        np.savez(folder / name, X_train=X[:300], X_test=X[300:], **parts)
    counts = sparse.csr_matrix(X.astype(np.uint16))
    for name, M in [("X_train", counts[:300]), ("X_test", counts[300:])]:
        arrays = {"data": M.data, "indices": M.indices, "indptr": M.indptr, "shape": M.shape}
        parts |= {f"{name}_{key}": value for key, value in arrays.items()}
    np.savez(folder / "news20_bydate_counts.npz", **parts)
    return folder


@pytest.fixture(scope="module", autouse=True)
def printed(folder):
    """Return what scripts print, as futures: they run in turn, while the gallery is drawn here."""
    with_data = {"SKLINEAR_GD_DATA": str(folder)}
    calls = {
        "quickstart": (["quickstart.py"], {}),
        "search_strategies": (["search_strategies.py"], with_data),
        "mnist": (["mnist.py"], with_data),
        "newsgroups": (["newsgroups.py"], with_data),
        "templates": (
            ["cifar10_templates.py", folder / "templates.png"],
            {**with_data, "MPLBACKEND": "Agg"},
        ),
        "templates of nothing": (["cifar10_templates.py", folder / "nothing.png"], {}),
        "stream": (["stream.py"], {}),
    }
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield {
            name: pool.submit(printed_by, *arguments, **environment)
            for name, (arguments, environment) in calls.items()
        }
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def drawn(monkeypatch):
    """Return a function that runs an example of the gallery; the figures are closed at the end."""
    monkeypatch.setattr(plt, "show", lambda: None)

    def run(name):
        return runpy.run_path(str(EXAMPLES / f"plot_{name}.py"), run_name="__main__")

    with plt.rc_context():
        yield run
    plt.close("all")


@pytest.fixture
def data_module():
    """Return examples/_data.py as a module."""
    spec = importlib.util.spec_from_file_location("examples_data", EXAMPLES / "_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_an_example_of_the_gallery_is_short_and_asks_a_question(path):
    """It has less than 80 lines, a question for a title, and a place in the gallery's order."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 80
    title, underline = text.splitlines()[1:3]
    assert title.endswith("?")
    assert underline == "=" * len(title)
    order = re.search(r'ORDER = """([^"]+)"""', (ROOT / "docs" / "conf.py").read_text())[1]
    assert order.split().count(path.stem.removeprefix("plot_")) == 1


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_an_example_of_the_gallery_draws(path, drawn):
    """It runs without a warning and draws figures whose axes hold something and say what."""
    drawn(path.stem.removeprefix("plot_"))
    assert plt.get_fignums()
    for figure in map(plt.figure, plt.get_fignums()):
        figure.draw_without_rendering()
        for ax in figure.axes:
            assert ax.lines or ax.images or ax.collections or ax.patches
        assert any(ax.get_title() or ax.get_xlabel() for ax in figure.axes)


def test_what_the_step_size_and_the_schedule_change(drawn):
    """As the texts say: of the rates 3 is best, and a schedule that falls beats a constant rate."""
    models = drawn("step_size")["models"]
    last = {name: model.history_["objective"][-5:].mean() for name, model in models.items()}
    assert min(last, key=last.get) == "rate 3"
    models = drawn("schedules")["models"]
    last = {name: model.history_["objective"][-1] for name, model in models.items()}
    assert last["cosine"] < last["invscaling"] < last["constant"]


def test_what_penalties_keep(drawn):
    """The picture of the group lasso has whole features of zeros, or none."""
    coef = drawn("penalties")["clf"].coef_
    assert np.array_equal((coef == 0).any(axis=0), (coef == 0).all(axis=0))
    assert 0 < (coef == 0).all(axis=0).sum() < coef.shape[1]


def test_which_rows_pull(drawn):
    """More than half of the rows have no pull under the SVM, and all of them under softmax."""
    drawn("softmax_or_svm")
    shares = [int(re.search(r"(\d+)%", ax.get_title())[1]) for ax in plt.gcf().axes]
    assert shares[0] == 0
    assert shares[1] > 50


def test_quickstart(printed):
    """The quick start prints objective, accuracy and seconds; L-BFGS has the lowest objective."""
    rows = table(printed["quickstart"].result())
    assert len(rows) == 4
    for descent, reference in zip(rows[::2], rows[1::2], strict=True):
        assert descent[0] == reference[0]
        assert (descent[1], reference[1]) == ("gd", "lbfgs")
        objectives = float(descent[-3]), float(reference[-3])
        assert objectives[1] <= objectives[0] + 1e-4 < 1.25 * objectives[1]
        assert min(float(descent[-2]), float(reference[-2])) > 0.95


def test_search_strategies(printed):
    """A search without a gradient ends above local search, and that above gradient descent."""
    text = printed["search_strategies"].result()
    digits, images = text.split("CIFAR-10: 300 training rows, 100 test rows")
    for part, best in ((digits, 0.95), (images, 0.9)):
        rows = [line.split() for line in part.splitlines()[-3:]]
        assert [row[0] for row in rows] == ["RandomSearch", "LocalSearch", "GradientDescent"]
        objectives = [float(row[2]) for row in rows]
        assert objectives == sorted(objectives, reverse=True)
        assert objectives[0] > objectives[2]
        assert float(rows[2][3]) >= best


@pytest.mark.parametrize("script", ["mnist", "newsgroups"])
def test_examples_from_a_folder(script, printed):
    """Both larger examples read a folder of .npz files and print a row for each estimator."""
    text = printed[script].result()
    assert "300 training rows, 100 test rows" in text
    rows = table(text)
    assert [row[0] for row in rows] == ["SoftmaxGDClassifier", "SVMGDClassifier"]
    for row in rows:
        assert all(re.fullmatch(NUMBER, word) for word in row[1:])
        assert float(row[3]) > 0.9


def test_templates_of_cifar10(folder, printed):
    """The weights of colour images are saved as a picture; without the folder it says what for."""
    text = printed["templates"].result()
    assert float(re.search(rf"test accuracy ({NUMBER})", text)[1]) > 0.9
    with Image.open(folder / "templates.png") as image:
        colours = np.asarray(image.convert("RGB"), dtype=int)
    assert np.ptp(colours, axis=2).max() > 50
    with pytest.raises(AssertionError, match="SKLINEAR_GD_DATA must name a folder"):
        printed["templates of nothing"].result()


def test_mnist_is_fetched_from_openml(data_module, monkeypatch):
    """Without a folder MNIST comes from OpenML: the first 60,000 rows train, the rest test."""
    rows = np.arange(70000)
    X = np.stack([rows % 256, rows // 256], axis=1)

    def fetch_openml(name, **options):
        assert (name, options["version"]) == ("mnist_784", 1)
        return X, rows.astype(str)

    monkeypatch.delenv("SKLINEAR_GD_DATA", raising=False)
    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch_openml)
    X_train, _, X_test, y_test = data_module.load_mnist()
    assert (len(X_train), len(X_test), y_test[0]) == (60000, 10000, "60000")
    assert X_train.dtype == X_test.dtype == np.float32
    np.testing.assert_allclose(X_train, X[:60000] / 255, rtol=1e-6)


def test_newsgroups_are_fetched_as_counts(data_module, monkeypatch):
    """Without a folder the newsgroups come from scikit-learn as counts and become tf-idf."""
    X, y = three_classes(np.random.default_rng(1), 40, 9)
    asked = []

    def fetch(subset, normalize, return_X_y):
        assert normalize is False
        asked.append(subset)
        return sparse.csr_matrix(X), y

    monkeypatch.delenv("SKLINEAR_GD_DATA", raising=False)
    monkeypatch.setattr("sklearn.datasets.fetch_20newsgroups_vectorized", fetch)
    X_train, _, X_test, _ = data_module.load_newsgroups()
    assert asked == ["train", "test"]
    assert X_train.dtype == np.float32
    np.testing.assert_allclose(X_train.multiply(X_train).sum(axis=1), 1, rtol=1e-5)
    assert (X_train != X_test).nnz == 0


def test_stream_learns_from_chunks(printed):
    """The accuracy of the stream grows with the rows that it has seen."""
    found = re.findall(rf"({NUMBER}) rows .* accuracy ({NUMBER})", printed["stream"].result())
    accuracies = [float(accuracy) for _, accuracy in found]
    assert len(found) == 5
    assert accuracies[-1] > accuracies[0] > 0.5
