# SPDX-License-Identifier: Apache-2.0
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from support.sample import market, tables

from di_optimizer.exact import cents, exact
from di_optimizer.sample.book import PriceBook
from di_optimizer.sample.harvest import DAYS_AGO, NAMES, Harvest, harvest
from di_optimizer.sample.market import END
from di_optimizer.sample.prices import quotes
from di_optimizer.sample.profiles import (
    OWNERS,
    PROFILES,
    Profile,
    deposits,
    draw_profiles,
)
from di_optimizer.tables import TABLES, check

NAMES_OF_TABLES = (
    *("accounts", "taxpayers", "cash", "flows"),
    *("lots", "restrictions", "activity"),
)


@pytest.fixture(scope="module")
def value():
    """Market value of each account's lots."""
    price = quotes(market(), END).set_index("symbol")["price"]
    lots = tables()["lots"]
    return (lots["shares"] * lots["symbol"].map(price)).groupby(lots["account"]).sum()


@pytest.mark.parametrize("name", NAMES_OF_TABLES)
@pytest.mark.parametrize(("count", "securities"), [(12, 300), (1, 25), (13, 25)])
def test_tables_follow_their_specs(name, count, securities):
    assert check(tables(count, securities)[name], TABLES[name], name) == []


def test_every_reference_has_its_row():
    found = tables()
    accounts = set(found["accounts"]["account"])
    for name in ("cash", "lots"):
        assert set(found[name]["account"]) == accounts
    for name in ("flows", "activity", "restrictions"):
        assert set(found[name]["account"]) <= accounts
    assert set(found["accounts"]["taxpayer"]) == set(found["taxpayers"]["taxpayer"])
    assert set(found["lots"]["symbol"]) <= set(market().symbols)


def test_the_twelve_are_of_the_promised_kinds(value):
    found = tables()
    accounts = found["accounts"].set_index("account")
    assert accounts["type"].value_counts().to_dict() == {
        "taxable": 10,
        "tax_deferred": 1,
        "exempt": 1,
    }
    assert accounts["taxpayer"].value_counts().max() == 2
    shared = accounts.index[accounts["taxpayer"].duplicated(keep=False)]
    assert set(accounts.loc[shared, "type"]) == {"taxable", "tax_deferred"}
    assert (~accounts["fractional"]).sum() == 1
    assert sorted(np.sign(found["flows"]["amount"])) == [-1, 1]
    assert (pd.to_datetime(found["flows"]["date"]) == pd.Timestamp(END)).all()
    assert found["taxpayers"]["short_rate"].nunique() >= 8
    assert 25_000 < value.min() < 120_000
    assert 4_000_000 < value.max() < 6_500_000


def test_half_of_the_accounts_had_a_deposit_within_thirty_days():
    days = market().days
    last = [deposits(p, days)["date"].max() for p in draw_profiles(7, 12)]
    assert sum(END - day <= timedelta(days=30) for day in last) == 6
    lots = tables()["lots"]
    bought = lots.groupby("account")["acquired"].max()
    assert (bought >= pd.Timestamp(END - timedelta(days=30))).sum() == 6


def test_there_are_losses_and_gains_of_both_terms_to_choose_from(value):
    price = quotes(market(), END).set_index("symbol")["price"]
    lots = tables()["lots"]
    gain = lots["shares"] * lots["symbol"].map(price) - lots["cost_basis"]
    losses = gain.clip(upper=0).groupby(lots["account"]).sum() / value
    assert losses.max() < -0.02
    long_term = lots["acquired"] < pd.Timestamp(END - timedelta(days=366))
    for chosen in (long_term, ~long_term):
        assert (gain[chosen] < 0).sum() > 100
        assert (gain[chosen] > 0).sum() > 100


def test_whole_share_account_holds_whole_shares_and_little_cash(value):
    found = tables()
    accounts = found["accounts"].set_index("account")
    whole = accounts.index[~accounts["fractional"]].item()
    shares = found["lots"].loc[found["lots"]["account"] == whole, "shares"]
    assert (shares == shares.round()).all()
    others = found["lots"].loc[found["lots"]["account"] != whole, "shares"]
    assert (others != others.round()).mean() > 0.9
    cash = found["cash"].set_index("account")["amount"]
    assert (cash / value).max() < 0.08
    assert (cash >= 0).all()


def test_concentrated_position_is_large_old_and_cheap(value):
    lots = tables()["lots"]
    old = lots[lots["acquired"] < pd.Timestamp(market().days[0])]
    assert old["account"].nunique() == old["symbol"].nunique() == 1
    assert set(old["origin"]) == {"purchase", "inheritance"}
    price = quotes(market(), END).set_index("symbol")["price"]
    worth = (old["shares"] * old["symbol"].map(price)).sum()
    assert 0.33 < worth / value[old["account"].iloc[0]] < 0.37
    assert old["cost_basis"].sum() < 0.3 * worth


def test_restrictions_name_a_security_a_sector_and_a_holding():
    found = tables()
    rules = found["restrictions"]
    assert rules["kind"].tolist() == ["no_buy", "no_buy", "no_sell"]
    assert (rules["sector"] == "Energy").sum() == 1
    kept = rules.loc[rules["kind"] == "no_sell"].iloc[0]
    lots = found["lots"]
    assert (
        (lots["account"] == kept["account"]) & (lots["symbol"] == kept["symbol"])
    ).any()


def test_activity_is_the_last_year_and_buys_match_their_lots():
    found = tables()
    activity = found["activity"]
    first = activity["date"].min().date()
    assert END - timedelta(days=366) < first <= END - timedelta(days=330)
    assert activity["date"].max().date() <= END
    lots = found["lots"].set_index(["account", "lot_id"])
    sold = set(
        activity.loc[activity["side"] == "sell", ["account", "lot_id"]].apply(
            tuple, axis=1
        )
    )
    buys = activity[activity["side"] == "buy"]
    for row in buys.itertuples():
        if (row.account, row.lot_id) in sold:
            continue
        lot = lots.loc[(row.account, row.lot_id)]
        assert lot["cost_basis"] == row.amount
        assert lot["acquired"] == row.date


def test_sold_lots_are_gone_and_their_losses_are_this_years():
    found = tables()
    sells = found["activity"][found["activity"]["side"] == "sell"]
    assert 1 <= sells["symbol"].nunique() <= NAMES
    assert sells["account"].nunique() == 1
    account = sells["account"].iloc[0]
    lots = found["lots"][found["lots"]["account"] == account]
    assert not set(lots["lot_id"]) & set(sells["lot_id"])
    owner = found["accounts"].set_index("account").loc[account, "taxpayer"]
    taxpayers = found["taxpayers"].set_index("taxpayer")
    realised = taxpayers[["realised_short", "realised_long"]].sum(axis=1)
    assert realised[owner] < 0
    assert (realised.drop(owner) == 0).all()
    near = found["activity"]
    near = near[(near["side"] == "buy") & near["symbol"].isin(sells["symbol"])]
    near = near[near["account"] == account]
    assert ((near["date"] - sells["date"].iloc[0]).abs() >= timedelta(days=31)).all()


# --- harvest, on a ledger small enough to check by hand ------------------------------

ON = date(2024, 6, 28)
DAY = ON - timedelta(days=DAYS_AGO)


def small_book(closes):
    """Closes that hold from 2023 on, by symbol."""
    rows = [
        (s, pd.Timestamp(day), close, 0.0, 1.0)
        for s, close in closes.items()
        for day in (date(2023, 1, 2), DAY, ON)
    ]
    columns = ["symbol", "date", "close", "dividend", "split"]
    return PriceBook.from_history(pd.DataFrame(rows, columns=columns))


def lots_of(*rows):
    columns = ["lot_id", "symbol", "shares", "cost_basis", "acquired"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(acquired=pd.to_datetime(frame["acquired"]))


def bought(*rows):
    frame = pd.DataFrame(rows, columns=["symbol", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_harvest_sells_losing_lots_whole_and_splits_the_loss_by_term():
    lots = lots_of(
        ("a1", "AAA", 10.0, 150.0, "2023-01-03"),
        ("a2", "AAA", 2.5, 30.01, "2024-01-03"),
        ("a3", "AAA", 1.0, 9.0, "2024-01-03"),
        ("b1", "BBB", 1.0, 5.0, "2023-01-03"),
    )
    sold = harvest(lots, bought(), small_book({"AAA": 10.0, "BBB": 6.0}), ON)
    assert sold.lot_ids == ("a1", "a2")
    assert sold.proceeds == Decimal("125.00")
    assert sold.realised == {"long": Decimal("-50.00"), "short": Decimal("-5.01")}
    assert sold.activity["amount"].tolist() == [100.0, 25.0]
    gains = sold.activity["realised_gain"]
    assert gains.sum() == float(sum(sold.realised.values()))
    assert (gains < 0).all()
    assert set(sold.activity["date"]) == {pd.Timestamp(DAY)}


@pytest.mark.parametrize(("days", "sells"), [(-31, 1), (-30, 0), (30, 0), (31, 1)])
def test_harvest_leaves_what_was_bought_near_the_sale(days, sells):
    lots = lots_of(("a1", "AAA", 10.0, 150.0, "2023-01-03"))
    near = bought(("AAA", DAY + timedelta(days=days)))
    sold = harvest(lots, near, small_book({"AAA": 10.0}), ON)
    assert len(sold.lot_ids) == sells


def test_harvest_takes_the_names_with_the_largest_losses():
    closes = dict.fromkeys(("AAA", "BBB", "CCC", "DDD"), 1.0)
    lots = lots_of(*((s, s, 1.0, 2.0 + i, "2023-01-03") for i, s in enumerate(closes)))
    sold = harvest(lots, bought(), small_book(closes), ON)
    assert sold.lot_ids == ("BBB", "CCC", "DDD")


def test_no_harvest_is_nothing():
    nothing = harvest(
        lots_of(("a1", "AAA", 1.0, 1.0, "2023-01-03")),
        bought(),
        small_book({"AAA": 2.0}),
        ON,
    )
    assert (nothing.lot_ids, nothing.proceeds) == (Harvest().lot_ids, Decimal(0))
    assert set(nothing.realised.values()) == {Decimal(0)}


# --- profiles ------------------------------------------------------------------------


def test_first_twelve_do_not_depend_on_how_many_there_are():
    first = [p.owner for p in draw_profiles(7, 12)]
    assert first == [p.owner for p in draw_profiles(7, 40)][:12]
    assert first == [p.owner for p in PROFILES]


def test_later_profiles_have_other_owners_and_pairs_stay_pairs():
    owners = [p.owner for p in draw_profiles(7, 36)]
    assert len(set(owners)) == 3 * len(OWNERS)
    assert max(owners.count(o) for o in owners) == 2


def test_deposits_are_dated_within_the_history_and_whole_hundreds():
    days = market().days
    for profile in draw_profiles(3, 40):
        rows = deposits(profile, days)
        assert rows["date"].between(days[0], days[-1]).all()
        assert rows["date"].is_monotonic_increasing
        assert (rows["amount"] % 100 == 0).all()
        assert rows["amount"].iloc[0] == profile.first


@pytest.mark.parametrize(
    ("last", "count"), [(date(2024, 3, 14), 3), (date(2024, 3, 15), 4)]
)
def test_a_monthly_deposit_happens_on_its_day(last, count):
    profile = Profile(owner=0, opened=0.0, first=1000.0, monthly=100.0, day=15)
    assert len(deposits(profile, [date(2024, 1, 2), last])) == count


def test_cash_and_basis_account_for_every_cent_of_an_account_without_sales():
    """Deposits + dividends = cost of purchases + cash, by an independent sum."""
    m = market(securities=25)
    profile = draw_profiles(7, 13)[1]
    lots = tables(13, 25)["lots"]
    lots = lots[lots["account"] == "A002"]
    cash = tables(13, 25)["cash"].set_index("account")["amount"]["A002"]
    paid = Decimal(0)
    for i, symbol in enumerate(m.symbols):
        own = lots[lots["symbol"] == symbol]
        after = np.cumprod(m.split[::-1, i])[::-1]  # splits from a day on
        for t in np.flatnonzero(m.dividend[:, i]):
            held = Decimal(0)
            for lot in own.itertuples():
                if lot.acquired.date() < m.days[t]:
                    held += exact(lot.shares) / exact(float(after[t]))
            paid += cents(held * exact(float(m.dividend[t, i])))
    spent = sum(exact(cost) for cost in lots["cost_basis"])
    money = sum(exact(a) for a in deposits(profile, m.days)["amount"])
    # splits are exact here up to the decimals that survive one
    assert float(money + paid - spent - exact(cash)) == pytest.approx(0.0, abs=0.05)
