"""The facts of study.json: what was asked and how, checked as they are read."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Level = Annotated[str, BeforeValidator(str)]
Levels = dict[str, Level]
#: Of a rule that does not say how few items it would leave a block.
TOO_FEW = "too few items"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Factor(_Stored):
    """What a factor varies and its levels, the baseline first."""

    meaning: str = ""
    levels: list[Level] = Field(min_length=1)


class Cell(_Stored):
    """One cell of the study: a number of respondents and one level of each factor."""

    cell: int
    n: int = Field(gt=0)
    levels: Levels = {}
    label: str = ""


class Step(_Stored):
    """One decision of a method: its label, what it does and changes, and the path that it wants significant, if any."""

    label: str
    sentence: str = ""
    changes: str = "items"
    path: str | None = None


class Rule(_Stored):
    """What drops items in a method: its label, its threshold of loadings (if it has one), what it spares, in words too.

    strong_kept: whether it means to keep every item that the study counts as strong.
    """

    name: str = ""
    label: str
    threshold: float | None = None
    minimum_items: int = 1
    too_few: str = TOO_FEW
    sentence: str = ""
    strong_kept: bool = False

    @property
    def knows_truth(self) -> bool:
        """Whether it is the oracle: a control, and no rule that anybody could follow."""
        return self.name == "oracle"


class ItemGroup(_Stored):
    """A group of items that drop rates are taken of: its key in the measures, its label, what it holds.

    scale: the loadings that it is judged by: "before" or "after" the cut, or as "pls" finds them.
    """

    key: str
    label: str
    meaning: str
    scale: str = "before"


class Failing(_Stored):
    """A method that raised errors: in how many blocks, and where first."""

    blocks: int = 0
    cell: int = 0
    block: int = 0
    traceback: str = ""


class Method(_Stored):
    """One method; of one that drops items the rule, and the method that is the same without it. settings: as run.

    scale: of its estimates, "standardised", "raw" (by first items) or "raw-variances". decides: whether it takes a
    decision from the data before it estimates, such as which items stay. model: in lavaan syntax, where another than
    the population's is fitted. not_estimated: estimands that this lacks. steps: its decisions, in order.
    """

    label: str
    estimator: str = ""
    rule: Rule | None = None
    steps: list[Step] = []
    decides: bool = False
    unscreened: str | None = None
    resamples: int | None = None
    description: str = ""
    scale: str = "standardised"
    settings: dict[str, str] = {}
    model: str | None = None
    not_estimated: list[str] = []


class Calibrated(_Stored):
    """One quantity of the published table and what the calibrated population gives."""

    quantity: str
    published: float
    achieved: float
    solved: bool = True


class Calibration(_Stored):
    """The population solved for one combination of factor levels."""

    levels: Levels = {}
    rows: list[Calibrated] = []
    loadings: dict[str, float] = {}
    paths: dict[str, float] = {}


class Truth(_Stored):
    """The true parameters of one combination of factor levels, and what the cut leaves of those about items.

    truth: standardised; no_truth: why some estimands have none.
    """

    levels: Levels = {}
    truth: dict[str, float | None] = {}
    no_truth: dict[str, str] = {}
    after_cut: dict[str, float | None] = {}


class Publication(_Stored):
    """What the study sets beside its own figures: the source, remarks, and how many figures it prints."""

    source: str
    notes: list[str] = []
    figures: int


class EstimateOfTable(_Stored):
    """What one method says of the interviews that were held."""

    method: str
    target: str
    value: float
    se: float | None = None
    lower: float | None = None
    upper: float | None = None


class HeldInterviews(_Stored):
    """The interviews behind a study of themes: how many, what they told, and what the methods say of that."""

    held: int = 0
    found: int = 0
    mentions: list[int] = []
    estimates: list[EstimateOfTable] = []


class FurtherMeasure(_Stored):
    """A measure that is not in the list: of a family, such as `coverage@0.9`, or of the study's `own` code."""

    name: str
    header: str
    unit: Literal["share", "coefficient", "count"] = "coefficient"
    meaning: str
    signed: bool = False
    needs: str = ""
    own: bool = False


class Furthest(_Stored):
    """The measure of a cell whose Monte Carlo error is furthest from the one wanted; error None where unknown."""

    method: str
    target: str
    measure: str
    error: float | None
    wanted: float


class Stopped(_Stored):
    """Where a cell stopped, and whether every target was met there."""

    cell: int
    replications: int
    met: bool
    furthest: Furthest | None


class Stopping(_Stored):
    """Of a study whose targets decide how many replications there are: the most allowed, and where cells stopped."""

    most: int
    cells: list[Stopped]


class Study(_Stored):
    """What was asked and how: the facts of study.json."""

    name: str
    title: str
    question: str
    aims: list[str] = []
    population: str = ""
    source: str = ""
    notes: list[str] = []
    model: str = ""
    answers: str = ""
    deviations: list[str] = []
    failing: dict[str, Failing] = {}
    constructs: dict[str, str] = {}
    seed: int
    replications: int = Field(gt=0)
    level: float = Field(default=0.95, gt=0, lt=1)
    many_dropped: int = 5
    trim: float = 0.1
    reference: str | None = None
    stopping: Stopping | None = None
    further_measures: list[FurtherMeasure] = []
    asked: list[str] = []
    pools: dict[str, list[str]] = {}
    judged: list[str] = []
    items: int = 0
    groups: list[ItemGroup] = []
    item_sets: dict[str, list[str]] = {}
    printed: dict[str, float] = {}
    estimands: list[str] = Field(min_length=1)
    factors: dict[str, Factor] = {}
    sizes: list[int] = Field(min_length=1)
    cells: list[Cell] = Field(min_length=1)
    methods: dict[str, Method] = Field(min_length=1)
    populations: list[Truth] = []
    calibration: list[Calibration] | None = None
    published: Publication | None = None
    interviews: HeldInterviews | None = None
    versions: dict[str, str] = {}
    command: str = ""
    replay: str = ""

    @property
    def alpha(self) -> float:
        """The significance level that goes with the level of the intervals: 0.05 for 0.95."""
        return round(1 - self.level, 10)

    @property
    def reference_label(self) -> str:
        """The method that the others are set against on the same data sets, as it is called in tables."""
        method = self.methods.get(self.reference or "")
        return method.label if method else "the reference"

    def group(self, key: str) -> ItemGroup | None:
        """The group of items with this key, where the study has it."""
        return next((group for group in self.groups if group.key == key), None)

    @property
    def rules(self) -> list[Rule]:
        """The rules by which methods drop items, each once."""
        found = [method.rule for method in self.methods.values() if method.rule]
        return [rule for place, rule in enumerate(found) if rule not in found[:place]]
