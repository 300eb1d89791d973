"""The map of tiles: each ward once, on the map of its time."""

from reports.table import Row
from reports.ward_map import MAPS, ward_map
from wards.models import Ward
from wards.reference import load_wards


def row(key, times):
    return Row(key, f"Phường {key} (từ 01/7/2025)", {"times": times}, links={"times": "/support/"})


def test_every_ward_of_the_programme_has_a_place_of_its_own(db):
    load_wards()
    known = {ward.identity for ward in Ward.objects.of_the_programme()}

    assert set().union(*MAPS) == known
    assert [len(places) for places in MAPS] == [17, 15, 5]
    assert all(len(set(places.values())) == len(places) for places in MAPS)


def test_the_largest_is_darkest_and_nothing_that_is_there_is_blank():
    drawn = ward_map([row("10117@1900-01-01", 500), row("10123@1900-01-01", 1)], "times")

    assert {tile.value: tile.level for tile in drawn.tiles} == {500: 5, 1: 1}


def test_wards_of_two_times_are_not_put_on_one_map():
    assert ward_map([row("10117@1900-01-01", 5), row("09886@2025-07-01", 5)], "times") is None


def test_rows_that_are_no_ward_are_left_to_the_table():
    drawn = ward_map([row("09886@2025-07-01", 5), row("district", 7)], "times")

    assert [tile.value for tile in drawn.tiles] == [5]
