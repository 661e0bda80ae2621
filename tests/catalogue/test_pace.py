"""How far a run is: a rate of the last seconds, and a time only where somebody knows how much there is."""

from labarchive.catalogue.pace import Pace


def test_the_rate_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    for second in range(100):
        pace.reached(second * (10 if second < 50 else 100), 9900, walked=True, at=1000.0 + second)
    assert pace.told()["files_per_second"] == 100
    assert pace.left == 0


def test_time_is_told_when_all_is_found() -> None:
    pace = Pace()
    pace.reached(0, 1000, walked=False, at=0)
    pace.reached(500, 1500, walked=False, at=5)
    assert (pace.of, pace.left) == (1500, None)
    pace.reached(1000, 3000, walked=True, at=10)
    assert (pace.of, pace.left) == (3000, 20)


def test_what_is_known_from_before_is_expected_again() -> None:
    pace = Pace(expected=4000)
    pace.reached(0, 1000, walked=False, at=0)
    pace.reached(1000, 2000, walked=False, at=10)
    assert (pace.of, pace.left) == (4000, 30)
    pace.reached(2000, 2100, walked=True, at=20)
    assert (pace.of, pace.left) == (2100, 1)


def test_nothing_is_told_of_a_run_that_told_nothing() -> None:
    assert Pace().told() == {
        "done": 0, "found": 0, "walked": False, "files_per_second": None, "seconds_left": None,
    }  # fmt: skip
