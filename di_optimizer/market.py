# SPDX-License-Identifier: Apache-2.0
"""What securities are and what they cost on one date. Knows nothing of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

FUTURE = "future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """A row of the securities table; what is blank there is None here.

    ``attributes`` are its further columns; a blank one is left out.
    """

    symbol: str
    name: str = ""
    type: str = "stock"
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)
    decimals: int | None = None
    block: Decimal | None = None
    issuer: str | None = None
    sector: str | None = None
    country: str | None = None
    wash_group: str | None = None
    attributes: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Price of one share; ``spread_bp`` is the full bid-ask spread in bp of price.

    ``paid_in`` is the currency that trades move where the price is converted from it;
    "" is ``currency``.
    """

    symbol: str
    price: Decimal
    currency: str = "USD"
    as_of: date | None = None
    adv: float | None = None
    spread_bp: Decimal | None = None
    paid_in: str = ""


@dataclass(frozen=True, kw_only=True)
class Market:
    """Quotes and securities on one date, shared read-only by every account.

    ``rates`` are what a unit of other currencies was worth where prices are converted.
    """

    on: date
    quotes: Mapping[str, Quote]
    securities: Mapping[str, Security] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def price(self, symbol: str) -> Decimal:
        """Return what one share or contract is worth: its quote times its multiplier.

        A KeyError is a programming error.

        Examples
        --------
        >>> option = Security(symbol="AAA C100", type="option", multiplier=Decimal(100))
        >>> quote = Quote(symbol="AAA C100", price=Decimal("2.5"))
        >>> market = Market(on=date(2024, 6, 28), quotes={"AAA C100": quote},
        ...                 securities={"AAA C100": option})
        >>> market.price("AAA C100")
        Decimal('250.0')
        """
        security, quoted = self.securities.get(symbol), self.quotes[symbol].price
        if security is None or security.multiplier == 1:
            return quoted
        return quoted * security.multiplier

    def paid_in(self, symbol: str) -> str:
        """Return the currency that trades of a quoted symbol move."""
        quote = self.quotes[symbol]
        return quote.paid_in or quote.currency

    def is_future(self, symbol: str) -> bool:
        """Return whether a position is exposure without value: it is settled daily."""
        security = self.securities.get(symbol)
        return security is not None and security.type == FUTURE

    def half_spread(self, symbol: str, default_bp: float) -> Decimal:
        """Return the cost of trading one unit of money, as a fraction.

        ``default_bp`` is the policy's full spread, used where the table has none.
        """
        quoted = self.quotes[symbol].spread_bp
        spread = Decimal(repr(default_bp)) if quoted is None else quoted
        return spread / Decimal(20_000)
