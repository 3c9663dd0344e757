"""The benchmark's rule: what alerts earn and cost."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bench.score import PROFILES, notifications, score
from bench.series import Labelled, read

BEGIN = datetime(2026, 3, 2)  # noqa: DTZ001 - the benchmark's stamps have no zone
ROWS, PROBATION = 200, 30
WINDOW = range(100, 121)


def made(*spans: range, name: str = "a/one.csv") -> Labelled:
    stamps = tuple(BEGIN + timedelta(hours=hour) for hour in range(ROWS))
    windows = tuple((stamps[span[0]], stamps[span[-1]]) for span in spans)
    return Labelled(name, stamps, (1.0,) * ROWS, windows)


def alerts(*rows: int) -> list[float]:
    return [float(row in rows) for row in range(ROWS)]


def earned(*rows: int, profile: str = "standard", spans: tuple[range, ...] = (WINDOW,)) -> float:
    """Return what alerts at these rows score, whether they are worth it or not."""
    return score([made(*spans)], {"a/one.csv": alerts(*rows)}, threshold=1.0)[profile].score


@pytest.mark.parametrize("profile", PROFILES)
def test_silence_scores_nothing(profile: str) -> None:
    assert earned(profile=profile) == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_an_alert_at_the_first_row_of_every_window_and_nowhere_else_scores_100(profile: str) -> None:
    assert earned(100, 150, profile=profile, spans=(WINDOW, range(150, 160))) == pytest.approx(100)


def test_a_later_hit_is_worth_less_but_always_something() -> None:
    hits = [earned(row) for row in WINDOW]

    assert hits == sorted(hits, reverse=True)
    assert 50 < hits[-1] < hits[0]


def test_of_a_window_only_the_best_alert_counts() -> None:
    assert earned(*WINDOW) == earned(100)


def test_an_alert_before_any_window_costs_its_full_weight() -> None:
    assert earned(100) - earned(40, 100) == pytest.approx(100 * 0.11 / 2)


def test_an_alert_just_after_a_window_costs_less_than_one_far_after_it() -> None:
    costs = [earned(100) - earned(100, row) for row in (121, 125, 140, 181)]

    assert costs == sorted(costs)
    assert 0 < costs[0] < 1
    assert costs[-1] == pytest.approx(100 * 0.11 / 2)


def test_a_false_alarm_costs_twice_where_they_are_to_be_few() -> None:
    cost = earned(100) - earned(40, 100)

    few = earned(100, profile="low_false_alarms") - earned(40, 100, profile="low_false_alarms")

    assert few == pytest.approx(2 * cost)


def test_a_hit_outweighs_more_false_alarms_where_misses_are_to_be_few() -> None:
    noise = tuple(range(40, 54))

    assert earned(110, *noise, profile="standard") < earned(110, *noise, profile="low_misses")


def test_probation_neither_earns_nor_costs() -> None:
    early = range(10, 20)

    found = score([made(early, WINDOW)], {"a/one.csv": alerts(5, 10, 29, 100)}, threshold=1.0)["standard"]

    assert made().probation == PROBATION
    assert (found.hit, found.windows, found.false_rows) == (1, 2, 0)


def test_false_rows_are_told_per_week_of_one_series() -> None:
    series = [made(WINDOW), made(WINDOW, name="a/two.csv")]
    weeks = (ROWS - 1 - PROBATION) / (7 * 24)

    found = score(series, {"a/one.csv": alerts(40, 41, 100), "a/two.csv": alerts(50)}, 1.0)["standard"]

    assert found.false_rows == 3
    assert found.false_per_week == pytest.approx(3 / (2 * weeks))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(10))
def test_the_chosen_threshold_is_the_best_of_all(profile: str, seed: int) -> None:
    chance = random.Random(seed)
    series = [made(WINDOW, range(150, 160)), made(range(60, 64), name="a/two.csv")]
    scores = {each.name: [chance.choice(range(20)) + 0.5 for _ in range(ROWS)] for each in series}
    scores["a/one.csv"][chance.choice(WINDOW)] = 25.0

    chosen = score(series, scores)[profile]
    tried = [score(series, scores, float(level))[profile] for level in range(31)]

    assert chosen.score == pytest.approx(max(each.score for each in tried))
    assert chosen.score == pytest.approx(score(series, scores, chosen.threshold)[profile].score)


def test_a_detector_whose_alerts_only_cost_is_best_kept_silent() -> None:
    found = score([made(WINDOW)], {"a/one.csv": [float("inf") if row == 40 else 0.0 for row in range(ROWS)]})

    assert found["standard"].score == 0
    assert found["standard"].false_rows == 0


def test_a_row_without_a_score_never_alerts() -> None:
    unknown = [float("nan")] * ROWS

    assert score([made(WINDOW)], {"a/one.csv": unknown}, threshold=float("-inf"))["standard"].score == 0


def test_scores_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a/one\.csv: 3 scores for 200 rows"):
        score([made(WINDOW)], {"a/one.csv": [0.0] * 3})


def test_notifications_are_counted_outside_windows_and_after_the_probation() -> None:
    weeks = (ROWS - 1 - PROBATION) / (7 * 24)

    assert notifications([made(WINDOW)], {"a/one.csv": alerts(5, 40, 105, 130)}) == pytest.approx(2 / weeks)


def test_series_are_read_with_the_windows_of_their_path_or_its_end(tmp_path: Path) -> None:
    (tmp_path / "ads").mkdir()
    (tmp_path / "ads" / "b.csv").write_text(
        "timestamp,value\n2026-03-02 00:00:00,1.5\n2026-03-02 01:00:00,2\n"
    )
    (tmp_path / "a.csv").write_text("timestamp,value\n2026-03-02 00:00:00,1\n")
    (tmp_path / "other.csv").write_text("day,spend\n1,2\n")
    window = ["2026-03-02 00:30:00", "2026-03-02 01:00:00"]
    (tmp_path / "my_windows.json").write_text(f'{{"corpus/ads/b.csv": [{window}]}}'.replace("'", '"'))

    first, second = read(tmp_path)

    assert (first.name, first.windows) == ("a.csv", ())
    assert (second.name, second.values, second.spans()) == ("ads/b.csv", (1.5, 2.0), (range(1, 2),))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("yesterday,1", "Invalid isoformat"),
        ("2026-03-02 00:00:00,dear", "could not convert"),
        ("2026-03-02 00:00:00,", "not a finite number"),
        ("2026-03-02 00:00:00", "not a finite number"),
        ("2026-03-02 00:00:00+01:00,1", "has a time zone"),
    ],
)
def test_a_bad_row_is_told_by_its_file_and_line(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(f"timestamp,value\n2026-03-01 23:00:00,1\n{row}\n")

    with pytest.raises(ValueError, match=rf"a\.csv, line 3: .*{said}"):
        read(tmp_path)


def test_a_window_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("timestamp,value\n2026-03-01 23:00:00,1\n")
    (tmp_path / "windows.json").write_text('{"a.csv": [["2025-01-01", "2025-01-02"]]}')

    with pytest.raises(ValueError, match=r"a\.csv: no row from 2025-01-01"):
        read(tmp_path)
