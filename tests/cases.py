"""The data sets and reference values that several tests share."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.batch import Batch
from sim.model import Model

REFERENCE = Path(__file__).parent / "reference"
#: Four surveys of 19 items, and the model that every other program fitted to them.
SURVEYS = ("crm_000", "crm_001", "crm_002", "crm500_000")
CRM = Model.parse(
    """
    A =~ CC1 + CC2 + CC3 + PC1 + PC2 + PC3 + OI1 + OI2
    O =~ OGG1 + OGG2 + OGG3 + PCO1 + PCO2
    P =~ VA1 + VA2 + PRO1 + PRO2 + VPC1 + VPC2
    P ~ A + O
    """
)


def reference(name: str) -> dict[str, Any]:
    """Values from other programs, with their birth certificate."""
    content: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return content


def survey(name: str) -> pd.DataFrame:
    """One of the stored data sets."""
    return pd.read_csv(REFERENCE / "data" / f"{name}.csv")


def batch_of(name: str, model: Model) -> Batch:
    """A stored data set as a batch of R = 1, items in the model's order."""
    answers = survey(name)[list(model.items)].to_numpy()
    return Batch.of(answers.astype(np.int8) if np.issubdtype(answers.dtype, np.integer) else answers)
