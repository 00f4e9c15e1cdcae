"""Ten steps of torch.optim.AdamW after clip_grad_norm_, on the parameters of a one-layer model (float32, CPU).

    python3 test/golden/adamw.py > test/golden/adamw.json      (needs torch 2)

Weights and gradients come from the formula of formula_weights.py: parameter n (in checkpoint order) starts at tensor
number n, its gradient at step t is tensor number 100 t + n. Norms (rank 1) are not decayed.
"""

import json
import sys

import torch

from formula_weights import formula_weights

V, D, F, N, K, H = 5, 4, 3, 2, 1, 6
SHAPES = [(V, D), (D,), (N * H, D), (K * H, D), (K * H, D), (D, N * H), (H,), (H,), (D,), (D,), (F, D), (F, D), (D, F), (D,), (D,)]
OPTIONS = {"learningRate": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.1, "maxGradNorm": 1.5}
STEPS = 10
GRADIENT_AMPLITUDE = 0.4


def main() -> None:
    parameters = [torch.nn.Parameter(torch.from_numpy(formula_weights(n, shape))) for n, shape in enumerate(SHAPES)]
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": OPTIONS["weightDecay"]},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=OPTIONS["learningRate"],
        betas=(OPTIONS["beta1"], OPTIONS["beta2"]),
        eps=OPTIONS["epsilon"],
    )
    norms = []
    for t in range(1, STEPS + 1):
        for n, parameter in enumerate(parameters):
            # Steps differ in size, so that some are clipped and some are not.
            gradient = formula_weights(100 * t + n, SHAPES[n], GRADIENT_AMPLITUDE) * (0.1 if t % 3 == 0 else 1.0)
            parameter.grad = torch.from_numpy(gradient.astype("float32"))
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, OPTIONS["maxGradNorm"]).item())
        optimizer.step()
    json.dump(
        {
            "maker": f"adamw.py, torch {torch.__version__}",
            "options": OPTIONS,
            "steps": STEPS,
            "gradientAmplitude": GRADIENT_AMPLITUDE,
            "gradNorms": norms,
            "parameters": [parameter.detach().flatten().tolist() for parameter in parameters],
        },
        sys.stdout,
    )
    print()


main()
