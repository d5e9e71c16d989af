# SPDX-License-Identifier: Apache-2.0
"""The Vanguard layout: a JSON object of one portfolio with a list of lines."""

from __future__ import annotations

import json

from di_optimizer.sample import fund as sample
from di_optimizer.sample.fund import Fund, FundLine


def vanguard(fund: Fund) -> bytes:
    """Return the JSON layout; its only residual is the liquidity fund."""
    on = fund.on.isoformat()
    items = [_equity(line, on) for line in fund.lines]
    reserve = fund.cash + fund.money_market + fund.collateral
    items.append(
        _item(
            *("TBQLIQ001", reserve / 100, reserve / fund.value, on),
            issueTypeCode="102",
            parentIssueTypeCode="1",
            issueTypeName="Mutual Fund",
            parentIssueTypeName="Equity",
            market="US",
            marketVal=round(reserve, 2),
            CUSIP="TBQLIQ001",
            reportingName="Tessaline Market Liquidity Fund",
        )
    )
    document = {
        "portId": sample.NUMBER,
        "accountingTypeCode": 23,
        "holdingTypeCode": "ORIG",
        "holdingDetailItem": items,
    }
    return json.dumps([document], ensure_ascii=False).encode()


def _equity(line: FundLine, on: str) -> dict[str, object]:
    return _item(
        *(line.issuer, line.shares, line.weight, on),
        sedol=line.sedol,
        bticker=line.symbol,
        issueTypeCode="106",
        parentIssueTypeCode="1",
        issueTypeName="Common Stock",
        parentIssueTypeName="Equity",
        sector=line.sector,
        market="US",
        marketVal=line.market_value,
        CUSIP=line.cusip,
        reportingName=line.name,
        countryOfRiskCode=line.country,
        icbLevel4SectorName=line.sector,
    )


def _item(
    name: str, shares: float, weight: float, on: str, **rest: object
) -> dict[str, object]:
    return {
        "effectiveDate": on,
        "name": name,
        "quantity": round(shares, 2),
        "mktValPercent": round(100 * weight, 10),
        "salesPosition": "LONG",
        **rest,
    }
