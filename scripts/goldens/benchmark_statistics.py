"""Writes test/goldens/benchmark-statistics: what SciPy, statsmodels, NumPy and plain enumeration give for the statistics of src/stats
that the benchmarks need (Debian 12: python3-scipy 1.10.1, python3-statsmodels 0.13.5, python3-numpy 1.24.2).

    /usr/bin/python3 scripts/goldens/benchmark_statistics.py

Infinity is written as the string "Infinity". About two minutes, most of it for the bootstrap.
"""

import itertools
import json
import math
import warnings
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import statsmodels
from scipy import stats
from scipy.optimize import brentq
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

OUT = Path(__file__).resolve().parents[2] / "test" / "goldens" / "benchmark-statistics"
VERSIONS = f"SciPy {scipy.__version__}, NumPy {np.__version__}, statsmodels {statsmodels.__version__}"
INF = math.inf
rng = np.random.default_rng(20240601)


def sample(n, scale=1.0, shift=0.0):
    return [round(float(v), 3) for v in shift + scale * rng.standard_normal(n)]


def plain(value):
    """JSON has no infinities and NumPy types are not JSON."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (np.integer,)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else ("NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity"))
    return value


def write(name, source, cases):
    content = {"source": f"{source}; {VERSIONS}", "cases": plain(cases)}
    (OUT / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    print(name, len(cases))


# --- best of k: all subsets, one by one

def best_of_cases():
    samples = [[0.7], [0.3, 0.9], [0.4] * 5, sample(7, 1, 3), [0.2, 0.2, 0.5, 0.5, 0.9, 0.9], sample(10) + [INF, INF], [INF] * 4, sample(13)]
    cases = []
    for losses in samples:
        for k in range(1, len(losses) + 1):
            best = [min(subset) for subset in itertools.combinations(losses, k)]
            ordered = sorted(best)
            middle = len(ordered) // 2
            low, high = ordered[(len(ordered) - 1) // 2], ordered[middle]
            n = len(losses)
            with_replacement = sum_finite(
                (x, ((n - i) / n) ** k - ((n - i - 1) / n) ** k) for i, x in enumerate(sorted(losses))
            )
            cases.append({
                "losses": losses, "k": k,
                "mean": INF if INF in best else math.fsum(best) / len(best),
                "median": low if low == high else (low + high) / 2,
                "with_replacement": with_replacement,
            })
    return cases


def sum_finite(pairs):
    return math.fsum(w * x if w > 0 else 0.0 for x, w in pairs)


# --- permutation tests: scipy.stats.permutation_test, all permutations

def permutation_cases():
    cases = []
    paired = [sample(1), sample(2), [0.5] * 6, [0.0] * 4, sample(5), sample(8, 1, 0.6), sample(10, 1, -0.4), [1.0, -1.0, 2.0, 2.0, -2.0, 3.0, 0.0]]
    for d in paired:
        for alternative in ("two-sided", "less", "greater"):
            if len(d) == 1:
                p = {"two-sided": 1.0, "greater": 0.5 if d[0] > 0 else 1.0, "less": 0.5 if d[0] < 0 else 1.0}[alternative]
            else:
                # the sign flips are the exchanges of d with 0 within a pair
                result = stats.permutation_test(
                    (np.array(d), np.zeros(len(d))), lambda a, b, axis: np.mean(a - b, axis=axis), vectorized=True,
                    permutation_type="samples", n_resamples=INF, alternative=alternative)
                p = result.pvalue
            cases.append({"kind": "sign-flip", "differences": d, "alternative": alternative, "statistic": float(np.mean(d)), "p": p})
    independent = [(sample(1), sample(1)), (sample(2), sample(3)), ([1.0] * 3, [1.0] * 4), (sample(5), sample(5, 1, 1)), (sample(4), sample(9, 2, 1)), (sample(8), sample(8, 1, -0.8)),
                   ([1.0, 2.0, 2.0, 3.0], [2.0, 3.0, 3.0, 4.0])]
    for a, b in independent:
        for alternative in ("two-sided", "less", "greater"):
            if len(a) == 1:
                t = a[0] - b[0]
                p = {"two-sided": 1.0, "greater": 0.5 if t > 0 else 1.0, "less": 0.5 if t < 0 else 1.0}[alternative]
            else:
                result = stats.permutation_test(
                    (np.array(a), np.array(b)), lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis), vectorized=True,
                    permutation_type="independent", n_resamples=INF, alternative=alternative)
                p = result.pvalue
            cases.append({"kind": "two-sample", "a": a, "b": b, "alternative": alternative, "statistic": float(np.mean(a) - np.mean(b)), "p": p})
    # infinities: the limit, here with a number so large that a larger one would not change the order
    large = 1e6
    for d in ([INF, 0.5, -0.3, 0.1, 0.7], [INF] * 6, [INF, -INF, 0.2, 0.4], [INF, INF, -INF, -1.0, -2.0, -0.5]):
        finite = [math.copysign(large, v) if math.isinf(v) else v for v in d]
        result = stats.permutation_test(
            (np.array(finite), np.zeros(len(d))), lambda a, b, axis: np.mean(a - b, axis=axis), vectorized=True,
            permutation_type="samples", n_resamples=INF)
        cases.append({"kind": "sign-flip", "differences": d, "alternative": "two-sided", "p": result.pvalue})
    for a, b in (([INF, 1.0, 2.0], [0.5, 0.7, 1.5, 0.1]), ([INF, INF, 0.3], [INF, 0.2, 0.9]), ([INF, INF], [INF, INF, INF])):
        finite = [[large if math.isinf(v) else v for v in arm] for arm in (a, b)]
        result = stats.permutation_test(
            (np.array(finite[0]), np.array(finite[1])), lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis), vectorized=True,
            permutation_type="independent", n_resamples=INF)
        cases.append({"kind": "two-sample", "a": a, "b": b, "alternative": "two-sided", "p": result.pvalue})
    # too many to enumerate here: the exact p is known from all 2^18 (C(20, 10) = 184756) permutations
    d = sample(18, 1, 0.5)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=18)), dtype=np.int8)
    sums = signs @ np.array(d)
    p = min(1.0, 2 * min(np.mean(sums >= sum(d) - 1e-9), np.mean(sums <= sum(d) + 1e-9)))
    cases.append({"kind": "sign-flip", "differences": d, "alternative": "two-sided", "statistic": float(np.mean(d)), "p": p})
    a, b = sample(10), sample(10, 1, 0.9)
    pooled = np.array(a + b)
    means = np.array([pooled[list(c)].sum() for c in itertools.combinations(range(20), 10)])
    p = min(1.0, 2 * min(np.mean(means >= sum(a) - 1e-9), np.mean(means <= sum(a) + 1e-9)))
    cases.append({"kind": "two-sample", "a": a, "b": b, "alternative": "two-sided", "statistic": float(np.mean(a) - np.mean(b)), "p": p})
    return cases


# --- probability of improvement: U of scipy.stats.mannwhitneyu over n m

def improvement_cases():
    pairs = [([1.0], [2.0]), ([1.0], [1.0]), (sample(5), sample(5)), (sample(7), sample(4, 1, 1)), ([1.0] * 4, [1.0] * 3), ([1.0, 2.0, 2.0, 3.0], [2.0, 2.0, 4.0]),
             ([0.1, INF, 0.4], [INF, INF, 0.2, 0.3]), ([INF] * 3, [INF] * 2)]
    cases = []
    for a, b in pairs:
        finite = [[1e9 if math.isinf(v) else v for v in arm] for arm in (a, b)]
        # U of b counts the pairs with a < b, ties by half
        u = stats.mannwhitneyu(finite[1], finite[0], method="asymptotic").statistic if len(set(finite[0] + finite[1])) > 1 else len(a) * len(b) / 2
        cases.append({"a": a, "b": b, "probability": u / (len(a) * len(b)), "delta": 2 * u / (len(a) * len(b)) - 1})
    return cases


# --- performance profiles: the step function summed piece by piece

def profile_cases():
    tables = [[[1.0]], [[1.0, 2.0], [2.0, 1.0]], [[3.0, 3.0], [3.0, 3.0]], [[1.0, INF, 5.0], [2.0, INF, 4.0], [INF, INF, 30.0]],
              [[INF, INF], [INF, INF]], [[round(float(v), 2) for v in rng.uniform(1, 9, 8)] for _ in range(5)]]
    cases = []
    for costs in tables:
        c = np.array(costs)
        with np.errstate(invalid="ignore"):
            ratios = np.where(np.isfinite(c), c / c.min(axis=0), INF)
        scores = []
        for row in ratios:
            edges = np.unique(np.concatenate([[1.0, 4.0], row[(row >= 1) & (row <= 4)]]))
            area = sum((right - left) * np.mean(row <= left) for left, right in zip(edges[:-1], edges[1:]))
            scores.append(area / 3)
        cases.append({"costs": costs, "ratios": ratios, "scores": scores, "ranks": stats.rankdata([-round(s, 12) for s in scores])})
    return cases


# --- learning-rate sensitivity and basins: interpolation by numpy.interp and bisection on it

def sensitivity_cases():
    rates = [10 ** (-4 + 0.5 * i) for i in range(8)]
    curves = [
        [2.2, 1.9, 1.2, 0.80, 0.78, 0.95, 2.9, INF],
        [0.5, 0.6, 0.8, 1.2, 1.9, INF, INF, INF],
        [2.30, 2.25, 1.8, 1.2, 0.9, 0.7, 0.55, 0.541],
        [1.0] * 8,
        [INF, INF, 0.7, INF, INF, INF, INF, INF],
        [0.90, 0.70, 0.90, 0.705, 0.80, 1.0, 2.0, 2.0],
        [INF] * 8,
    ]
    cases = []
    for losses in curves:
        best = min(losses)
        initial = 2.302585
        capped = np.minimum(losses, initial)
        case = {"rates": rates, "losses": losses, "initial": initial, "sensitivity": float(np.mean(capped) - capped.min())}
        if math.isinf(best):
            case |= {"decades": 0.0, "low": math.nan, "high": math.nan}
        else:
            at = losses.index(best)
            case |= {"low": edge(rates, losses, at, -1, best * 1.05), "high": edge(rates, losses, at, 1, best * 1.05)}
            case["decades"] = math.log10(case["high"]) - math.log10(case["low"])
        cases.append(case)
    return cases


def edge(rates, losses, at, step, limit):
    while 0 <= at + step < len(losses) and losses[at + step] <= limit:
        at += step
    if not 0 <= at + step < len(losses) or math.isinf(losses[at + step]):
        return rates[at]
    pair = sorted([(losses[at], math.log10(rates[at])), (losses[at + step], math.log10(rates[at + step]))])
    return 10 ** float(np.interp(limit, [pair[0][0], pair[1][0]], [pair[0][1], pair[1][1]]))


# --- restricted mean survival time: the area of the Kaplan-Meier steps and its variance, term by term

def restricted_mean_cases():
    groups = [
        ([3.0], [1], 5.0), ([5.0], [0], 5.0), ([2.0, 4.0], [1, 1], 6.0), ([2.0, 4.0], [1, 0], 4.0),
        ([10.0] * 6, [0] * 6, 10.0), ([4.0] * 5, [1] * 5, 10.0),
        ([9, 5.6, 21.8, 15.7, 20.5, 3.6, 12.7], [1, 1, 1, 1, 1, 0, 1], 18.0), ([39.8, 6.1, 16.4, 20.6, 10.9, 8.6, 11.1], [1, 1, 0, 0, 1, 1, 0], 30.0),
        ([120, 140, 140, 180, 200, 200, 200, 200], [1, 1, 1, 1, 0, 0, 0, 0], 200.0), ([120, 140, 140, 180, 200, 200, 200, 200], [1, 1, 1, 1, 0, 0, 0, 0], 150.0),
    ]
    cases = []
    for times, events, budget in groups:
        t, e = np.array(times, float), np.array(events)
        at = sorted(set(t[(e == 1) & (t <= budget)]))
        knots = [0.0, *at, budget]
        survival = [1.0]
        for x in at:
            survival.append(survival[-1] * (1 - np.sum((t == x) & (e == 1)) / np.sum(t >= x)))
        areas = [(knots[i + 1] - knots[i]) * survival[i] for i in range(len(survival))]
        variance = 0.0
        for i, x in enumerate(at):
            d, n = np.sum((t == x) & (e == 1)), np.sum(t >= x)
            if d < n:
                variance += math.fsum(areas[i + 1:]) ** 2 * d / (n * (n - d))
        cases.append({"times": times, "events": events, "budget": budget, "mean": math.fsum(areas), "standard_error": math.sqrt(variance)})
    return cases


# --- TOST and power: statsmodels

def equivalence_cases():
    cases = []
    for n, m, delta in ((2, 2, 1.0), (5, 7, 0.8), (10, 10, 0.5), (12, 6, 1.5)):
        a, b = sample(n, 0.5), sample(m, 0.7, 0.1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compare = CompareMeans(DescrStatsW(a), DescrStatsW(b))
            p, (lower, upper) = compare.ttost_ind(-delta, delta, usevar="unequal")
            interval = exact_interval(compare.tconfint_diff(alpha=0.1, usevar="unequal"), lower[2])
        cases.append({"kind": "welch", "a": a, "b": b, "delta": delta, "p": p, "p_lower": lower[1], "p_upper": upper[1], "df": lower[2], "interval": interval})
        d = DescrStatsW(a)
        p, lower, upper = d.ttost_mean(-delta, delta)
        cases.append({"kind": "paired", "differences": a, "delta": delta, "p": p, "p_lower": lower[1], "p_upper": upper[1], "df": lower[2], "interval": exact_interval(d.tconfint_mean(alpha=0.1), lower[2])})
    return cases


def exact_interval(interval, df):
    """t.ppf of SciPy 1.10 is right to 1e-9 only: the half width is scaled to the root of t.sf."""
    centre, half = (interval[0] + interval[1]) / 2, (interval[1] - interval[0]) / 2
    root = brentq(lambda t: stats.t.sf(t, df) - 0.05, 0, 1000, xtol=1e-15, rtol=1e-14)
    half *= root / stats.t.ppf(0.95, df)
    return [centre - half, centre + half]


def power_cases():
    cases = []
    for d in (0.2, 0.5, 1.0, 2.0, 5.0):
        for alpha in (0.05, 0.05 / 11):
            for n in (2, 3, 5, 10, 30, 200):
                cases.append({"kind": "power", "n": n, "d": d, "alpha": alpha, "paired": True, "power": TTestPower().power(d, n, alpha)})
                cases.append({"kind": "power", "n": n, "d": d, "alpha": alpha, "paired": False, "power": TTestIndPower().power(d, n, alpha)})
            for power in (0.8, 0.95):
                for paired in (True, False):
                    test = TTestPower() if paired else TTestIndPower()
                    need = lambda k: test.power(d, k, alpha) >= power
                    n = next(k for k in range(2, 3000) if need(k))
                    cases.append({"kind": "seeds", "d": d, "alpha": alpha, "paired": paired, "wanted": power, "n": n})
    for t, df, delta in ((2.5, 1, 1.0), (12.7, 1, 3.0), (2.0, 9, 3.0), (-2.0, 9, 0.7), (2.2, 10, 0.0), (1.96, 1000, 2.8), (50.0, 3, 40.0), (63.0, 1, 40.0), (0.0, 4, 1.5)):
        cases.append({"kind": "noncentral", "t": t, "df": df, "delta": delta, "cdf": stats.nct.cdf(t, df, delta)})
    return cases


# --- variance components: the textbook formulas of one, two and three crossed factors, written out

def variance_cases():
    cases = []

    def case(names, y, components):
        cases.append({"factors": names, "levels": y.shape[:-1], "replicates": y.shape[-1], "values": y.ravel(), "components": components})

    y = np.round(rng.standard_normal((6, 1, 4)) * 0.3 + rng.standard_normal((6, 1, 1)), 3)[:, 0, :]
    a, r = y.shape
    ms_a = r * np.sum((y.mean(axis=1) - y.mean()) ** 2) / (a - 1)
    ms_e = np.sum((y - y.mean(axis=1, keepdims=True)) ** 2) / (a * (r - 1))
    case(["init"], y, [(ms_a - ms_e) / r, ms_e])

    def two(y):
        a, b, r = y.shape
        cell, grand = y.mean(axis=2), y.mean()
        row, column = cell.mean(axis=1), cell.mean(axis=0)
        ms_a = b * r * np.sum((row - grand) ** 2) / (a - 1)
        ms_b = a * r * np.sum((column - grand) ** 2) / (b - 1)
        ms_ab = r * np.sum((cell - row[:, None] - column[None, :] + grand) ** 2) / ((a - 1) * (b - 1))
        if r == 1:
            return [(ms_a - ms_ab) / b, (ms_b - ms_ab) / a, ms_ab]
        ms_e = np.sum((y - cell[:, :, None]) ** 2) / (a * b * (r - 1))
        return [(ms_a - ms_ab) / (b * r), (ms_b - ms_ab) / (a * r), (ms_ab - ms_e) / r, ms_e]

    base = rng.standard_normal((4, 1, 1)) + 0.5 * rng.standard_normal((1, 5, 1))
    for r in (3, 1):
        y = np.round(base + 0.3 * rng.standard_normal((4, 5, r)), 3)
        case(["init", "order"], y, two(y))
    y = np.round(rng.standard_normal((2, 2, 2)), 3)
    case(["init", "order"], y, two(y))
    y = np.ones((3, 2, 2))
    case(["init", "order"], y, two(y))

    def three(y):
        a, b, c, r = y.shape
        m = lambda *axes: y.mean(axis=axes, keepdims=True)
        grand = m(0, 1, 2, 3)
        A, B, C = m(1, 2, 3) - grand, m(0, 2, 3) - grand, m(0, 1, 3) - grand
        AB, AC, BC = m(2, 3) - grand - A - B, m(1, 3) - grand - A - C, m(0, 3) - grand - B - C
        ABC = m(3) - grand - A - B - C - AB - AC - BC
        ms = lambda effect, df: np.sum(np.broadcast_to(effect, y.shape) ** 2) / df
        ma, mb, mc = ms(A, a - 1), ms(B, b - 1), ms(C, c - 1)
        mab, mac, mbc = ms(AB, (a - 1) * (b - 1)), ms(AC, (a - 1) * (c - 1)), ms(BC, (b - 1) * (c - 1))
        mabc = ms(ABC, (a - 1) * (b - 1) * (c - 1))
        main = [(ma - mab - mac + mabc) / (b * c * r), (mb - mab - mbc + mabc) / (a * c * r), (mc - mac - mbc + mabc) / (a * b * r)]
        pairs = [(mab - mabc) / (c * r), (mac - mabc) / (b * r), (mbc - mabc) / (a * r)]
        if r == 1:
            return [*main, *pairs, mabc]
        me = ms(y - m(3), a * b * c * (r - 1))
        return [*main, *pairs, (mabc - me) / r, me]

    base = rng.standard_normal((3, 1, 1, 1)) + 0.6 * rng.standard_normal((1, 4, 1, 1)) + 0.4 * rng.standard_normal((3, 4, 1, 1))
    for r in (2, 1):
        y = np.round(base + 0.3 * rng.standard_normal((3, 4, 2, r)), 3)
        case(["init", "order", "augmentation"], y, three(y))
    return cases


# --- factor effects: anova_lm (type 1) of statsmodels, and differences of residuals of numpy.linalg.lstsq where cells are empty

def effect_cases():
    cases = []
    designs = {
        "balanced": [(o, n, c) for o in "abc" for n in ("none", "bn") for c in ("0", "1") for _ in range(3)],
        "unbalanced": [(o, n, c) for i, (o, n, c) in enumerate(itertools.product("abc", ("none", "bn"), ("0", "1"))) for _ in range(1 + i % 3)],
        "empty cells": [(o, n, c) for o, n, c in itertools.product("abc", ("none", "bn"), ("0", "1")) if (o, n) != ("b", "bn") for _ in range(2)],
    }
    for name, rows in designs.items():
        effect = {"a": 0.0, "b": 0.5, "c": 1.2, "none": 0.0, "bn": -0.4, "0": 0.0, "1": 0.1}
        y = [round(sum(effect[level] for level in row) + (0.6 if row[:2] == ("c", "bn") else 0) + 0.2 * float(rng.standard_normal()), 3) for row in rows]
        frame = pd.DataFrame([(*row, value) for row, value in zip(rows, y)], columns=["optimizer", "norm", "clip", "y"])
        terms = sequential(frame, ["optimizer", "norm", "clip"])
        if name != "empty cells":
            table = anova_lm(ols("y ~ C(optimizer) + C(norm) + C(clip) + C(optimizer):C(norm) + C(optimizer):C(clip) + C(norm):C(clip)", frame).fit(), typ=1)
            for term, squares, df in zip(terms, table["sum_sq"], table["df"]):
                assert abs(term["sum_of_squares"] - squares) < 1e-9 and term["df"] == df, (term, squares, df)
        cases.append({"name": name, "factors": ["optimizer", "norm", "clip"], "rows": rows, "values": y, "terms": terms,
                      "main_optimizer": [float(frame[frame.optimizer == o].y.mean() - frame.y.mean()) for o in "abc"]})
    return cases


def sequential(frame, factors):
    columns = [np.ones((len(frame), 1))]
    y = frame.y.to_numpy()
    rss, rank = residual(columns, y)
    total = rss
    terms = []
    for names in [[f] for f in factors] + [list(pair) for pair in itertools.combinations(factors, 2)]:
        key = frame[names].agg("/".join, axis=1)
        columns.append(pd.get_dummies(key).to_numpy(float))
        next_rss, next_rank = residual(columns, y)
        terms.append({"factors": names, "df": next_rank - rank, "sum_of_squares": rss - next_rss, "share": (rss - next_rss) / total})
        rss, rank = next_rss, next_rank
    terms.append({"factors": [], "df": len(y) - rank, "sum_of_squares": rss, "share": rss / total})
    return terms


def residual(columns, y):
    x = np.hstack(columns)
    solution, _, rank, _ = np.linalg.lstsq(x, y, rcond=1e-10)
    return float(np.sum((y - x @ solution) ** 2)), int(rank)


# --- bootstrap: the mean and the standard deviation of the ends of 2000-resample intervals over 200 seeds

def bootstrap_cases():
    cases = []
    x, y = sample(12, 1, 2), sample(20, 0.5, 1)
    a = sample(9, 1, 1)
    b = [round(v + 0.3 + 0.4 * float(rng.standard_normal()), 3) for v in a]
    mean = lambda v, axis=-1: np.mean(v, axis=axis)
    median = lambda v, axis=-1: np.median(v, axis=axis)
    deviation = lambda v, axis=-1: np.std(v, axis=axis)
    mean_difference = lambda v, w, axis=-1: np.mean(v, axis=axis) - np.mean(w, axis=axis)
    ratio = lambda v, w, axis=-1: np.mean(v, axis=axis) / np.mean(w, axis=axis)
    setups = [("mean", [x], mean, False), ("median", [y], median, False), ("deviation", [y], deviation, False),
              ("mean difference", [x, y], mean_difference, False), ("ratio of means", [a, b], ratio, True)]
    for name, data, statistic, paired in setups:
        for method in ("percentile", "bca"):
            for confidence in (0.95, 0.8):
                ends = []
                for seed in range(200):
                    result = stats.bootstrap([np.array(d) for d in data], statistic, n_resamples=2000, confidence_level=confidence, method=method,
                                             paired=paired, vectorized=True, random_state=seed)
                    ends.append(list(result.confidence_interval))
                ends = np.array(ends)
                cases.append({"statistic": name, "data": data, "paired": paired, "method": method, "confidence": confidence, "resamples": 2000,
                              "estimate": statistic(*[np.array(d) for d in data]), "mean": ends.mean(axis=0), "deviation": ends.std(axis=0, ddof=1)})
    return cases


OUT.mkdir(parents=True, exist_ok=True)
ENUMERATED = "enumeration of all subsets"
write("best-of", ENUMERATED, best_of_cases())
write("permutation", "scipy.stats.permutation_test, all permutations", permutation_cases())
write("improvement", "scipy.stats.mannwhitneyu", improvement_cases())
write("performance-profile", "the step function summed piece by piece in NumPy", profile_cases())
write("sensitivity", "NumPy", sensitivity_cases())
write("restricted-mean", "product limit and Greenwood's sum in NumPy", restricted_mean_cases())
write("equivalence", "statsmodels CompareMeans.ttost_ind, DescrStatsW.ttost_mean", equivalence_cases())
write("power", "statsmodels TTestPower, TTestIndPower; scipy.stats.nct", power_cases())
write("variance", "textbook formulas in NumPy", variance_cases())
write("effects", "statsmodels anova_lm (type 1), numpy.linalg.lstsq", effect_cases())
write("bootstrap", "scipy.stats.bootstrap, 200 seeds", bootstrap_cases())
