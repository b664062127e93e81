"""Faults of rules of decisions: `python -m tests.laws.further.rules [SEED]` plants each and tells what name it."""

import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.decisions.items import Decision
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.models.weak_paths import WeakPaths
from estimators.decisions.rule import Rule, one_outcome
from estimators.decisions.scales.item_total import ItemTotal
from estimators.laws import decisions
from estimators.solution import loading_targets
from sim.batch import Batch

SEEN = set()


class _Own(AllAtOnce):
    """Screening at .7 whose loadings or decision a subclass spoils."""

    name: ClassVar[str] = "own"
    spares_failures: ClassVar[bool] = True

    def loadings(self, batch, model, method):
        fit = method.fit(batch, model, loading_targets(model))
        return fit, fit.value

    def decide(self, batch, model, method):
        fit, loadings = self.loadings(batch, model, method)
        kept, short = self.kept(loadings, batch.retained, model)
        if self.spares_failures:
            kept[fit.fatal], short[fit.fatal] = batch.retained[fit.fatal], False
        return Decision(kept, short, fit.status)


class MeanOfAll(_Own):
    def loadings(self, batch, model, method):
        fit, loadings = super().loadings(batch, model, method)
        return fit, np.broadcast_to(np.nanmean(loadings, axis=0), loadings.shape).copy()


class FailuresLoseItems(_Own):
    """Where the method fails, loadings are NaN and every item goes that may."""

    spares_failures: ClassVar[bool] = False


class Counted(_Own):
    """It says of every data set that nothing was dropped."""

    def apply(self, analysis):
        return [replace(one, actions=np.zeros_like(one.actions)) for one in super().apply(analysis)]


class CountedTogether(_Own):
    """It counts what was dropped in all data sets together."""

    def apply(self, analysis):
        return [replace(one, actions=np.full_like(one.actions, one.actions.sum())) for one in super().apply(analysis)]


class ShortByTheFirst(_Own):
    def apply(self, analysis):
        return [
            replace(one, short=np.broadcast_to(one.short[:1], one.short.shape).copy())
            for one in super().apply(analysis)
        ]


class Units(_Own):
    """Covariances with the block's mean are held against the threshold."""

    def loadings(self, batch, model, method):
        fit, _ = super().loadings(batch, model, method)
        raw = batch.raw.astype(float)
        own = np.zeros(batch.retained.shape)
        for i, j in enumerate(model.block_of):
            block = batch.retained & (model.block_of == j)
            mean = np.where(block[:, None, :], raw, 0).sum(axis=2) / block.sum(axis=1)[:, None]
            centred = raw[:, :, i] - raw[:, :, i].mean(axis=1, keepdims=True)
            own[:, i] = (centred * (mean - mean.mean(axis=1, keepdims=True))).mean(axis=1)
        return fit, own


class FirstHalf(_Own):
    """Loadings of the respondents who answered first."""

    def loadings(self, batch, model, method):
        half = replace(Batch.of(batch.raw[:, : batch.raw.shape[1] // 2], batch.replications), retained=batch.retained)
        return super().loadings(half, model, method)


class DropsRespondents(_Own):
    """It leaves the last respondent out, too."""

    def apply(self, analysis):
        batch = analysis.batch
        fewer = replace(
            Batch.of(batch.raw[:, :-1], batch.replications, batch.address, items=batch.items), retained=batch.retained
        )
        return super().apply(replace(analysis, batch=fewer))


class ChangesTheModel(_Own):
    def apply(self, analysis):
        model = analysis.model
        fewer = (
            replace(model, paths=model.paths[:-1])
            if len(model.paths) > 1
            else replace(model, paths=((model.paths[0][1], model.paths[0][0]),))
        )
        return [replace(one, analysis=replace(one.analysis, model=fewer)) for one in super().apply(analysis)]


class ChangesTheMethod(_Own):
    def apply(self, analysis):
        return super().apply(replace(analysis, method=AnyOther()))


@dataclass(frozen=True)
class AnyOther:
    def refusal(self, model):
        return None

    def without_inference(self):
        return self


class Raises(_Own):
    """It inverts the correlations of the retained items."""

    def decide(self, batch, model, method):
        np.linalg.cholesky(batch.moments.covariances)
        return super().decide(batch, model, method)


class Ends(_Own):
    def decide(self, batch, model, method):
        if not batch.moments.varies.all():
            sys.exit("a constant item")
        return super().decide(batch, model, method)


class Remembers(_Own):
    """An item that was once dropped is dropped from then on."""

    def loadings(self, batch, model, method):
        fit, loadings = super().loadings(batch, model, method)
        loadings = loadings.copy()
        for i, item in enumerate(model.items):
            if (item, model.items) in SEEN:
                loadings[:, i] = -1
            elif (loadings[:, i] < 0.3).any():
                SEEN.add((item, model.items))
        return fit, loadings


class Sorted(_Own):
    """Of each block it drops at the most one item, the first in the alphabet."""

    def decide(self, batch, model, method):
        fit, loadings = self.loadings(batch, model, method)
        kept = batch.retained.copy()
        for r in range(len(batch)):
            for j in range(len(model.blocks)):
                weak = [i for i in np.flatnonzero((model.block_of == j) & kept[r]) if loadings[r, i] < 0.7]
                if weak and (kept[r] & (model.block_of == j)).sum() > 2:
                    kept[r, min(weak, key=lambda i: model.items[i])] = False
        return Decision(kept, np.zeros((len(batch), len(model.blocks)), dtype=bool), fit.status)


class LastOfTies(_Own):
    """It drops one item of each block: the last of those under .7."""

    def decide(self, batch, model, method):
        fit, loadings = self.loadings(batch, model, method)
        kept = batch.retained.copy()
        for r in range(len(batch)):
            for j in range(len(model.blocks)):
                weak = [i for i in np.flatnonzero((model.block_of == j) & kept[r]) if loadings[r, i] < 0.7]
                if weak and (kept[r] & (model.block_of == j)).sum() > 2:
                    kept[r, weak[-1]] = False
        return Decision(kept, np.zeros((len(batch), len(model.blocks)), dtype=bool), fit.status)


class Comes(_Own):
    """Items that are good now come back."""

    def decide(self, batch, model, method):
        fit, loadings = self.loadings(batch.keep(np.ones_like(batch.retained)), model, method)
        kept, short = self.kept(loadings, np.ones_like(batch.retained), model)
        return Decision(kept, short, fit.status)


class EmptyBlocks(_Own):
    def decide(self, batch, model, method):
        fit, loadings = self.loadings(batch, model, method)
        kept = (np.nan_to_num(loadings, nan=-1) >= self.threshold) & batch.retained
        return Decision(kept, np.zeros((len(batch), len(model.blocks)), dtype=bool), fit.status)


class AllItems(ItemTotal):
    """Item-total correlations with all items of the block, those that were left out too."""

    name: ClassVar[str] = "own-total"

    def decide(self, batch, model, method):
        decision = super().decide(batch.keep(np.ones_like(batch.retained)), model, method)
        return replace(decision, retained=decision.retained & batch.retained)


class Parity(_Own):
    """Every second replication is spared."""

    def decide(self, batch, model, method):
        decision = super().decide(batch, model, method)
        spared = (batch.replications % 2 == 0)[:, None]
        return replace(decision, retained=np.where(spared, batch.retained, decision.retained))


class InPlace(_Own):
    def decide(self, batch, model, method):
        decision = super().decide(batch, model, method)
        batch.retained[:] = decision.retained
        return decision


class Centres(_Own):
    def decide(self, batch, model, method):
        decision = super().decide(batch, model, method)
        batch.raw[:] = batch.raw - batch.raw.mean(axis=1, keepdims=True)
        return decision


class Noise(_Own):
    def loadings(self, batch, model, method):
        fit, loadings = super().loadings(batch, model, method)
        return fit, loadings + np.random.normal(0, 0.1, loadings.shape)  # noqa: NPY002


class LosesOne(_Own):
    def apply(self, analysis):
        usable = np.flatnonzero(analysis.batch.moments.varies.all(axis=1))
        return [replace(one, places=usable[one.places]) for one in super().apply(analysis.rows(usable))]


class ToldTurned(WeakPaths):
    """The p-values of paths that went stand at the wrong data sets."""

    def apply(self, analysis):
        return [
            replace(one, told={key: values[::-1].copy() for key, values in one.told.items()})
            for one in super().apply(analysis)
        ]


class StatusOfAll(_Own):
    """Where one data set fails, all do."""

    def apply(self, analysis):
        return [replace(one, status=np.full_like(one.status, one.status.max())) for one in super().apply(analysis)]


class Direction(_Own):
    """Blocks that point the other way lose their items."""

    def loadings(self, batch, model, method):
        fit, loadings = super().loadings(batch, model, method)
        first = loadings[:, model.bounds[:-1]][:, model.block_of]
        return fit, loadings * np.sign(first)


class Needs(_Own):
    """It looks at answers and does not say so."""

    def decide(self, batch, model, method):
        batch.raw.mean()
        return super().decide(batch, model, method)


class Quiet(Rule):
    """It says that it drops items, and does nothing."""

    name: ClassVar[str] = "quiet"

    def apply(self, analysis):
        return [one_outcome(analysis)]


class Prints(_Own):
    def decide(self, batch, model, method):
        print("dropping")
        np.random.seed(1)  # noqa: NPY002
        return super().decide(batch, model, method)


class Threaded(_Own):
    """It cannot be sent to another process."""

    def __init__(self, *args):
        super().__init__(*args)
        object.__setattr__(self, "lock", threading.Lock())


#: Each fault with the laws of which one should name it. None names a rule that does nothing: `changes` is untested.
RULES = {
    "mean of all data sets": (MeanOfAll, ("alone",)),
    "failures lose their items": (FailuresLoseItems, ("failures",)),
    "nothing counted": (Counted, ("changes",)),
    "counted together": (CountedTogether, ("alone", "changes")),
    "short by the first": (ShortByTheFirst, ("alone",)),
    "units": (Units, ("units",)),
    "the first half": (FirstHalf, ("order-of-respondents",)),
    "respondents too": (DropsRespondents, ("changes",)),
    "the model too": (ChangesTheModel, ("changes",)),
    "the method too": (ChangesTheMethod, ("changes",)),
    "raises": (Raises, ("keeps-enough", "failures")),
    "ends the program": (Ends, ("failures",)),
    "remembers": (Remembers, ("repeatable", "alone", "order-of-items")),
    "the alphabet": (Sorted, ("names",)),
    "the last of the weak": (LastOfTies, ("order-of-items",)),
    "comes back": (Comes, ("keeps-enough",)),
    "empty blocks": (EmptyBlocks, ("keeps-enough",)),
    "items left out count": (AllItems, ("left-out",)),
    "every second replication": (Parity, ("address",)),
    "retained in place": (InPlace, ("repeatable",)),
    "answers in place": (Centres, ("repeatable",)),
    "noise": (Noise, ("repeatable",)),
    "loses one": (LosesOne, ("failures", "keeps-enough")),
    "told at the wrong place": (ToldTurned, ("alone",)),
    "all fail with one": (StatusOfAll, ("failures",)),
    "first item's direction": (Direction, ("order-of-items",)),
    "looks at answers": (Needs, ("moments",)),
    "does nothing": (Quiet, ()),
    "touches what is global": (Prints, ("no-side-effects",)),
    "cannot be sent": (Threaded, ("copies",)),
}


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for name, (rule, laws) in RULES.items():
        SEEN.clear()
        begun = time.process_time()
        try:
            found = [(row.law, row.reason) for row in decisions.report(rule(), seed=seed) if row.outcome == "broken"]
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            found = [("CRASH", f"{type(error).__name__}: {error}")]
        word = "named" if set(laws) & {law for law, _ in found} else found[0][0] if found else "SLIPS"
        print(f"{word}|{name}|{','.join(law for law, _ in found)}|{time.process_time() - begun:.1f}", flush=True)
        if found:
            print("    " + " ".join(found[0][1].split())[:260])


if __name__ == "__main__":
    main()
