#!/usr/bin/python3
"""Writes test/goldens/statistics/more-*.json: reference values for what the recorded vectors leave out.

    /usr/bin/python3 scripts/goldens/statistics.py        (Debian 12: python3-scipy, python3-statsmodels, python3-mpmath)

Distributions and intervals are computed with 50 digits, exact rank tests by going through every arrangement, the rest is
SciPy's and statsmodels'.
"""
import itertools
import json
import pathlib

import mpmath as mp
import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

mp.mp.dps = 50
FOLDER = pathlib.Path(__file__).parents[2] / "test" / "goldens" / "statistics"
SCIPY = f"SciPy {scipy.__version__}"
STATSMODELS = f"statsmodels {statsmodels.__version__}"
MPMATH = f"mpmath {mp.__version__}, 50 digits"
ENUMERATION = "every arrangement of the mid-ranks; two-sided = min(1, 2 min tail)"


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str) or value is None:
        return value
    value = float(value)
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def write(name, cases):
    vectors = [
        {"id": f"more-{name}/{key}", "kind": "statistic", "source": {"library": source}, "hyper": hyper,
         "dtype": "float64", "inputs": plain(inputs), "expected": plain(expected), "tol_rel": tol}
        for key, source, hyper, inputs, expected, tol in cases
    ]
    file = {"family": "statistics", "name": name, "source": {"library": "each case names its own"}}
    lines = ",\n  ".join(json.dumps(vector) for vector in vectors)
    (FOLDER / f"more-{name}.json").write_text(f'{json.dumps(file)[:-1]},\n "cases": [\n  {lines}]}}\n')


def upper_normal(z):
    return mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2


def beta_lower(x, a, b):
    return mp.betainc(a, b, 0, x, regularized=True)


def beta_tails(x, y, a, b):
    return beta_lower(x, a, b), beta_lower(y, b, a)


def root(f, low, high):
    """The zero of an increasing f, by bisection in 50 digits."""
    low, high = mp.mpf(low), mp.mpf(high)
    for _ in range(220):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return (low + high) / 2


def beta_quantile(p, a, b):
    """Bisection on the logit, on the smaller tail."""
    p = mp.mpf(p)

    def excess(u):
        x, y = 1 / (1 + mp.exp(-u)), 1 / (1 + mp.exp(u))
        return beta_lower(x, a, b) - p if p <= 0.5 else (1 - p) - beta_lower(y, b, a)

    return 1 / (1 + mp.exp(-root(excess, -300, 300)))


def distributions():
    tails = [1e-300, 1e-100, 1e-30, 1e-15, 1e-8, 0.001, 0.02425, 0.3, 0.4999999, 0.5000001, 0.97, 1 - 1e-10]
    z = [-37, -20, -10, -5.5, -1e-6, 1e-6, 2.5, 10, 20, 37]
    quantiles = [
        -root(lambda t, p=p: mp.mpf(p) - upper_normal(t), -40, 40) for p in tails
    ]
    yield ("normal", MPMATH, {}, {"z": z, "p": tails},
           {"cdf": [upper_normal(-v) for v in z], "sf": [upper_normal(v) for v in z], "ppf": quantiles}, 1e-12)
    t = [-1e5, -30, -2, -1e-3, 0.7, 3, 50]
    p = [1e-12, 1e-5, 0.025, 0.4, 0.6, 0.995]
    for df in [0.5, 1, 3.7, 10, 250]:
        half = mp.mpf(df) / 2

        def sf(value):
            share = mp.mpf(df) / (df + mp.mpf(value) ** 2)
            tail = beta_lower(share, half, mp.mpf(1) / 2) / 2
            return tail if value >= 0 else 1 - tail

        ppf = [mp.sign(q - 0.5) * mp.sqrt(df * (1 / x - 1)) for q, x in
               ((q, beta_quantile(2 * min(mp.mpf(q), 1 - mp.mpf(q)), half, mp.mpf(1) / 2)) for q in p)]
        yield (f"t-df{df}", MPMATH, {}, {"t": t, "p": p, "df": df},
               {"cdf": [sf(-v) for v in t], "sf": [sf(v) for v in t], "ppf": ppf}, 5e-12)
    x = [1e-4, 0.3, 2, 9, 60, 500]
    for df in [1, 2, 7.5, 40, 300]:
        half = mp.mpf(df) / 2
        lower = [mp.gammainc(half, 0, mp.mpf(v) / 2, regularized=True) for v in x]
        upper = [mp.gammainc(half, mp.mpf(v) / 2, mp.inf, regularized=True) for v in x]
        ppf = [2 * mp.exp(root(lambda u, q=q: mp.gammainc(half, 0, mp.exp(u), regularized=True) - q, -80, 8))
               for q in p]
        keep = [i for i in range(len(x)) if lower[i] > 1e-300 and upper[i] > 1e-300]
        yield (f"chi2-df{df}", MPMATH, {}, {"x": [x[i] for i in keep], "p": p, "df": df},
               {"cdf": [lower[i] for i in keep], "sf": [upper[i] for i in keep], "ppf": ppf}, 1e-12)
    for a, b in [(1, 1), (3, 40), (8, 2.5), (60, 1000)]:
        ratio = [mp.mpf(v) * a / b for v in x]
        both = [beta_tails(r / (1 + r), 1 / (1 + r), mp.mpf(a) / 2, mp.mpf(b) / 2) for r in ratio]
        ppf = [mp.mpf(b) / a * s / (1 - s) for s in (beta_quantile(q, mp.mpf(a) / 2, mp.mpf(b) / 2) for q in p)]
        keep = [i for i in range(len(x)) if min(both[i]) > 1e-300]
        yield (f"f-{a}-{b}", MPMATH, {}, {"x": [x[i] for i in keep], "p": p, "dfn": a, "dfd": b},
               {"cdf": [both[i][0] for i in keep], "sf": [both[i][1] for i in keep], "ppf": ppf}, 2e-12)
    shares = [1e-8, 0.03, 0.5, 0.8, 0.999]
    for a, b in [(0.5, 0.5), (1, 10), (3.5, 2), (40, 60), (500, 2)]:
        yield (f"beta-{a}-{b}", MPMATH, {}, {"x": shares, "p": p, "a": a, "b": b},
               {"cdf": [beta_lower(mp.mpf(v), a, b) for v in shares], "ppf": [beta_quantile(q, a, b) for q in p]},
               2e-12)
    for n, share in [(1, 0.3), (12, 0.5), (60, 0.02), (400, 0.9)]:
        k = sorted({0, n // 5, n // 2, n - 1})
        terms = [mp.binomial(n, i) * mp.mpf(share) ** i * (1 - mp.mpf(share)) ** (n - i) for i in range(n + 1)]
        yield (f"binomial-{n}-{share}", MPMATH, {}, {"k": k, "n": n, "p": share},
               {"cdf": [mp.fsum(terms[: v + 1]) for v in k]}, 1e-12)


def proportions():
    for n in [1, 2, 5, 10, 30, 200]:
        for k in sorted({0, 1, n // 3, n - 1, n}):
            expected = {}
            for percent in [90, 95, 99.9]:
                tail = (1 - mp.mpf(percent) / 100) / 2
                expected[f"clopper_pearson{percent}"] = [
                    0 if k == 0 else beta_quantile(tail, k, n - k + 1),
                    1 if k == n else 1 - beta_quantile(tail, n - k, k + 1)]
                expected[f"jeffreys{percent}"] = [beta_quantile(tail, k + 0.5, n - k + 0.5),
                                                  1 - beta_quantile(tail, n - k + 0.5, k + 0.5)]
            yield (f"{k}-of-{n}", MPMATH, {}, {"successes": k, "n": n}, expected, 1e-12)
            alpha = 0.2
            wilson = [max(0, v) for v in proportion_confint(k, n, alpha, "wilson")]
            yield (f"wilson-{k}-of-{n}", STATSMODELS, {}, {"successes": k, "n": n},
                   {"wilson80": wilson, "agresti_coull80": proportion_confint(k, n, alpha, "agresti_coull"),
                    "wald80": proportion_confint(k, n, alpha, "normal")}, 1e-10)
    for k, n, p0 in [(3, 20, 0.3), (9, 20, 0.3), (0, 4, 0.9), (17, 30, 0.62), (30, 30, 0.97), (120, 400, 0.25), (2, 5, 0.4)]:
        p = {side: stats.binomtest(k, n, p0, side).pvalue for side in ["two-sided", "less", "greater"]}
        yield (f"binomial-{k}-of-{n}-{p0}", SCIPY, {}, {"successes": k, "n": n, "p0": p0}, p, 1e-10)


def tails(values, observed):
    """P(value <= observed) and P(value >= observed) over equally likely whole values."""
    values = np.asarray(values)
    return np.mean(values <= observed), np.mean(values >= observed)


def p_of(side, lower, upper):
    return {"less": lower, "greater": upper, "two-sided": min(1, 2 * min(lower, upper))}[side]


SIDES = ["two-sided", "less", "greater"]


def wilcoxon():
    samples = {
        "n2": [1, 3], "one": [-2], "equal": [1, 1, 1, 1, 1], "ties": [1, -1, 2, 2, -3, 1, 4, 2, -2],
        "zeros": [0, 0, 1, -1, 2, 3, 3, -3, 0], "infinite": [np.inf, np.inf, -np.inf, 1, 2, -1, 0, 0.5],
        "all-zero": [0, 0, 0], "wide": [1e-9, -1e9, 3, 3, 5, -7, 11, 13, 17, 19, -23],
    }
    for name, d in samples.items():
        d = np.array(d, dtype=float)
        for zeros in ["wilcox", "pratt", "zsplit"]:
            kept = d[d != 0] if zeros == "wilcox" else d
            ranks = stats.rankdata(np.abs(kept))
            half = ranks[kept == 0].sum() / 2 if zeros == "zsplit" else 0
            signed = ranks[kept != 0]
            plus = ranks[kept > 0].sum()
            minus = ranks[kept < 0].sum()
            sums = [np.dot(signs, signed) for signs in itertools.product([0, 1], repeat=len(signed))]
            for side in SIDES:
                yield (f"{name}-{zeros}-{side}", ENUMERATION,
                       {"method": "exact-conditional", "zero_method": zeros, "alternative": side}, {"d": d},
                       {"w_plus": plus + half, "w_minus": minus + half, "p": p_of(side, *tails(sums, plus)), "n": len(signed)},
                       1e-12)
    rng = np.random.default_rng(6)
    d = np.round(rng.normal(0.4, 1, 60), 1)
    for zeros, correction, side in itertools.product(["wilcox", "pratt", "zsplit"], [False, True], SIDES):
        with np.errstate(all="ignore"):
            result = stats.wilcoxon(d, zero_method=zeros, correction=correction, alternative=side, method="approx")
        yield (f"approx-{zeros}-{correction}-{side}", SCIPY,
               {"method": "approx", "zero_method": zeros, "correction": correction, "alternative": side}, {"d": d},
               {"statistic": result.statistic, "p": result.pvalue, "z": result.zstatistic}, 1e-10)


def mann_whitney():
    samples = {
        "1x1": ([1], [2]), "1x4": ([5], [1, 2, 3, 4]), "2x2": ([1, 2], [3, 4]), "all-equal": ([1, 1, 1], [1, 1]),
        "ties": ([1, 2, 2, 3, 5], [2, 3, 3, 4, 4, 0]), "infinite": ([np.inf, 1, 2, np.inf], [3, np.inf, 0.5]),
        "separate": ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), "larger-first": ([4, 7, 7, 1, 9, 9, 9], [7, 1, 2]),
    }
    for name, (x, y) in samples.items():
        ranks = stats.rankdata(np.concatenate([x, y]))
        observed = ranks[: len(x)].sum()
        sums = [sum(choice) for choice in itertools.combinations(ranks, len(x))]
        for side in SIDES:
            yield (f"{name}-{side}", ENUMERATION, {"method": "exact-conditional", "alternative": side},
                   {"x": x, "y": y}, {"u": observed - len(x) * (len(x) + 1) / 2, "p": p_of(side, *tails(sums, observed))},
                   1e-12)
    rng = np.random.default_rng(7)
    for n, m in [(25, 25), (3, 60), (60, 3)]:
        x, y = np.round(rng.normal(0.3, 1, n), 6), np.round(rng.normal(0, 1, m), 6)
        for side in SIDES:
            result = stats.mannwhitneyu(x, y, alternative=side, method="exact")
            yield (f"exact-{n}x{m}-{side}", SCIPY, {"method": "exact", "alternative": side}, {"x": x, "y": y},
                   {"u": result.statistic, "p": result.pvalue}, 1e-10)
    equal = ([1, 2, 3], [1, 2, 3])
    for side in SIDES:
        result = stats.mannwhitneyu(*equal, alternative=side, method="asymptotic")
        yield (f"asymptotic-middle-{side}", SCIPY, {"method": "asymptotic", "use_continuity": True, "alternative": side},
               {"x": equal[0], "y": equal[1]}, {"u": result.statistic, "p": result.pvalue}, 1e-10)


def multiple_testing():
    rng = np.random.default_rng(8)
    for name, p in {
        "hommel-4": [0.01, 0.04, 0.03, 0.005], "hommel-2": [0.04, 0.03], "hommel-1": [0.2],
        "hommel-ties": [0.02, 0.02, 1, 0.5, 0.0001, 0.7, 0.02], "hommel-30": np.round(rng.beta(0.4, 2, 30), 5),
        "zeros": [0, 0.5, 0, 1],
    }.items():
        expected = {}
        for ours, theirs in [("hommel", "hommel"), ("holm", "holm"), ("fdr_bh", "fdr_bh"), ("simes_hochberg", "simes-hochberg")]:
            reject, adjusted = multipletests(p, 0.05, theirs)[:2]
            expected[ours] = {"adjusted": adjusted, "reject_at_0.05": reject}
        yield (name, STATSMODELS, {}, {"p": p}, expected, 1e-10)


def correlation():
    rng = np.random.default_rng(9)
    for n in [3, 5, 30]:
        x, y = np.round(rng.normal(size=n), 3), np.round(rng.normal(size=n), 3)
        sided = {f"p_{side}": stats.pearsonr(x, y, alternative=side).pvalue for side in ["less", "greater"]}
        ranked = {f"p_{side}": stats.spearmanr(x, y, alternative=side).pvalue for side in ["less", "greater"]}
        tau, exact = stats.kendalltau(x, y, method="exact")
        yield (f"n{n}", SCIPY, {}, {"x": x, "y": y},
               {"pearson": {"r": stats.pearsonr(x, y).statistic, "p": stats.pearsonr(x, y).pvalue, **sided},
                "spearman": {"rho": stats.spearmanr(x, y).statistic, **ranked},
                "kendall_tau_b": {"tau": tau, "p_exact": exact,
                                  "p_asymptotic": stats.kendalltau(x, y, method="asymptotic").pvalue},
                "kendall_tau_c": {"tau": stats.kendalltau(x, y, variant="c").statistic}}, 1e-10)


def assumptions():
    rng = np.random.default_rng(10)
    for n, m in [(3, 4), (5, 11), (12, 40), (60, 25)]:
        x, y = np.round(rng.normal(size=n), 3), np.round(rng.gamma(1.5, size=m), 3)
        shapiro = {f"shapiro_{key}": dict(zip(["w", "p"], stats.shapiro(v))) for key, v in [("x", x), ("y", y)]}
        yield (f"shapiro-{n}-{m}", f"{SCIPY} (single precision)", {}, {"x": x, "y": y}, shapiro, 2e-5)
        expected = {"brown_forsythe": dict(zip(["w", "p"], stats.levene(x, y, center="median"))),
                    "levene": dict(zip(["w", "p"], stats.levene(x, y, center="mean"))),
                    "bartlett": dict(zip(["statistic", "p"], stats.bartlett(x, y))),
                    "anova": dict(zip(["f", "p"], stats.f_oneway(x, y)))}
        for key, side in [("", "two-sided"), ("_less", "less"), ("_greater", "greater")]:
            result = stats.ks_2samp(x, y, alternative=side, method="exact")
            expected[f"ks_two_sample_exact{key}"] = {"d": result.statistic, "p": result.pvalue}
        yield (f"{n}-{m}", SCIPY, {}, {"x": x, "y": y}, expected, 1e-10)


def survival():
    rng = np.random.default_rng(11)
    for groups in [2, 3, 4]:
        n = 12 * groups
        time = np.ceil(rng.exponential(20, n))
        event = (rng.uniform(size=n) < 0.75).astype(int)
        group = np.arange(n) % groups
        expected = {}
        for key, options in [("log_rank", {}), ("gehan_breslow", {"weight_type": "gb"}), ("tarone_ware", {"weight_type": "tw"}),
                             ("fleming_harrington_0.5", {"weight_type": "fh", "fh_p": 0.5})]:
            chi2, p = survdiff(time, event, group, **options)
            expected[key] = {"chi2": chi2, "p": p}
        yield (f"{groups}-groups", STATSMODELS, {}, {"time": time, "event": event, "group": group}, expected, 1e-10)


if __name__ == "__main__":
    write("distributions", distributions())
    write("proportions", proportions())
    write("wilcoxon", wilcoxon())
    write("mann-whitney", mann_whitney())
    write("multiple-testing", multiple_testing())
    write("correlation", correlation())
    write("assumptions", assumptions())
    write("survival", survival())
