# SPDX-License-Identifier: Apache-2.0
import io
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.risk import random_model

from di_optimizer.errors import InputError
from di_optimizer.risk import (
    FactorRiskModel,
    from_tables,
    load_risk,
    save_risk,
    to_tables,
)
from di_optimizer.risk.npz import to_bytes

PARTS = ("exposures", "factor_covariance", "specific_variance")


def dated(n=5, k=2):
    model = random_model(n, k, calibration=1.25)
    return FactorRiskModel(
        symbols=("NA", "TRUE", "BRK.B", "ÄÖ", "S4")[:n],
        factors=model.factors,
        exposures=model.exposures,
        factor_covariance=model.factor_covariance,
        specific_variance=model.specific_variance,
        as_of=date(2023, 6, 30),
        calibration=model.calibration,
    )


def same(a, b):
    assert (a.symbols, a.factors) == (b.symbols, b.factors)
    for part in PARTS:
        assert getattr(a, part).tobytes() == getattr(b, part).tobytes()
    assert (a.as_of, a.calibration) == (b.as_of, b.calibration)


@pytest.mark.parametrize("model", [dated(), random_model(40, 7), random_model(3, 0)])
def test_a_saved_model_comes_back_and_saves_to_the_same_bytes(tmp_path, model):
    path = tmp_path / "model.npz"
    save_risk(model, path)
    again = load_risk(path)
    same(again, model)
    assert to_bytes(again) == path.read_bytes() == to_bytes(model)
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_plain_numpy(tmp_path):
    save_risk(dated(), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        assert str(arrays["as_of"]) == "2023-06-30"
        np.testing.assert_array_equal(arrays["exposures"], dated().exposures)


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"ends in '.npy'; allowed: '.npz'"):
        save_risk(dated(), tmp_path / "model.npy")
    with pytest.raises(InputError, match="No such file or directory; allowed: a writ"):
        save_risk(dated(), tmp_path / "absent" / "model.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.npz: found No such file or directory"):
        load_risk(tmp_path / "no.npz")


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_truncated_file_is_refused(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("cut") / "model.npz"
    data = to_bytes(dated())
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"model\.npz: found no readable \.npz file"):
        load_risk(path)


@settings(max_examples=150, deadline=None)
@given(place=st.floats(0, 0.9999), flip=st.integers(1, 255))
def test_an_altered_byte_never_changes_the_model(tmp_path_factory, place, flip):
    path = tmp_path_factory.mktemp("flip") / "model.npz"
    data = bytearray(to_bytes(dated()))
    data[int(place * len(data))] ^= flip
    path.write_bytes(data)
    again = accepted(path)
    if again is not None:  # a field of the zip that says nothing of the model
        same(again, dated())


def accepted(path):
    """The model in a file, or None where it is refused by name."""
    try:
        return load_risk(path)
    except InputError as error:
        if path.name not in str(error):
            raise
        return None


def archive(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def parts_of(model):
    with np.load(io.BytesIO(to_bytes(model))) as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        ({"exposures": None, "extra": np.ones(2)}, ["no part 'exposures'", "'extra'"]),
        ({"symbols": np.arange(5)}, ["'symbols' of 1 dimensions and type int64"]),
        ({"exposures": np.ones(5)}, ["'exposures' of 1 dimensions"]),
        ({"format": np.array(2)}, ["found format 2; allowed: a risk model saved"]),
        ({"as_of": np.array("30.6.2023")}, ["as_of '30.6.2023'; allowed: a date"]),
        ({"exposures": np.full((5, 2), np.nan)}, ["nan for 'NA' to 'f0'"]),
        ({"specific_variance": np.full(4, 0.1)}, ["(4,); allowed: shape (5,)"]),
        ({"symbols": np.array(["A"], dtype=object)}, ["no readable .npz file"]),
    ],
)
def test_wrong_parts_are_named_with_the_file(tmp_path, change, texts):
    arrays = {n: a for n, a in (parts_of(dated()) | change).items() if a is not None}
    path = tmp_path / "model.npz"
    path.write_bytes(archive(**arrays))
    with pytest.raises(InputError) as caught:
        load_risk(path)
    for text in texts:
        assert text in str(caught.value)
    assert all(p.file == str(path) for p in caught.value.problems)


def test_a_zip_of_something_else_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match=r"model\.npz: found no readable \.npz file"):
        load_risk(path)


def write(folder, model, ending, shuffle=None):
    tables = dict(
        zip(
            ("exposures", "factor_covariance", "specific"),
            to_tables(model),
            strict=True,
        )
    )
    for name, table in tables.items():
        if shuffle is not None:
            table = table.sample(frac=1.0, random_state=shuffle)
            columns = [*table.columns[:1], *reversed(table.columns[1:])]
            table = table[columns] if name == "factor_covariance" else table
        path = folder / f"{name}{ending}"
        if ending == ".csv":
            table.to_csv(path, index=False)
        else:
            table.to_parquet(path, index=False)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_three_tables_in_a_folder_are_a_model(tmp_path, ending):
    model = dated()
    write(tmp_path, model, ending)
    again = load_risk(tmp_path)
    assert (again.symbols, again.factors) == (model.symbols, model.factors)
    for part in PARTS:
        np.testing.assert_array_equal(getattr(again, part), getattr(model, part))
    assert (again.as_of, again.calibration) == (None, 1.0)


def test_tables_are_aligned_by_name_never_by_position(tmp_path):
    model = random_model(9, 4)
    write(tmp_path, model, ".csv", shuffle=3)
    again = load_risk(tmp_path)
    assert again.symbols != model.symbols
    active = {"S000": 0.1, "S004": -0.07, "S008": -0.03}
    assert again.tracking_error(active).total == pytest.approx(
        model.tracking_error(active).total, rel=1e-14
    )


def test_frames_take_a_date_and_a_calibration():
    model = from_tables(*to_tables(dated()), as_of=date(2024, 1, 2), calibration=1.1)
    assert (model.as_of, model.calibration) == (date(2024, 1, 2), 1.1)


def test_all_mismatches_are_reported_together():
    x, c, d = to_tables(random_model(4, 2))
    x["f1"] = x["f1"].astype(object)
    x = x.rename(columns={"f1": "f_1"})
    d.loc[0, "symbol"] = "S0000"
    with pytest.raises(InputError) as caught:
        from_tables(x, c, d)
    assert [str(p).partition("; allowed")[0] for p in caught.value.problems] == [
        "factor_covariance: found no row for factor 'f_1'",
        "factor_covariance: found no column for factor 'f_1'",
        "exposures: found no column for factor 'f1'",
        "specific: found no row for symbol 'S000'",
        "exposures: found no row for symbol 'S0000'",
    ]
    assert "Did you mean 'f1'?" in str(caught.value)


def test_bad_cells_of_all_tables_are_reported_together(tmp_path):
    write(tmp_path, dated(), ".csv")
    for name, old, new in (("exposures", "NA,", "TRUE,"), ("specific", "TRUE,", "T,x")):
        path = tmp_path / f"{name}.csv"
        path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_risk(tmp_path)
    text = str(caught.value)
    assert "exposures.csv, row 3, column 'symbol': found 'TRUE' again" in text
    assert "specific.csv, row 3, column 'variance': found x" in text


def test_standard_deviations_are_no_variances():
    x, c, d = to_tables(random_model(4, 2))
    with pytest.raises(InputError) as caught:
        from_tables(x, c, d.rename(columns={"variance": "risk"}))
    text = str(caught.value)
    assert "no column 'variance'; allowed: a column 'variance'. Square a" in text
    assert "unknown column 'risk'" in text


def test_a_covariance_that_is_none_names_its_table(tmp_path):
    write(tmp_path, dated(), ".csv")
    path = tmp_path / "factor_covariance.csv"
    pd.DataFrame({"factor": ["f0", "f1"], "f0": [1.0, 2.0], "f1": [2.0, 1.0]}).to_csv(
        path, index=False
    )
    with pytest.raises(InputError) as caught:
        load_risk(tmp_path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert problem.found == "an eigenvalue of -1"


def test_a_folder_lacks_a_table_or_has_it_twice(tmp_path):
    write(tmp_path, dated(), ".csv")
    write(tmp_path, dated(), ".parquet")
    for name in ("specific.csv", "specific.parquet", "exposures.csv"):
        (tmp_path / name).unlink()
    with pytest.raises(InputError) as caught:
        load_risk(tmp_path)
    assert [p.found for p in caught.value.problems] == [
        "factor_covariance.csv and factor_covariance.parquet",
        "no table 'specific'",
    ]


def test_an_empty_or_broken_table_is_named(tmp_path):
    write(tmp_path, dated(), ".csv")
    (tmp_path / "exposures.csv").write_text("symbol,f0,f1\n")
    (tmp_path / "factor_covariance.csv").write_text("")
    with pytest.raises(InputError) as caught:
        load_risk(tmp_path)
    text = str(caught.value)
    assert "exposures.csv: found a header without rows" in text
    assert "factor_covariance.csv: found an empty file" in text
