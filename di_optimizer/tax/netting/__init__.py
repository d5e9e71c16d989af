# SPDX-License-Identifier: Apache-2.0
"""What the year's gains and losses cost together: the bill on two net totals.

Pure functions of exact fractions, in money. The one step to floats is the
program's, which divides by the account's base; nothing here knows of arrays.
"""

from di_optimizer.tax.netting.bill import carried, deducted, tax_bill
from di_optimizer.tax.netting.figures import YearFigures
from di_optimizer.tax.netting.marginal import Marginal, marginal_rates
from di_optimizer.tax.netting.polygons import Polygon, polygons
from di_optimizer.tax.netting.rules import BillRules

__all__ = [
    "BillRules",
    "Marginal",
    "Polygon",
    "YearFigures",
    "carried",
    "deducted",
    "marginal_rates",
    "polygons",
    "tax_bill",
]
