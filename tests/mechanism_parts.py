"""What each mechanism adds to one small population file, and the file with any of these parts."""

from tests.worlds import VALUES

MODEL = ("F =~ x1 + x2 + x3", "H =~ z1 + z2 + z3", "G =~ y1 + y2 + y3", "G ~ F + H")
SHARES = "shares = [0.1, 0.2, 0.4, 0.2, 0.1]"
#: What a mechanism adds to the file: lines, by section.
Part = dict[str, list[str]]


def section(name: str, *lines: str) -> Part:
    return {name: list(lines)}


CLUSTERS = "clusters = { A = 500, B = 300, C = 200 }"
PARTS: dict[str, Part] = {
    "straightlining": section("responses", "straightlining = 0.1"),
    "careless": section("responses", "careless = 0.1"),
    "extreme": section("responses", "extreme = 0.2"),
    "midpoint": section("responses", "midpoint = 0.2"),
    "reversed": section("responses", 'reversed = ["x3", "y1"]'),
    "acquiescence": section("responses", "acquiescence = 0.15"),
    "common_method": section("responses", "common_method = 0.15"),
    "single_informant": section("responses", "single_informant = 0.3", "informant_halo = 0.4"),
    "errors": section("distribution", 'errors = "chi-square"', "df = 4"),
    "constructs": section("distribution", 'constructs = "chi-square"', "df = 4"),
    "standardised": section("distribution", 'standardised = "within sample"'),
    "vale-maurelli": section("distribution", 'items = "vale-maurelli"', "skewness = 0.75", "kurtosis = 1.5"),
    "independent generator": section(
        "distribution", 'items = "independent generator"', "skewness = 0.5", "kurtosis = 1.5"
    ),
    "gaussian copula": section("distribution", 'items = "copula"', 'copula = "gaussian"', 'marginal = "exponential"'),
    "t copula": section("distribution", 'items = "copula"', 'copula = "t"', "copula_df = 5", 'marginal = "uniform"'),
    "products": section("values", '"G~F:H" = 0.3'),
    "model_error": section("model_error", "rmsea = 0.06"),
    "wu-browne": section("model_error", "rmsea = 0.04", 'method = "wu-browne"'),
    "groups": {"groups.a": ["share = 0.6"], "groups.b": ["share = 0.4", 'values = { "G~F" = -0.3, "F=~x1" = 0.5 }']},
    "missing": section("missing", "share = 0.1", "items = { y2 = 0.3 }"),
    "depends_on": section("missing", "share = 0.2", 'depends_on = "y1"', "strength = 1.0"),
    "forms": section("missing", 'forms = [["x1", "z1"], ["x2", "y2"], []]'),
    "sampling": section("sampling", CLUSTERS, "icc = 0.2", "response = { A = 0.8, B = 0.5, C = 0.3 }"),
    "plain sampling": section("sampling", "population_size = 900"),
    "infinite clusters": section("sampling", CLUSTERS, "icc = 0.1", "icc_errors = 0.1", "finite = false"),
    "reading": section("reading", 'kind = "composite"'),
    "composite": {
        "model": ["H <~ z1 + z2 + z3"],
        "values": ['"H<~z1" = 2', '"H<~z2" = 1', '"H<~z3" = 1', '"z1~~z2" = 0.4'],
    },
    "second-order": {
        "model": ["C =~ c1 + c2", "D =~ d1 + d2", "S =~ C + D", "G ~ S"],
        "values": [
            *(f'"{name}" = 0.8' for name in ("C=~c1", "C=~c2", "D=~d1", "D=~d2", "S=~C", "S=~D")), '"G~S" = 0.2',
        ],
    },
    "slider": {"scale": ["slider = 40"]},
    "scale.items": {"scale": [SHARES], "scale.items": ["x1 = { shares = [0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1] }"]},
    "thresholds": {"scale": [SHARES], "scale.items": ["x1 = { thresholds = [-1.0, -0.5, 0.5, 1.0] }"]},
    "after_cut": section("after_cut", '"alpha(F)" = 0.7', '"G=~y2" = 0.6'),
}  # fmt: skip
#: Loadings that [after_cut] solves for.
SOLVED = ("F=~", "G=~y2")


def text(names: tuple[str, ...], cut: bool) -> str | None:
    """The population file with these parts; None where they say the same thing, which no file does twice."""
    sections: dict[str, list[str]] = {"scale": [SHARES]} if cut else {}
    values, model = dict(VALUES), list(MODEL)
    for name in names:
        for where, own in PARTS[name].items():
            if where == "model":
                written = own[0].split(" ")[0]
                model = [line for line in model if not line.startswith((f"{written} =~", f"{written} <~"))] + own
            elif where != "scale":
                sections[where] = list(dict.fromkeys(sections.get(where, []) + own))
            elif not cut or any("scale" in PARTS[other] for other in names if other != name):
                return None
            else:
                sections[where] = own
    taken = ("H=~",) * ("composite" in names) + SOLVED * ("after_cut" in names)
    given = [f'"{key}" = {value}' for key, value in values.items() if not key.startswith(taken)]
    sections["values"] = given + sections.get("values", [])
    for own in sections.values():
        if len({line.split(" = ")[0] for line in own}) < len(own):
            return None
    told = [f"[{where}]\n" + "".join(f"{line}\n" for line in own) for where, own in sections.items()]
    return "model = '''\n" + "\n".join(model) + "\n'''\n" + "".join(told)
