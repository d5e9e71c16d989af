# SPDX-License-Identifier: Apache-2.0
"""What is absent about a held security, and what policy makes of it.

Absent is not zero: an unknown symbol, price, exposure or basis either refuses the
input or holds the whole position untraded, by ``policy.missing``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet

HOLD = "hold"
WORDS = {
    "symbol": "unknown symbol",
    "price": "no price",
    "exposure": "no exposure in the risk model",
    "basis": "no cost basis in lot ",
}
ORDER = tuple(WORDS)
WAY_OUT = 'Or hold it untraded: missing.{} = "hold" in the policy.'

Position = tuple[str, str]  # account, symbol


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of securities, and the file that ought to know it."""

    listed: frozenset[str]
    listing: str
    priced: frozenset[str]
    pricing: str
    exposed: frozenset[str] | None

    def absent(self, symbol: str) -> tuple[str, ...]:
        """Return which of symbol, price and exposure are missing.

        An unknown symbol has no price or exposure to miss.
        """
        if symbol not in self.listed:
            return ("symbol",)
        price = () if symbol in self.priced else ("price",)
        exposed = self.exposed is None or symbol in self.exposed
        return price + (() if exposed else ("exposure",))


@dataclass(frozen=True)
class Held:
    """Why a position stays untraded: pairs of what is missing and the lot or ''."""

    reasons: set[tuple[str, str]] = field(default_factory=set)

    def text(self) -> str:
        """Return the reasons in one line, in an order that no row changes."""
        ordered = sorted(self.reasons, key=lambda pair: (ORDER.index(pair[0]), pair[1]))
        return "; ".join(WORDS[name] + lot_id for name, lot_id in ordered)


def held_positions(
    lots: Sheet, facts: Facts, profiles: Profiles, findings: Findings
) -> dict[Position, Held]:
    """Return the positions that policy holds untraded; refusals become problems."""
    symbols = lots.frame["symbol"]
    absent = {symbol: facts.absent(symbol) for symbol in symbols.unique().tolist()}
    lacking = symbols.isin([symbol for symbol, names in absent.items() if names])
    suspect = lots.keep(lacking | lots.frame["cost_basis"].isna())
    unknown = [symbol for symbol, names in absent.items() if "symbol" in names]
    hint = hints(unknown, facts.listed)
    held: dict[Position, Held] = {}
    columns = ("account", "symbol", "lot_id", "cost_basis")
    for row, account, symbol, lot_id, basis in suspect.rows(*columns):
        for name in absent[symbol] + (("basis",) if basis is None else ()):
            if getattr(profiles[account].missing, name) == HOLD:
                reason = (name, lot_id if name == "basis" else "")
                held.setdefault((account, symbol), Held()).reasons.add(reason)
            else:
                found, allowed = refusal(name, symbol, facts)
                findings.add(
                    lots.file,
                    row,
                    "cost_basis" if name == "basis" else "symbol",
                    found=found,
                    allowed=allowed,
                    todo=f"{hint.get(symbol, '')} {WAY_OUT.format(name)}".strip(),
                )
    return held


def refusal(name: str, symbol: str, facts: Facts) -> tuple[str, str]:
    """Return what was found and what is allowed."""
    return {
        "symbol": (f"unknown symbol '{symbol}'", f"a symbol of {facts.listing}"),
        "price": (f"'{symbol}', which has no price", f"a price in {facts.pricing}"),
        "exposure": (
            f"'{symbol}', which the risk model does not know",
            "a symbol of the risk model",
        ),
        "basis": ("blank", "the cost basis of the whole lot"),
    }[name]
