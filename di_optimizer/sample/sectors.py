# SPDX-License-Identifier: Apache-2.0
"""The eleven sectors of the sample market and how their companies behave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """What companies of one sector have in common.

    Attributes
    ----------
    name : str
        As issuers print it.
    share : float
        Fraction of the companies.
    beta : float
        Average market beta.
    payers : float
        Fraction of the companies that pay a dividend.
    dividend_yield : float
        Median yearly dividend of a payer, fraction of price.
    businesses : tuple of str
        Words that company names end with.
    """

    name: str
    share: float
    beta: float
    payers: float
    dividend_yield: float
    businesses: tuple[str, ...]


SECTORS = (
    Sector(
        name="Communication Services",
        share=0.05,
        beta=1.0,
        payers=0.5,
        dividend_yield=0.017,
        businesses=("Media", "Broadcasting", "Telecom", "Interactive"),
    ),
    Sector(
        name="Consumer Discretionary",
        share=0.11,
        beta=1.2,
        payers=0.6,
        dividend_yield=0.014,
        businesses=("Apparel", "Hotels", "Motors", "Stores", "Leisure"),
    ),
    Sector(
        name="Consumer Staples",
        share=0.07,
        beta=0.65,
        payers=0.95,
        dividend_yield=0.028,
        businesses=("Foods", "Beverages", "Household Products", "Markets"),
    ),
    Sector(
        name="Energy",
        share=0.05,
        beta=1.15,
        payers=0.9,
        dividend_yield=0.032,
        businesses=("Petroleum", "Pipelines", "Drilling", "Energy"),
    ),
    Sector(
        name="Financials",
        share=0.14,
        beta=1.1,
        payers=0.95,
        dividend_yield=0.024,
        businesses=("Bank", "Financial", "Insurance", "Capital", "Exchange"),
    ),
    Sector(
        name="Health Care",
        share=0.13,
        beta=0.8,
        payers=0.55,
        dividend_yield=0.017,
        businesses=("Therapeutics", "Diagnostics", "Health", "Surgical", "Pharma"),
    ),
    Sector(
        name="Industrials",
        share=0.15,
        beta=1.1,
        payers=0.9,
        dividend_yield=0.017,
        businesses=("Industries", "Rail", "Aerospace", "Tools", "Freight"),
    ),
    Sector(
        name="Information Technology",
        share=0.14,
        beta=1.2,
        payers=0.5,
        dividend_yield=0.011,
        businesses=("Systems", "Semiconductor", "Software", "Networks", "Devices"),
    ),
    Sector(
        name="Materials",
        share=0.05,
        beta=1.1,
        payers=0.9,
        dividend_yield=0.021,
        businesses=("Chemical", "Metals", "Packaging", "Minerals"),
    ),
    Sector(
        name="Real Estate",
        share=0.06,
        beta=0.9,
        payers=1.0,
        dividend_yield=0.034,
        businesses=("Realty Trust", "Towers", "Properties", "Storage"),
    ),
    Sector(
        name="Utilities",
        share=0.05,
        beta=0.55,
        payers=1.0,
        dividend_yield=0.034,
        businesses=("Power & Light", "Gas", "Water", "Electric"),
    ),
)
