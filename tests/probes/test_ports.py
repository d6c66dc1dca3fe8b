from fixtures.probes.ports import deviations, services, to_scan


def test_by_default_the_usual_services_are_looked_at():
    assert {22, 5432, 9090} < set(services())
    assert to_scan([443], []) == sorted({443, *services()})
    assert to_scan([443], [1, 2]) == [1, 2, 443]


def test_an_open_database_and_a_closed_page_are_named():
    exposed, absent = deviations({443: "filtered", 5432: "open", 22: "closed", 1: "open"}, [443])
    assert exposed == ["1", "5432 (PostgreSQL)"]
    assert absent == ["443 (HTTPS) is filtered"]


def test_what_was_intended_and_not_scanned_is_absent():
    assert deviations({}, [7])[1] == ["7 is not scanned"]
