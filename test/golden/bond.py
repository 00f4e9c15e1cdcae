"""Golden numbers of Best-of-N and J-BOND on a five-completion toy (BOND, arXiv 2407.14622). NumPy, float64.

    python3 test/golden/bond.py > test/golden/bond.json

Works from the paper's equations: the Best-of-N law by enumerating all draws (N <= 4) or by formula (4), gradients by
finite differences of the divergences where one exists. The sign of the anchor term is that of the gradient of
KL(policy || anchor), checked here against finite differences; Algorithm 2 prints the opposite.
"""

import itertools
import json
import math

import numpy as np

REF = np.array([0.40, 0.30, 0.15, 0.10, 0.05])
R = np.arange(5.0)
LOG16 = math.log(16)


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def quantiles(p, r):
    return np.array([p[r < x].sum() for x in r]), np.array([p[r <= x].sum() for x in r])


def formula4(p, r, n):
    below, upto = quantiles(p, r)
    return p * upto ** (n - 1) * sum((below / upto) ** (i - 1) for i in range(1, n + 1))


def enumerated(p, r, n):
    """All n-tuples of draws; ties for best shared among the tied draws."""
    law = np.zeros(len(p))
    for draws in itertools.product(range(len(p)), repeat=n):
        best = max(r[i] for i in draws)
        tied = [i for i in draws if r[i] == best]
        for i in tied:
            law[i] += np.prod(p[list(draws)]) / len(tied)
    return law


def kl(p, q):
    return float((p * np.log(p / q)).sum())


def score_gradient(p, w):
    """E_p[w(y) grad log p(y)] by the logits."""
    return p * w - p * (p @ w)


def finite_difference(f, z, h=1e-6):
    gradient = np.zeros_like(z)
    for i in range(len(z)):
        step = np.zeros_like(z)
        step[i] = h
        gradient[i] = (f(z + step) - f(z - step)) / (2 * h)
    return gradient


def expected_j_reward(anchor, r):
    """P(both anchor draws are better) times -log 16."""
    _, upto = quantiles(anchor, r)
    return -LOG16 * (1 - upto) ** 2


def parts(p, anchor, r):
    ratio = np.log(p / anchor)
    forward = p - formula4(anchor, r, 2)
    backward = -score_gradient(p, expected_j_reward(anchor, r) - ratio)
    pull = score_gradient(p, ratio)
    return forward, backward, pull


def gradient(p, anchor, r, beta, gamma):
    forward, backward, pull = parts(p, anchor, r)
    return (1 - beta) * forward + beta * backward + gamma * pull


def descend(beta, gamma, rate=2.0, steps=20_000):
    z = np.log(REF)
    for _ in range(steps):
        g = gradient(softmax(z), REF, R, beta, gamma)
        z = z - rate * g
        if np.abs(g).max() < 1e-14:
            break
    return softmax(z)


def trajectory(eta, gamma, beta=0.5, rate=0.5):
    """Expected gradients on the policy's logits; the anchor averages logits. [reward, KL to the start] at each step."""
    anchor = z = np.log(REF)
    seen = {}
    for t in range(501):
        p = softmax(z)
        if t in (0, 50, 100, 200, 500):
            seen[t] = [float(p @ R), kl(p, REF)]
        z = z - rate * gradient(p, softmax(anchor), R, beta, gamma)
        anchor = (1 - eta) * anchor + eta * z
    return seen


def check_signs():
    z = np.array([0, 0.2, -0.1, 0.3, 0.5])
    p = softmax(z)
    pull = parts(p, REF, R)[2]
    assert np.abs(pull - finite_difference(lambda v: kl(softmax(v), REF), z)).max() < 1e-8
    best = formula4(REF, R, 2)
    forward = parts(p, REF, R)[0]
    assert np.abs(forward - finite_difference(lambda v: kl(best, softmax(v)), z)).max() < 1e-8


def main():
    check_signs()
    laws = {}
    for n in (1, 2, 4, 8, 16):
        law = formula4(REF, R, n)
        if n <= 4:
            assert np.allclose(law, enumerated(REF, R, n), atol=1e-12)
        laws[n] = {"law": law.tolist(), "reward": float(law @ R), "kl": kl(law, REF)}
    second = softmax(np.array([0, 0.2, -0.1, 0.3, 0.5]))
    forward, backward, pull = parts(second, REF, R)
    golden = {
        "laws": laws,
        "tied": enumerated(REF, np.array([0, 1, 1, 2, 2.0]), 3).tolist(),
        "expectedJReward": expected_j_reward(REF, R).tolist(),
        "gradientAtStart": gradient(REF, REF, R, 0.5, 0).tolist(),
        "secondPoint": {
            "policy": second.tolist(),
            "forward": forward.tolist(),
            "backward": backward.tolist(),
            "pull": pull.tolist(),
            "total": gradient(second, REF, R, 0.5, 0.5).tolist(),
        },
        "fixedPoints": [
            {"beta": b, "gamma": g, "policy": descend(b, g).tolist()} for b, g in ((0, 0), (1, 0), (1, 0.5), (0.5, 0))
        ],
        # gamma -1 is what the printed sign does with gamma 1
        "trajectories": [
            {"eta": e, "gamma": g, "at": trajectory(e, g)}
            for e, g in ((0.02, 0), (0.02, 1), (0.02, -1), (0.1, 0), (0, 0))
        ],
    }
    print(json.dumps(golden, indent=2))


if __name__ == "__main__":
    main()
