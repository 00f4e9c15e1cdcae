"""Math-Verify on a list of cases, each read and compared once, as a reward would."""

import json
import logging
from importlib.metadata import version

import side


def task(options):
    logging.disable(logging.CRITICAL)
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

    kinds = {"latex": LatexExtractionConfig(), "expr": ExprExtractionConfig(), "string": StringExtractionConfig()}
    with open(options["cases"], encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]

    def judge(case):
        extract = [kinds[kind] for kind in case.get("extract", ["latex", "expr"])]
        gold, given = parse(case["gold"], extract), parse(case["prediction"], extract)
        return verify(
            gold,
            given,
            float_rounding=case.get("floatRounding", 6),
            strict=case.get("strict", True),
            allow_set_relation_comp=case.get("allowSetRelation", False),
        )

    def work():
        verdicts = "".join("1" if judge(case) else "0" for case in cases)
        return len(cases), verdicts

    for _ in range(options["warmUp"]):
        work()
    return {"math-verify": version("math-verify"), "sympy": version("sympy")}, work


side.main(task)
