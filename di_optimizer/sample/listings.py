# SPDX-License-Identifier: Apache-2.0
"""Which shares each company has listed: one, a class B only, or classes A and B."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.sample.issuers import Floats, Ints
from di_optimizer.sample.streams import Purpose, stream

PART_OF_A, PART_OF_B = 0.6, 0.4  # of a company's value, where both are listed
DISCOUNT_OF_B = 0.97


@dataclass(frozen=True, eq=False, kw_only=True)
class Listings:
    """n securities of m companies.

    Attributes
    ----------
    symbols : tuple of str, length n
        Empty before :meth:`named`; sorted afterwards.
    issuer : (n,)
        Position of the company.
    share_class : tuple of str, length n
        A, B or empty.
    part : (n,)
        Fraction of the company's market value.
    discount : (n,)
        First price relative to the company's main class.
    """

    issuer: Ints
    share_class: tuple[str, ...]
    part: Floats
    discount: Floats
    symbols: tuple[str, ...] = ()

    @property
    def issuers(self) -> int:
        """Number of companies."""
        return int(self.issuer.max()) + 1

    @property
    def with_classes(self) -> Ints:
        """Positions of the companies whose symbols carry a class."""
        lettered = np.array([bool(c) for c in self.share_class])
        return np.unique(self.issuer[lettered])

    @property
    def paired(self) -> tuple[bool, ...]:
        """Whether another class of the same company is listed, length n."""
        return tuple((self.part < 1.0).tolist())

    def named(self, tickers: tuple[str, ...]) -> Listings:
        """Return the listings with symbols such as KVQX or KVZ.B, sorted by them."""
        symbols = [
            tickers[i] + (f".{c}" if c else "")
            for i, c in zip(self.issuer, self.share_class, strict=True)
        ]
        order = np.argsort(np.array(symbols), kind="stable")
        return replace(
            self,
            symbols=tuple(symbols[i] for i in order),
            issuer=self.issuer[order],
            share_class=tuple(self.share_class[i] for i in order),
            part=self.part[order],
            discount=self.discount[order],
        )


def draw_listings(seed: int, count: int) -> Listings:
    """Draw ``count`` securities; one company in a hundred has classes A and B.

    As many again have listed their class B only.

    Examples
    --------
    >>> listings = draw_listings(7, 200)
    >>> listings.issuers, listings.share_class.count("A"), sum(listings.paired)
    (198, 2, 4)
    """
    pairs = max(1, count // 100)
    issuers = count - pairs
    chosen = stream(seed, Purpose.CLASSES).permutation(issuers)[: 2 * pairs]
    both, only_b = chosen[:pairs], chosen[pairs:]
    classes = np.full(issuers, "", dtype=object)
    classes[both], classes[only_b] = "A", "B"
    part = np.ones(issuers)
    part[both] = PART_OF_A
    return Listings(
        issuer=np.concatenate([np.arange(issuers), both]).astype(np.int64),
        share_class=(*classes.tolist(), *("B" for _ in both)),
        part=np.concatenate([part, np.full(pairs, PART_OF_B)]),
        discount=np.concatenate([np.ones(issuers), np.full(pairs, DISCOUNT_OF_B)]),
    )
